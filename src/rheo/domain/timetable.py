"""A timetable: what a limit is at every instant, by the wall clock of a time zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from rheo.domain.units import exact_size

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo  # loaded where somebody names times

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOUR: Final = 60
DAY: Final = 24 * HOUR
WEEK: Final = 7 * DAY
OFF: Final = "off"
"""How no limit is written."""

_RUN: Final = 3
"""Days from which on `Mon-Wed` is shorter than `Mon,Tue`."""


class Entry(NamedTuple):
    """One line of a timetable: when, on the wall clock, and which limit holds then."""

    days: tuple[int, ...]
    """Those on which it begins, in order; 0 is Monday."""
    begin: int
    """Minutes after midnight."""
    end: int
    """Minutes after the midnight that `begin` counts from; beyond `DAY` it ends on the next day."""
    limit: int | None
    """Bytes per second; None is unlimited."""

    def __str__(self) -> str:
        days = "" if len(self.days) == len(DAYS) else _day_words(self.days)
        times = "" if days and (self.begin, self.end) == (0, DAY) else f"{clock(self.begin)}-{_end_word(self.end)}"
        return " ".join(word for word in (days, times, rate_word(self.limit)) if word)

    def spans(self) -> Iterator[tuple[int, int]]:
        """Yield when it holds, in minutes of the week, the last one perhaps beyond the week's end."""
        for day in self.days:
            yield day * DAY + self.begin, day * DAY + self.end

    def holds(self, minute: int) -> bool:
        """Whether it holds in a minute of the week."""
        return any((minute - start) % WEEK < stop - start for start, stop in self.spans())


@dataclass(frozen=True, slots=True)
class Timetable:
    """What a limit is at every instant; made by `parse_timetable`, or with `otherwise` alone one that always holds.

    It goes by the weekday and the time that a clock on the wall shows at that instant. So a time that the clock leaves
    out when it is put forward begins or ends with the first minute after the gap, and one that it shows twice counts
    twice.
    """

    otherwise: int | None = None
    """Bytes per second where no entry holds; None is unlimited."""
    entries: tuple[Entry, ...] = ()
    """No two hold at the same minute of a week."""
    zone: ZoneInfo | None = None
    """Where the clock hangs; None where there are no entries."""

    def __str__(self) -> str:
        words = [*map(str, self.entries), rate_word(self.otherwise)]
        return "; ".join(words if self.zone is None else [*words, f"in {self.zone.key}"])

    def limit_at(self, when: datetime) -> int | None:
        """Return the bytes per second that are allowed at an aware time; None is unlimited."""
        local = when.astimezone(self.zone)
        minute = local.weekday() * DAY + local.hour * HOUR + local.minute
        return next((entry.limit for entry in self.entries if entry.holds(minute)), self.otherwise)


def clock(minute: int) -> str:
    """Return a minute of the day as a clock shows it: `08:00`."""
    return f"{minute // HOUR:02}:{minute % HOUR:02}"


def rate_word(limit: int | None) -> str:
    """Return a limit as it is written: `500K`, `off`."""
    return OFF if limit is None else exact_size(limit)


def _end_word(minute: int) -> str:
    return clock(minute if minute <= DAY else minute - DAY)


def _day_words(days: tuple[int, ...]) -> str:
    runs = [[day for _, day in run] for _, run in groupby(enumerate(days), lambda pair: pair[1] - pair[0])]
    return ",".join(
        f"{DAYS[run[0]]}-{DAYS[run[-1]]}" if len(run) >= _RUN else ",".join(DAYS[day] for day in run) for run in runs
    )
