"""Has downloads that nobody answers lend their slots to others, whose hosts may answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from rheo.application.run import Run
from rheo.application.slots import Slots
from rheo.domain.progress import Phase
from rheo.engine.clock import Clock, Timer

SILENCE: Final = 0.5
"""Seconds without an answer after which a slot is lent; one that failed before lends it at once."""

LOOK: Final = 0.1
"""Seconds between two looks at who is silent."""


class Lending:
    """Looks after those who hold a slot, as long as others wait for one; lives on the engine's loop."""

    def __init__(
        self, slots: Slots, clock: Clock, *, runs: Callable[[], Iterable[Run]], looked: Callable[[], None]
    ) -> None:
        """Look at what `runs` returns; `looked` is told each time, and says if more is `wanted`."""
        self._slots = slots
        self._clock = clock
        self._runs = runs
        self._looked = looked
        self._timer: Timer | None = None

    def begin(self, run: Run, *, failed: bool) -> None:
        """Take in a run that begins; `failed` tells that the one before it did."""
        if failed and self._slots.may_lend:
            self._lend(run)

    def wanted(self) -> None:
        """Look soon, as somebody waits for a slot."""
        if self._timer is None:
            self._timer = self._clock.call_later(LOOK, self._look)

    def close(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        self._timer = None
        began = self._clock.monotonic() - SILENCE
        for run in self._runs():
            if run.lends_slot and run.transfer.phase is not Phase.CONNECTING:
                self._slots.take_back()
                run.lends_slot = False
            elif self._slots.may_lend and run.holds_slot and not run.lends_slot and _is_silent(run, began):
                self._lend(run)
        if self._slots.lent:
            self.wanted()
        self._looked()

    def _lend(self, run: Run) -> None:
        self._slots.lend()
        run.lends_slot = True
        self.wanted()  # it is to be taken back


def _is_silent(run: Run, began: float) -> bool:
    return run.transfer.phase is Phase.CONNECTING and run.began <= began
