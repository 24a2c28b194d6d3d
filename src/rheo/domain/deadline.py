"""A download's deadline: from its text to the instant at which the file is wanted at the latest."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final

from rheo.domain.errors import UsageError
from rheo.domain.text import printable
from rheo.domain.units import parse_duration

# Compiled on first use: most have no deadline.
_AWAY: Final = r"(?:\+|in )\s*(?P<away>\S+)"
_CLOCK: Final = r"(?:(?P<day>today|tomorrow) )?(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
_DATE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
_TOMORROW: Final = "tomorrow 18:00"
_SHOWN: Final = 40
"""Characters of a rejected text that its message repeats."""


def parse_deadline(text: str, *, now: datetime, zone: tzinfo) -> datetime:
    """Return the instant, in UTC, that `18:00`, `tomorrow 18:00`, `2026-11-30 18:00`, `+2h` or `in 2h` mean.

    `now` is aware, `zone` where the wall clock hangs. Raises UsageError, whose sentence shows the right forms, for what
    is none of these, and for what is past.
    """
    words = " ".join(text.split())
    shown = printable(words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1]}…")
    try:
        deadline, instead = _read(words, now, zone)
    except (ValueError, OverflowError):
        raise UsageError(f"the deadline '{shown}' is no time; write 18:00, {_forms(now, zone)}") from None
    return _to_come(deadline, shown, now=now, zone=zone, instead=instead)


def checked_deadline(given: datetime, *, now: datetime, zone: tzinfo) -> datetime:
    """Return an instant in UTC, a naive one taken as the wall clock's in that zone; raises UsageError if it is past."""
    shown = f"{given:%Y-%m-%d %H:%M}"
    try:
        deadline = _instant(given, now, zone)
    except OverflowError:
        raise UsageError(f"the deadline '{shown}' is beyond what a calendar has") from None
    return _to_come(deadline, shown, now=now, zone=zone)


def _read(words: str, now: datetime, zone: tzinfo) -> tuple[datetime, str]:
    """Return the instant, and what to write instead if it should be past; raises ValueError, OverflowError."""
    away = re.fullmatch(_AWAY, words, re.IGNORECASE)
    if away is not None:
        return now.astimezone(UTC) + timedelta(seconds=parse_duration(away["away"])), _TOMORROW
    clock = re.fullmatch(_CLOCK, words, re.IGNORECASE)
    if clock is not None:
        time_of_day = time(int(clock["hour"]), int(clock["minute"]))
        days = 1 if (clock["day"] or "").lower() == "tomorrow" else 0
        day = now.astimezone(zone).date() + timedelta(days=days)
        return _instant(datetime.combine(day, time_of_day), now, zone), f"tomorrow {time_of_day:%H:%M}"
    if re.fullmatch(_DATE, words, re.IGNORECASE) is None:
        raise ValueError(words)
    return _instant(datetime.fromisoformat(words.upper()), now, zone), _TOMORROW


def _instant(given: datetime, now: datetime, zone: tzinfo) -> datetime:
    """Return a time in UTC; of a naive one, when the clock shows it: the first time to come, where it does so twice.

    One that the clock leaves out is as long after the gap as it would have been after the gap's begin (PEP 495).
    """
    if given.tzinfo is not None:
        return given.astimezone(UTC)
    first, second = (given.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return second if first <= now < second else first


def _to_come(deadline: datetime, shown: str, *, now: datetime, zone: tzinfo, instead: str = _TOMORROW) -> datetime:
    if deadline > now:
        return deadline
    here = f"{now.astimezone(zone):%Y-%m-%d %H:%M}"
    raise UsageError(f"the deadline '{shown}' is past: it is {here} now; write {_forms(now, zone, instead)}")


def _forms(now: datetime, zone: tzinfo, first: str = _TOMORROW) -> str:
    tomorrow = now.astimezone(zone) + timedelta(days=1)
    return f"{first}, {tomorrow:%Y-%m-%d} 18:00 or +2h"
