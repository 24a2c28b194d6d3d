"""Sees that downloads are ready by their deadlines as far as limits are in the way, and tells early where it cannot."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from rheo.application.bus import Bus
from rheo.application.run import Run
from rheo.domain.download import Download, DownloadId
from rheo.domain.events import DeadlineEndangered
from rheo.engine.clock import Clock, Timer

if TYPE_CHECKING:
    from rheo.domain.urgency import Urgency

LOOK: Final = 0.5
"""Seconds between two looks at a download."""


class _Watched(NamedTuple):
    deadline: datetime
    run: Run
    urgency: Urgency


class Deadlines:
    """Gives each running download that has a deadline as much of a limit as it needs; lives on the loop."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._timers: dict[DownloadId, Timer] = {}

    def begin_run(self, download: Download, run: Run) -> None:
        """Look after a download while it runs."""
        deadline = download.request.deadline
        if deadline is not None:
            from rheo.domain.urgency import Urgency  # noqa: PLC0415  (few have a deadline)

            self._look(download.id, _Watched(deadline, run, Urgency()))

    def end_run(self, download: Download) -> None:
        """Look no more."""
        timer = self._timers.pop(download.id, None)
        if timer is not None:
            timer.cancel()

    def _look(self, download: DownloadId, watched: _Watched) -> None:
        at, transfer = self._clock.now(), watched.run.transfer
        left = (watched.deadline - at).total_seconds()
        missing = None if transfer.total is None else max(0, transfer.total - transfer.received)
        outlook = watched.urgency.look(self._clock.monotonic(), brought=transfer.brought, missing=missing, left=left)
        watched.run.lane.least = outlook.least
        if outlook.late:
            expected = None if outlook.seconds is None else at + timedelta(seconds=outlook.seconds)
            self._bus.publish(DeadlineEndangered(download, at, watched.deadline, expected))
        if left > 0:
            self._timers[download] = self._clock.call_later(LOOK, partial(self._look, download, watched))
