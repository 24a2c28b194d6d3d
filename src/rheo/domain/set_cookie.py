"""What one Set-Cookie line says (RFC 6265bis, 5.6), as browsers read it; whether it may is the jar's to judge."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

MOST_BYTES: Final = 4096
"""Bytes of name and value together."""
_MOST_ATTRIBUTE: Final = 1024
"""Bytes of an attribute's value."""

_BLANKS: Final = " \t"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_AGE: Final = re.compile(r"-?[0-9]+")

_DATE_TOKEN: Final = re.compile(r"[^\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_CLOCK: Final = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?![0-9])")
_DAY: Final = re.compile(r"([0-9]{1,2})(?![0-9])")
_YEAR: Final = re.compile(r"([0-9]{2,4})(?![0-9])")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIRST_YEAR: Final = 1601
_PIVOT: Final = 70
"""The first two-digit year of the twentieth century."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCookie:
    """A wish of a server; what it did not say is None."""

    name: str
    """Empty for a cookie that is its value alone."""
    value: str = field(repr=False)
    domain: str | None = None
    """In lower case, without its leading dot; None also where it is empty."""
    path: str | None = None
    """Begins with a slash."""
    max_age: int | None = None
    """Seconds; zero and less mean: forget it. Counts before `expires`."""
    expires: float | None = None
    """Unix time."""
    secure: bool = False
    http_only: bool = False


def parse_set_cookie(line: str) -> SetCookie | None:
    """Return what the line asks for; None where it is no cookie, or one too large."""
    if _CONTROL.search(line):
        return None
    pair, _, rest = line.partition(";")
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", pair
    name, value = name.strip(_BLANKS), value.strip(_BLANKS)
    if not 0 < _size(name) + _size(value) <= MOST_BYTES:
        return None
    attributes = _attributes(rest)
    said = dict(attributes)  # the last of a name counts
    return SetCookie(
        name=name,
        value=value,
        domain=_domain(said.get("domain", "")),
        path=_path(said.get("path", "")),
        max_age=_last_age(attributes),
        expires=_last_date(attributes),
        secure="secure" in said,
        http_only="httponly" in said,
    )


def parse_cookie_date(text: str) -> float | None:
    """Return the Unix time that a cookie's date means (RFC 6265bis, 5.1.1); None for what is no date."""
    clock = day = month = year = None
    for token in _DATE_TOKEN.findall(text):
        if clock is None and (found := _CLOCK.match(token)):
            clock = [int(number) for number in found.groups()]
        elif day is None and (found := _DAY.match(token)):
            day = int(found[1])
        elif month is None and (number := _month(token)):
            month = number
        elif year is None and (found := _YEAR.match(token)):
            year = _full_year(int(found[1]))
    if clock is None or day is None or month is None or year is None or year < _FIRST_YEAR:
        return None
    return _time(year, month, day, clock)


def _attributes(rest: str) -> list[tuple[str, str]]:
    """Return names in lower case, and values; those too long are left out (RFC 6265bis, 5.6)."""
    found: list[tuple[str, str]] = []
    for part in rest.split(";"):
        name, _, value = part.partition("=")
        value = value.strip(_BLANKS)
        if _size(value) <= _MOST_ATTRIBUTE:
            found.append((name.strip(_BLANKS).lower(), value))
    return found


def _last_age(attributes: list[tuple[str, str]]) -> int | None:
    """Return the last Max-Age that is a number; others do not count, not even as the last."""
    ages = [value for name, value in attributes if name == "max-age" and _AGE.fullmatch(value)]
    return int(ages[-1]) if ages else None


def _last_date(attributes: list[tuple[str, str]]) -> float | None:
    """Return the last Expires that is a date."""
    dates = (parse_cookie_date(value) for name, value in reversed(attributes) if name == "expires")
    return next((date for date in dates if date is not None), None)


def _domain(written: str) -> str | None:
    name = written.removeprefix(".")
    # Only ASCII: a Kelvin sign would become a k.
    return (name.lower() if name.isascii() else name) or None


def _path(written: str) -> str | None:
    return written if written.startswith("/") else None


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _month(token: str) -> int | None:
    start = token[:3].lower()
    return _MONTHS.index(start) + 1 if start in _MONTHS else None


def _full_year(year: int) -> int:
    if year >= 100:  # noqa: PLR2004  (three digits are a year, too, and too early)
        return year
    return year + (1900 if year >= _PIVOT else 2000)


def _time(year: int, month: int, day: int, clock: list[int]) -> float | None:
    hour, minute, second = clock
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return None
