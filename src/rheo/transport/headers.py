"""What the lines of an answer's head mean: status, fields, and the values of those that decide something.

All of it is text from strangers: every parser here is linear, and knows what it takes for rubbish.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple

from rheo.domain.errors import ProtocolError
from rheo.domain.ranges import Range
from rheo.domain.text import printable
from rheo.transport.base import Head

LONGEST_WAIT: Final = 100 * 365 * 86_400.0
"""Seconds; no server asks for more and means it, and times that are added to this still exist."""

_MOST_DIGITS: Final = 18
"""Digits of a length that every file system can count."""

_SHOWN: Final = 80
"""Characters of rubbish that its message repeats."""

_STATUS_LINE: Final = re.compile(rb"HTTP/(1\.[01]|[23]) +([1-9][0-9]{2})(?: .*)?\r?\n?", re.DOTALL)

_LOCATION: Final = re.compile(rb"\s*location\s*:", re.IGNORECASE)

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE: Final = re.compile(
    r"[A-Za-z]{3,9}, ([0-9]{1,2})[ -]([A-Za-z]{3})[ -]([0-9]{4}|[0-9]{2}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) (?:GMT|UTC)"
)
_ASCTIME_DATE: Final = re.compile(
    r"[A-Za-z]{3} ([A-Za-z]{3}) ([0-9 ][0-9]) ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([0-9]{4})"
)
_PIVOT: Final = 70
"""The first two-digit year of the twentieth century: there was no HTTP, and no Unix, before."""
_LEAP_SECOND: Final = 60

_SECONDS: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")

_CONTENT_RANGE: Final = re.compile(
    rf"bytes[ ]+(?:([0-9]{{1,{_MOST_DIGITS}}})-([0-9]{{1,{_MOST_DIGITS}}})|\*)/(?:([0-9]{{1,{_MOST_DIGITS}}})|\*)",
    re.IGNORECASE,
)


def parse_head(lines: Sequence[bytes]) -> Head:
    """Return the head that a status line and header lines are, each with its line end; raises ProtocolError."""
    whole = b"".join(lines)
    if b"\0" in whole:
        raise ProtocolError(f"the answer's head has a NUL in it: {_shown(lines[0])}")
    if b"\n " in whole or b"\n\t" in whole:
        lines = _unfold(lines)
    version, status = _status(lines[0] if lines else b"")
    fields: dict[str, str] = {}
    repeated: dict[str, list[str]] = {}
    for line in _decoded(lines[1:]):
        name, colon, value = line.partition(":")
        name, value = name.strip().lower(), value.strip(" \t\r\n")
        if not colon or not name:
            raise ProtocolError(
                f"the answer has a header line without name or colon: {printable(line[:_SHOWN].strip())}"
            )
        if name in fields:
            repeated.setdefault(name, [fields[name]]).append(value)
        else:
            fields[name] = value
    for name, values in repeated.items():
        # A cookie's date has a comma in it (RFC 6265, 3); a line end is in no value.
        fields[name] = ("\n" if name == "set-cookie" else ", ").join(values)
    return Head(version, status, fields)


def media_type(content_type: str) -> str:
    """Return the type that a Content-Type names, in lower case and without parameters."""
    return content_type.partition(";")[0].strip().lower()


def content_length(head: Head) -> int | None:
    """Return the body's length; None where it is not said, or not by this field (RFC 9112, 6.3)."""
    written = head.fields.get("content-length")
    if written is None or "transfer-encoding" in head.fields:
        return None
    if "," not in written:
        return _length(written)
    lengths = {_length(part.strip(" \t")) for part in written.split(",")}
    if len(lengths) > 1:
        raise ProtocolError(f"the answer has several lengths: {printable(written[:_SHOWN])}")
    return lengths.pop()


class ContentRange(NamedTuple):
    """Which bytes of a resource a body is (RFC 9110, 14.4)."""

    span: Range | None
    """None where the server says that it has none of those asked for."""
    total: int | None
    """Bytes of the whole resource; None where the server does not say."""


def parse_content_range(text: str) -> ContentRange | None:
    """Return what a Content-Range says; None for another unit, and for what contradicts itself."""
    found = _CONTENT_RANGE.fullmatch(text.strip())
    if found is None:
        return None
    first, last, digits = found.groups()
    total = None if digits is None else int(digits)
    if first is None:
        return None if total is None else ContentRange(None, total)
    start, stop = int(first), int(last) + 1
    if stop <= start or (total is not None and stop > total):
        return None
    return ContentRange((start, stop), total)


@lru_cache(maxsize=256)  # of many small files a second nearly all name the same two or three
def parse_http_date(text: str) -> datetime | None:
    """Return the time that any of the three forms of RFC 9110, 5.6.7 names; None for anything else."""
    found = _DATE.fullmatch(text)
    if found is not None:
        day, month, year, *clock = found.groups()
    else:
        found = _ASCTIME_DATE.fullmatch(text)
        if found is None:
            return None
        month, day, *clock, year = found.groups()
    hour, minute, second = map(int, clock)
    try:
        number = _MONTHS.index(month.lower()) + 1
        counted = second - (second == _LEAP_SECOND)  # as the one before it
        return datetime(_year(year), number, int(day), hour, minute, counted, tzinfo=UTC)
    except ValueError:
        return None


def http_date(seconds: float) -> str | None:
    """Return a time, in seconds since 1970, as HTTP writes it; None for one that cannot be written so."""
    try:
        at = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    day, month = _DAYS[at.weekday()], _MONTHS[at.month - 1].title()
    return f"{day}, {at.day:02} {month} {at.year:04} {at:%H:%M:%S} GMT"


def parse_retry_after(text: str, now: datetime) -> float | None:
    """Return the seconds to wait from `now`, at most `LONGEST_WAIT`; None for rubbish."""
    text = text.strip()
    if _SECONDS.fullmatch(text):
        seconds = float(text)
    else:
        date = parse_http_date(text)
        if date is None:
            return None
        seconds = (date - now).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _status(line: bytes) -> tuple[str, int]:
    found = _STATUS_LINE.fullmatch(line)
    if found is None:
        raise ProtocolError(f"the answer does not begin with a status line: {_shown(line)}")
    return found[1].decode("ascii"), int(found[2])


def _unfold(lines: Sequence[bytes]) -> Sequence[bytes]:
    """Return the lines, continued ones as one (RFC 9112, 5.2)."""
    gathered: list[list[bytes]] = []
    for line in lines:
        if gathered and line[:1] in (b" ", b"\t"):
            gathered[-1].append(line)
        else:
            gathered.append([line])
    return [b" ".join(part.strip(b" \t\r\n") for part in parts) for parts in gathered]


def _decoded(lines: Sequence[bytes]) -> list[str]:
    try:
        return [line.decode() for line in lines]
    except UnicodeDecodeError:
        return [_decode(line) for line in lines]


def _decode(line: bytes) -> str:
    """Return a line's text: UTF-8 where it can be, else Latin-1; of a Location each byte counts as it is."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("utf-8", "surrogateescape") if _LOCATION.match(line) else line.decode("latin-1")


def _length(written: str) -> int:
    if not (written.isascii() and written.isdigit() and len(written) <= _MOST_DIGITS):
        raise ProtocolError(f"the answer has a length that is none: {printable(written[:_SHOWN])!r}")
    return int(written)


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) > 2:  # noqa: PLR2004  (RFC 850 has two)
        return year
    return year + (1900 if year >= _PIVOT else 2000)


def _shown(line: bytes) -> str:
    return printable(_decode(line[:_SHOWN].rstrip(b"\r\n"))) or "an empty line"
