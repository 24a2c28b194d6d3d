"""Whether a download will be in time for its deadline, and how fast it must be for that. Pure: told the time."""

from __future__ import annotations

from typing import Final, NamedTuple

from rheo.domain.progress import SpeedMeter

MARGIN: Final = 1.05
"""How much faster than just in time is asked for: lines are not even."""

SMOOTHING: Final = 3.0
"""Seconds after which a change of speed counts by 63 %."""

PATIENCE: Final = 5.0
"""Seconds for which it must look bad before that is said, at the most; near the deadline, a quarter of what is left."""


class Outlook(NamedTuple):
    """How it looks now."""

    least: float
    """Bytes per second that are needed; 0.0 where nobody knows, or it is too late."""
    late: bool = False
    """Whether it has to be said now that the deadline will not be met, or was not."""
    seconds: float | None = None
    """How long the rest takes at the present speed; None where nobody knows."""


class Urgency:
    """Looks at one download from time to time, and says once when it will not be in time; again after a recovery."""

    def __init__(self) -> None:
        self._meter = SpeedMeter(smoothing=SMOOTHING)
        self._bad_since: float | None = None
        self._said = False

    def look(self, now: float, *, brought: int, missing: int | None, left: float) -> Outlook:
        """Return how it looks, `left` seconds before the deadline; `now` is monotonic.

        `brought` counts the bytes of this run, what was there before it tells no speed; `missing` is None where nobody
        knows.
        """
        speed = self._meter.sample(brought, now)
        if left <= 0:
            late, self._said = not self._said, True
            return Outlook(0.0, late=late)
        if missing is None:
            return Outlook(0.0)
        seconds = missing / speed if speed > 0 else None
        in_time = missing == 0 or (seconds is not None and seconds <= left)
        return Outlook(MARGIN * missing / left, late=self._is_news(now, left, in_time=in_time), seconds=seconds)

    def _is_news(self, now: float, left: float, *, in_time: bool) -> bool:
        """Whether it has looked bad for so long that it is to be said, and was not."""
        if in_time:
            self._bad_since, self._said = None, False
            return False
        if self._bad_since is None:
            self._bad_since = now
        news = not self._said and now - self._bad_since >= min(PATIENCE, left / 4)
        self._said = self._said or news
        return news
