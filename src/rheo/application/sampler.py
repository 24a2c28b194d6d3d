"""Looks at the counters of running transfers a few times a second, and tells how far they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from rheo.application.bus import Bus
from rheo.application.run import Run
from rheo.domain.download import DownloadId
from rheo.domain.events import ProgressSampled
from rheo.domain.progress import Progress, SpeedMeter
from rheo.engine.clock import Clock, Timer

INTERVAL: Final = 0.25
"""Seconds between samples."""


class Sampler:
    """Publishes a `ProgressSampled` for each running download, four times a second."""

    def __init__(self, bus: Bus, clock: Clock, running: Callable[[], Iterable[tuple[DownloadId, Run]]]) -> None:
        self._bus = bus
        self._clock = clock
        self._running = running
        self._meters: dict[DownloadId, SpeedMeter] = {}
        self._timer: Timer | None = None

    def start(self) -> None:
        """Sample from now on."""
        self._timer = self._clock.call_later(INTERVAL, self._sample)

    def stop(self) -> None:
        """Sample no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _sample(self) -> None:
        self.start()
        now, at = self._clock.monotonic(), self._clock.now()
        meters: dict[DownloadId, SpeedMeter] = {}
        for download, run in self._running():
            transfer = run.transfer
            meter = meters[download] = self._meters.get(download) or SpeedMeter()
            progress = Progress(
                phase=transfer.phase,
                received=transfer.received,
                total=transfer.total,
                speed=meter.sample(transfer.brought, now),  # what was there before came at no speed
                name=transfer.name,
                limited=run.lane.limited,
            )
            self._bus.publish(ProgressSampled(download, at, progress))
        self._meters = meters
