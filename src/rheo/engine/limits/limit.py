"""One limit on bytes per second, whoever is under it: all downloads, those of a host, one; or any other group."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from rheo.domain.timetable import Timetable

if TYPE_CHECKING:
    from rheo.engine.limits.bucket import Bucket  # loaded where there is a limit


class Limit:
    """So many bytes per second for all flows that are under it together."""

    __slots__ = ("_bucket", "allowed")

    def __init__(self, allowed: Timetable | None = None) -> None:
        self.allowed = allowed
        """What it is at each time; None: there is no limit."""
        self._bucket: Bucket | None = None

    @property
    def rate(self) -> float | None:
        """Bytes per second now; None: as many as come."""
        return None if self._bucket is None else self._bucket.rate

    @property
    def left(self) -> float:
        """Bytes that nobody was given yet; endless where there is no limit now."""
        return inf if self._bucket is None else self._bucket.tokens

    def set(self, rate: float | None, now: float) -> None:
        """Allow another rate from now on; None: as many as come."""
        if rate is None:
            self._bucket = None
        elif self._bucket is None:
            from rheo.engine.limits.bucket import Bucket  # noqa: PLC0415  (few have a limit)

            self._bucket = Bucket(rate, now)
        elif rate != self._bucket.rate:
            self._bucket.change(rate, now)

    def fill(self, now: float) -> None:
        """Let time pass."""
        if self._bucket is not None:
            self._bucket.fill(now)

    def give(self, size: float) -> None:
        """Count bytes as given to a flow; a number below 0 takes them back."""
        if self._bucket is not None:
            self._bucket.take(size)
