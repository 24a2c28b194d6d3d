"""How far a download is: a snapshot, and the meter that smooths its speed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Phase(Enum):
    """What a RUNNING download is doing right now."""

    CONNECTING = "connecting"
    JOINING = "joining"
    """Another process fetches the same file, and is waited for."""
    FETCHING = "fetching"
    VERIFYING = "verifying"
    PUBLISHING = "publishing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A snapshot of a running download."""

    phase: Phase = Phase.CONNECTING
    received: int = 0
    """Bytes of the file that have arrived."""
    total: int | None = None
    """Bytes of the whole file; None as long as nobody knows."""
    speed: float = 0.0
    """Bytes per second, smoothed."""
    name: str | None = None
    """The file's name; None until it is settled."""
    limited: bool = False
    """Whether it is a limit that keeps it from being faster, and not the line."""

    @property
    def fraction(self) -> float | None:
        """Between 0 and 1; None where the size is unknown."""
        if self.total is None:
            return None
        return 1.0 if self.total == 0 else min(1.0, self.received / self.total)

    @property
    def eta(self) -> float | None:
        """Seconds until the end at the present speed; None where size or speed are unknown."""
        if self.total is None or self.speed <= 0:
            return None
        return max(0.0, (self.total - self.received) / self.speed)


SMOOTHING: Final = 3.0
"""Seconds after which a change of speed has entered the smoothed one by 63 %."""


class SpeedMeter:
    """Smooths samples of a byte counter into bytes per second.

    An average that forgets exponentially, weighted by the time between the samples, and corrected for its
    start: the first seconds read right, too, instead of climbing from zero.
    """

    def __init__(self, *, smoothing: float = SMOOTHING) -> None:
        self._smoothing = smoothing
        self._average = 0.0
        self._weight = 0.0
        self._last: tuple[float, int] | None = None

    def sample(self, received: int, now: float) -> float:
        """Take the counter's value at a monotonic time and return the speed; a counter that fell starts over."""
        if self._last is None or received < self._last[1]:
            self._average = self._weight = 0.0
            self._last = (now, received)
            return 0.0
        then, before = self._last
        elapsed = now - then
        if elapsed > 0:
            keep = math.exp(-elapsed / self._smoothing)
            self._average = keep * self._average + (1 - keep) * (received - before) / elapsed
            self._weight = keep * self._weight + (1 - keep)
            self._last = (now, received)
        return self._average / self._weight if self._weight else 0.0
