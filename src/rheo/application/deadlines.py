"""Sees that downloads are ready by their deadlines as far as limits are in the way, and tells early where it cannot."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from rheo.application.bus import Bus
from rheo.application.run import Run
from rheo.domain.download import Download, DownloadId
from rheo.domain.events import DeadlineEndangered
from rheo.engine.clock import Clock, Timer

if TYPE_CHECKING:
    from rheo.domain.urgency import Urgency

LOOK: Final = 0.5
"""Seconds between two looks at a download."""


class Deadlines:
    """Looks after the downloads that have a deadline; lives on the loop."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._urgencies: dict[DownloadId, Urgency] = {}
        self._timers: dict[DownloadId, Timer] = {}
        """The next look at one that runs; of one that does not, its deadline."""

    def expect(self, download: Download) -> None:
        """Tell of a download that is not ready in time, even if it never runs."""
        if download.request.deadline is not None and download.id not in self._urgencies:
            from rheo.domain.urgency import Urgency  # noqa: PLC0415  (few have a deadline)

            self._urgencies[download.id] = Urgency()
            self._await(download, download.request.deadline)

    def begin_run(self, download: Download, run: Run) -> None:
        """Give a download as much of a limit as it needs, while it runs."""
        if download.id in self._urgencies:
            self._cancel(download.id)
            self._look(download, run)

    def end_run(self, download: Download) -> None:
        """Look no more at how fast it is."""
        if download.id in self._urgencies and download.request.deadline is not None:
            self._cancel(download.id)
            self._await(download, download.request.deadline)

    def forget(self, download: DownloadId) -> None:
        """Look at one no more, as it has ended."""
        if self._urgencies.pop(download, None) is not None:
            self._cancel(download)

    def _await(self, download: Download, deadline: datetime) -> None:
        left = (deadline - self._clock.now()).total_seconds()
        self._timers[download.id] = self._clock.call_later(max(0.0, left), partial(self._pass, download, deadline))

    def _pass(self, download: Download, deadline: datetime) -> None:
        """See whether a download that does not run is late; the wall clock may have been set meanwhile."""
        if self._clock.now() < deadline:
            self._await(download, deadline)
        elif self._urgencies[download.id].pass_by():
            self._tell(download.id, deadline, None)

    def _look(self, download: Download, run: Run) -> None:
        deadline, at, transfer = download.request.deadline, self._clock.now(), run.transfer
        assert deadline is not None
        left = (deadline - at).total_seconds()
        missing = None if transfer.total is None else max(0, transfer.total - transfer.received)
        outlook = self._urgencies[download.id].look(
            self._clock.monotonic(), brought=transfer.brought, missing=missing, left=left
        )
        run.lane.least = outlook.least
        if outlook.late:
            self._tell(download.id, deadline, outlook.seconds)
        if left > 0:
            self._timers[download.id] = self._clock.call_later(LOOK, partial(self._look, download, run))

    def _tell(self, download: DownloadId, deadline: datetime, seconds: float | None) -> None:
        at = self._clock.now()
        expected = None if seconds is None else at + timedelta(seconds=seconds)
        self._bus.publish(DeadlineEndangered(download, at, deadline, expected))

    def _cancel(self, download: DownloadId) -> None:
        timer = self._timers.pop(download, None)
        if timer is not None:
            timer.cancel()
