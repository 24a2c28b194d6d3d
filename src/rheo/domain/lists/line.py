"""One line of a list: a file, where it comes from, and what is said of it; or what is wrong with the line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from rheo.domain.text import printable

LONGEST: Final = 1024 * 1024
"""Characters of a line, and of all that stands below it: of more nobody is the author."""

TOO_LONG: Final = "it is longer than 1 MiB"

_SHOWN: Final = 60
"""Characters of a bad line that its message repeats."""


class Line(NamedTuple):
    """A file that is to be fetched."""

    number: int
    """Of the line in its list, from one; where several lines tell of the file, of the first."""
    urls: tuple[str, ...]
    """Where it comes from, at least one, as written; the first is the file's URL, the others are mirrors."""
    said: tuple[tuple[str, str], ...] = ()
    """What else is said of it: names of columns or options, as written, and values; a name may come twice."""


class BadLine(NamedTuple):
    """A line that says nothing that can be fetched."""

    number: int
    wrong: str
    """What is wrong with it, and the cure; nothing of it steers a terminal."""


def shown(text: str) -> str:
    """Return as much of a line as a message repeats, without user info."""
    from rheo.domain.url import without_user_info  # noqa: PLC0415  (a list without mistakes needs it not)

    safe = printable(without_user_info(text))
    return safe if len(safe) <= _SHOWN else f"{safe[:_SHOWN]}…"


def line_of(number: int, url: str, mirrors: Sequence[str], said: Sequence[tuple[str, str]]) -> Line | BadLine:
    """Return the line for a file, or that it has no URL."""
    if not url:
        return BadLine(number, "it has no URL")
    return Line(number, (url, *mirrors), tuple(said))
