"""Has downloads lend their slots to other hosts: those that nobody answers, and those of a host above its share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from rheo.application.run import Run
from rheo.application.slots import Slots
from rheo.domain.progress import Phase
from rheo.engine.clock import Clock, Timer

SILENCE: Final = 0.5
"""Seconds without an answer after which a slot is lent."""

MANY: Final = 8
"""So many that are lent show that hosts hang: then each one is lent at the next look, until it has an answer."""

LOOK: Final = 0.1
"""Seconds between two looks at who is silent; one that failed before lends its slot at the first.

Not before, as a host that refuses does so at once: thousands of those would take all slots there are to lend.
"""


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
        began = self._clock.monotonic() - (SILENCE if self._slots.lent < MANY else LOOK / 2)
        for run in self._runs():
            lends = self._should_lend(run, began)
            if run.lends_slot and not lends:
                self._slots.take_back(run.origin)
                run.lends_slot = False
            elif lends and not run.lends_slot and self._slots.may_lend:
                self._slots.lend(run.origin)
                run.lends_slot = True
        if self._slots.lent:
            self.wanted()
        self._looked()

    def _should_lend(self, run: Run, began: float) -> bool:
        """Whether a run that began before that time keeps others from a slot which they should have."""
        if not run.holds_slot:
            return False
        if run.transfer.phase is Phase.CONNECTING:
            return run.lends_slot or run.again or run.began <= began
        return run.began <= began and self._slots.has_more_than_share(run.origin, lends=run.lends_slot)
