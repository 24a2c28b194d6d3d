"""How fast connections are, and which are too slow to be waited for: pure, told the time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from rheo.domain.progress import SpeedMeter
from rheo.engine.planning.planner import Segment, middle

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
FIRST_BYTES: Final = 2
"""Or as many times what the first answer took to begin."""

VAIN_MOST: Final = 8.0
"""The factor by which more patience is had at the most with who comes after one that was replaced."""


@dataclass(slots=True, eq=False)
class Pace:
    """How fast one connection is, and since when it crawls."""

    began: float
    """When it asked, monotonic."""
    patience: float = 1.0
    """A factor: who has replaced a connection in vain waits longer the next time."""
    meter: SpeedMeter = field(default_factory=lambda: SpeedMeter(smoothing=SMOOTHING))
    speed: float = 0.0
    flowing: bool = False
    """Whether it has brought anything."""
    crawling_since: float | None = None

    def measure(self, segment: Segment, brought: int, now: float) -> None:
        """Take how much it brought until now; what its first moments say of its speed is noise."""
        self.speed = self.meter.sample(brought, now)
        self.flowing = brought > 0
        if now - self.began >= SETTLED:
            segment.speed = max(self.speed, STANDSTILL)

    def look(self, siblings: list[float], now: float, *, patience: float) -> bool:
        """Whether it has crawled for too long: longer than `patience` seconds, beside these speeds of others."""
        if not siblings or self.speed >= CRAWL * middle(siblings):
            self.crawling_since = None
            return False
        if self.crawling_since is None:
            self.crawling_since = now
        return now - self.crawling_since >= self.patience * patience


class Paces:
    """The paces of all connections of one file."""

    def __init__(self) -> None:
        self.typical = 0.0
        """The median speed of those that deliver; where one is left, what it was before; 0.0: nobody knows."""
        self._all: list[Pace] = []
        self._patience = 1.0

    def seconds(self, rest: int) -> float:
        """Return how long so many bytes take all of them together."""
        total = sum(pace.speed for pace in self._all)
        return rest / total if total > 0 else float("inf")

    def begin(self, now: float) -> Pace:
        """Return the pace of a new connection."""
        pace = Pace(now, patience=self._patience)
        self._all.append(pace)
        return pace

    def end(self, pace: Pace) -> None:
        """Let a connection go."""
        self._all.remove(pace)

    def compare(self) -> None:
        """Find out what is typical, now that all were measured."""
        speeds = [pace.speed for pace in self._all if pace.speed > 0]
        if len(speeds) > 1 or not self.typical:
            self.typical = middle(speeds)

    def crawls(self, pace: Pace, now: float, *, round_trip: float, first_byte: float) -> bool:
        """Whether a connection has crawled for too long, or not answered where others did; the next has more time.

        `first_byte` is what the first answer took to begin.
        """
        patience = max(PATIENCE, ROUND_TRIPS * round_trip, FIRST_BYTES * first_byte)
        if pace.flowing:
            siblings = [other.speed for other in self._all if other is not pace and other.flowing]
            slow = pace.look(siblings, now, patience=patience)
        else:
            # In the end its own deadline decides: a host that answers nobody any more is an error.
            slow = self.typical > 0 and self._patience < VAIN_MOST and now - pace.began >= pace.patience * patience
        if slow:
            self._patience = min(VAIN_MOST, 2 * self._patience)
        return slow

    def forgive(self) -> None:
        """Note that a connection did what it should: who comes next is watched more closely again."""
        self._patience = max(1.0, self._patience / 2)
