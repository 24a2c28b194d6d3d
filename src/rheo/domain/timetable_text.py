"""From the text of a timetable to what it says: `Mon-Fri 08:00-18:00 1M; Sat,Sun 10:00-12:00 500K; off`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from rheo.domain.errors import UsageError
from rheo.domain.text import printable
from rheo.domain.timetable import DAY, DAYS, HOUR, OFF, WEEK, Entry, Timetable, clock
from rheo.domain.units import parse_size

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo  # loaded where somebody names times

ZoneNamed = Callable[[str | None], "ZoneInfo"]
"""Finds a time zone by its name, and the machine's where that is None; raises UsageError where there is none."""

MOST_RATE: Final = 2**53
"""Bytes per second."""

# Compiled on first use: most have no timetable.
_ENTRY: Final = r"(?:(?P<days>[A-Za-z]+(?:[,-][A-Za-z]+)*) )?(?:(?P<times>[0-9:]+-[0-9:]+) )?(?P<rate>.+)"
_TIMES: Final = r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})"
_ZONE: Final = "in "
_UNLIMITED: Final = frozenset({OFF, "none"})
_NAMES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS: Final = {word: day for day, name in enumerate(_NAMES) for word in (name, name[:3])}
_EXAMPLE: Final = "Mon-Fri 08:00-18:00 1M; off"
_SHOWN: Final = 40
"""Characters of a rejected part that its message repeats."""


def parse_timetable(text: str, *, zone_named: ZoneNamed) -> Timetable:
    """Return the timetable that a text means; raises UsageError, whose sentence shows the right form.

    `5M` holds always. Else entries are joined by `;`, each `[DAYS] [HH:MM-HH:MM] RATE`; the one without days and times
    is what holds otherwise, `off` where it is left out. The last one may be `in ZONE`; no zone is asked for where there
    are no times.
    """
    parts = [re.sub(r"\s*,\s*", ",", " ".join(part.split())) for part in text.split(";")]
    zones = [part[len(_ZONE) :] for part in parts if part.lower().startswith(_ZONE)]
    read = [_entry(part) for part in parts if part and not part.lower().startswith(_ZONE)]
    if not read:
        raise UsageError(f"there is no rate; write one such as 5M, or a timetable such as {_EXAMPLE}")
    entries = tuple(entry for entry in read if isinstance(entry, Entry))
    usual = [one for one in read if not isinstance(one, Entry)]
    if len(usual) > 1:
        raise UsageError(f"more than one entry has neither days nor times; only one may, as off in {_EXAMPLE}")
    if len(zones) > 1:
        raise UsageError(f"there is more than one time zone; write one at the end, as in {_EXAMPLE}; in Europe/Berlin")
    _check_overlaps(entries)
    zone = zone_named(zones[0] if zones else None) if zones or entries else None
    return Timetable(usual[0] if usual else None, entries, zone if entries else None)


def _entry(part: str) -> Entry | int | None:
    """Return an entry; of one without days and times no more than its limit."""
    found = re.fullmatch(_ENTRY, part)
    assert found is not None  # whatever is no day and no time is taken for the rate
    days, times, limit = found["days"], found["times"], _rate(found["rate"])
    if days is None and times is None:
        return limit
    weekdays = tuple(range(len(DAYS))) if days is None else _days(days)
    return Entry(weekdays, *((0, DAY) if times is None else _span(times)), limit)


def _days(words: str) -> tuple[int, ...]:
    """Return the days that `Mon`, `Mon-Fri`, `Fri-Mon` or `Sat,Sun` mean."""
    found: set[int] = set()
    for word in words.split(","):
        first, dash, last = word.partition("-")
        begin = _day(first)
        count = (_day(last) - begin) % len(DAYS) if dash else 0
        found |= {(begin + after) % len(DAYS) for after in range(count + 1)}
    return tuple(sorted(found))


def _day(word: str) -> int:
    day = _NUMBERS.get(word.lower())
    if day is None:
        raise UsageError(f"{_quoted(word)} is no day; days are {', '.join(DAYS)}, as in Mon-Fri or Sat,Sun")
    return day


def _span(words: str) -> tuple[int, int]:
    """Return the minutes at which a span begins and ends, beyond a day where it goes over midnight."""
    found = re.fullmatch(_TIMES, words)
    if found is None:
        raise _no_span(words)
    hour, minute, end_hour, end_minute = map(int, found.groups())
    begin, end = hour * HOUR + minute, end_hour * HOUR + end_minute
    if minute >= HOUR or end_minute >= HOUR or begin >= DAY or end > DAY:
        raise _no_span(words)
    if begin == end:
        raise UsageError(f"{words} is empty; all of a day is written 00:00-24:00")
    return begin, end if end > begin else end + DAY


def _no_span(words: str) -> UsageError:
    return UsageError(f"{_quoted(words)} is no span of a day; write times from 00:00 to 24:00, as in 08:00-18:00")


def _rate(text: str) -> int | None:
    if text.lower() in _UNLIMITED:
        return None
    try:
        rate = parse_size(re.sub(r"\s*/\s*s$", "", text, flags=re.IGNORECASE))
    except (ValueError, OverflowError):
        raise UsageError(
            f"{_quoted(text)} is no rate; write bytes per second such as 500K, 5M or 1.5G, or off"
        ) from None
    if rate < 1:
        raise UsageError(f"{_quoted(text)} lets nothing through; unlimited is written off")
    if rate > MOST_RATE:
        raise UsageError(f"{_quoted(text)} is more than any line has; unlimited is written off")
    return rate


def _check_overlaps(entries: Iterable[Entry]) -> None:
    """Raise UsageError where two entries hold at the same minute of a week."""
    spans = sorted(((*span, entry) for entry in entries for span in entry.spans()), key=lambda each: each[0])
    for (_, stop, one), (start, _, other) in pairwise([*spans, *_week_later(spans[:1])]):
        if start < stop:
            when = f"{DAYS[start % WEEK // DAY]} {clock(start % DAY)}"
            raise UsageError(f"'{one}' and '{other}' overlap on {when}; let one end where the other begins")


def _week_later(spans: list[tuple[int, int, Entry]]) -> list[tuple[int, int, Entry]]:
    return [(start + WEEK, stop + WEEK, entry) for start, stop, entry in spans]


def _quoted(text: str) -> str:
    return f"'{printable(text if len(text) <= _SHOWN else f'{text[: _SHOWN - 1]}…')}'"
