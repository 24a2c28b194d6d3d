"""Lists on the command line: which file, in which format, and what its lines ask for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import Final, NamedTuple

from rheo.cli.feed import Fed
from rheo.cli.tally import Failure
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import BadLineError, InvalidListError, UsageError
from rheo.domain.lists.formats import ListFormat, format_of, read_list
from rheo.domain.lists.line import BadLine, Line
from rheo.domain.settings import Settings
from rheo.domain.text import printable
from rheo.wishes import Wishes
from rheo.wishes.lists import asking

STANDARD_INPUT: Final = "-"

_OF_ONE_FILE: Final = {"checksum": ("hash", "hash"), "mirrors": ("mirror", "mirrors")}
"""Wishes that only a line can have: their options, and how a line says them."""


class ListWords(NamedTuple):
    """What stands on the command line of a list."""

    path: str
    """Or `-` for standard input."""
    form: str | None
    """How it is written; None: as its name tells."""
    columns: Sequence[str]
    """`NAME=COLUMN`: what to take which column for."""
    patterns: bool
    """Whether URLs stand for many."""

    @property
    def place(self) -> str:
        """What messages call it."""
        return "standard input" if self.path == STANDARD_INPUT else printable(self.path)


def read(words: ListWords, settings: Settings, wishes: Wishes, *, beside: int) -> Iterator[Fed]:
    """Return what the lines of a list ask for, as they come; raises the UsageError of a list that cannot be read.

    `beside` is how many files are asked for that are none of the list's: they have nothing to fill templates in with.
    """
    for wish, (option, name) in _OF_ONE_FILE.items():
        if wishes.get(wish):
            raise UsageError(f"--{option} is of one file, but {words.place} is a list; its lines may say {name}")
    if wishes.get("resume_from"):
        raise UsageError(f"--resume-from is a part of one file, but {words.place} is a list")
    if beside and (wishes.get("output") or "{" in str(settings.directory)):
        raise UsageError(f"fields in --directory and --output are for a list; put all URLs into {words.place}")
    form, columns = _form(words), dict(map(_column, words.columns))
    wall = datetime.now().astimezone()
    ask = asking(settings, wishes, ignorant=form.has_columns, now=wall).request_of
    lines = read_list(_text(words), form, columns=columns, patterns=words.patterns)
    try:
        first = next(lines, None)
    except (InvalidListError, OSError) as error:
        raise InvalidListError(f"{words.place}: {_why(error)}") from error
    if first is None:
        raise InvalidListError(f"{words.place} lists nothing")
    fed = partial(_fed, words.place, ask)
    return map(fed, _to_the_end(chain([first], lines)), count(1))


def _form(words: ListWords) -> ListFormat:
    if words.form is None:
        return format_of(words.path)
    try:
        return ListFormat(words.form.lower())
    except ValueError:
        raise UsageError(f"--format {printable(words.form)}: must be one of {', '.join(ListFormat)}") from None


def _column(word: str) -> tuple[str, str]:
    name, equals, column = word.partition("=")
    if not (name and equals and column):
        raise UsageError(f"--column {printable(word)}: write what it is, and how the list calls it: --column url=LINK")
    return name, column


def _text(words: ListWords) -> Iterator[str]:
    """Yield the list's lines; bytes that are no UTF-8 come as halves of a pair."""
    place = sys.stdin.fileno() if words.path == STANDARD_INPUT else Path(words.path).expanduser()
    owned = words.path != STANDARD_INPUT
    with open(place, encoding="utf-8-sig", errors="surrogateescape", newline="", closefd=owned) as text:
        yield from text


def _to_the_end(lines: Iterator[Line | BadLine]) -> Iterator[Line | BadLine]:
    """Yield the lines, and last what keeps the rest from being read."""
    number = 0
    try:
        for line in lines:
            number = line.number
            yield line
    except OSError as error:
        yield BadLine(number + 1, _why(error))


def _why(error: InvalidListError | OSError) -> str:
    return error.message if isinstance(error, InvalidListError) else f"it cannot be read: {error.strerror}"


def _fed(place: str, ask: Callable[[Line, int], DownloadRequest], line: Line | BadLine, number: int) -> Fed:
    if isinstance(line, BadLine):
        return _failure(place, line, BadLineError(line.wrong))
    try:
        return ask(line, number)
    except BadLineError as error:
        return _failure(place, line, error.with_traceback(None))


def _failure(place: str, line: Line | BadLine, error: BadLineError) -> Failure:
    return Failure(f"{place}, line {line.number}", datetime.now(UTC), error)
