"""Which connections are too slow to be waited for: pure, told the time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from rheo.domain.progress import SpeedMeter
from rheo.engine.planner import Segment, middle

SMOOTHING: Final = 1.0
"""Seconds after which a change of speed counts by 63 %."""

SETTLED: Final = 0.5
"""Seconds after which a speed is one."""

STANDSTILL: Final = 1.0
"""Bytes per second of what does not move; 0.0 would mean that nobody knows."""

CRAWL: Final = 0.1
"""The part of its siblings' median speed below which a connection crawls."""

PATIENCE: Final = 3.0
"""Seconds that one may crawl, at the least; and as many round trips as `ROUND_TRIPS`."""
ROUND_TRIPS: Final = 8


@dataclass(slots=True, eq=False)
class Pace:
    """How fast one connection is, and since when it crawls."""

    began: float
    """When it asked, monotonic."""
    patience: float = 1.0
    """A factor: who has replaced a connection in vain waits longer the next time."""
    meter: SpeedMeter = field(default_factory=lambda: SpeedMeter(smoothing=SMOOTHING))
    speed: float = 0.0
    crawling_since: float | None = None

    def measure(self, segment: Segment, brought: int, now: float) -> None:
        """Take how much it brought until now; what its first moments say of its speed is noise."""
        self.speed = self.meter.sample(brought, now)
        if now - self.began >= SETTLED:
            segment.speed = max(self.speed, STANDSTILL)

    def look(self, siblings: list[float], now: float, *, round_trip: float, excused: bool) -> bool:
        """Whether it has crawled for too long; `excused` while we ourselves hold it up."""
        if excused or not siblings or self.speed >= CRAWL * middle(siblings):
            self.crawling_since = None
            return False
        if self.crawling_since is None:
            self.crawling_since = now
        return now - self.crawling_since >= self.patience * max(PATIENCE, ROUND_TRIPS * round_trip)
