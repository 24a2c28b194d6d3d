"""A token bucket: how many bytes a limit allows by now. Pure: the time is an argument, in monotonic seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BURST: Final = 0.1
"""Seconds whose bytes may be taken at once; what is not taken within them is lost, and never caught up with."""


@dataclass(slots=True)
class Bucket:
    """Fills with a rate, up to `BURST` seconds' worth; who takes more than there is owes it.

    Whatever is asked for, between two times no more becomes free than the rate allows, and one burst.
    """

    rate: float
    """Bytes per second; above 0."""
    at: float
    """When it was filled last."""
    tokens: float = 0.0
    """Bytes that may be taken; what is owed is below 0."""

    def fill(self, now: float) -> float:
        """Return the bytes that may be taken now."""
        self.tokens = min(self.rate * BURST, self.tokens + self.rate * max(0.0, now - self.at))
        self.at = max(self.at, now)
        return self.tokens

    def take(self, size: float) -> None:
        """Take so many bytes, whether they are there or not."""
        self.tokens -= size

    def change(self, rate: float, now: float) -> None:
        """Fill with another rate from now on; nobody pays at it what was taken, or saved, at the old one."""
        self.fill(now)
        self.rate = rate
        self.tokens = min(max(self.tokens, 0.0), rate * BURST)
