"""Lists on the command line: which file, in which format, and what its lines ask for."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from rheo.batch.fed import Fed
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import BadLineError, InvalidListError, UsageError
from rheo.domain.lists.formats import ListFormat, format_of, read_list
from rheo.domain.lists.line import BadLine, Line
from rheo.domain.settings import Settings
from rheo.domain.text import printable
from rheo.wishes import Wishes
from rheo.wishes.lists import request_of

STANDARD_INPUT: Final = "-"

_OF_ONE_FILE: Final = {"output": ("output", "out"), "checksum": ("hash", "hash"), "mirrors": ("mirror", "mirrors")}
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

    @property
    def file(self) -> Path | None:
        """The path; None is standard input."""
        return None if self.path == STANDARD_INPUT else Path(self.path).expanduser()


def read(words: ListWords, settings: Settings, wishes: Wishes) -> Iterator[Fed]:
    """Return what the lines of a list ask for, as they come; raises the UsageError of a list that cannot be read."""
    for wish, (option, name) in _OF_ONE_FILE.items():
        if wishes.get(wish):
            raise UsageError(f"--{option} is of one file, but {words.place} is a list; its lines may say {name}")
    form, columns = _form(words), dict(map(_column, words.columns))
    lines = read_list(_text(words), form, columns=columns, patterns=words.patterns)
    try:
        first = next(lines, None)
    except (InvalidListError, OSError) as error:
        raise InvalidListError(f"{words.place}: {_why(error)}") from error
    if first is None:
        raise InvalidListError(f"{words.place} lists nothing")
    ask = partial(_fed, words.place, settings, wishes, ignorant=form.has_columns)
    return map(ask, _to_the_end(chain([first], lines)))


def fed_again(words: ListWords, settings: Settings, wishes: Wishes, line: Line) -> Fed:
    """Return what a line asks for that was read before."""
    return _fed(words.place, settings, wishes, line, ignorant=_form(words).has_columns)


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


def _fed(place: str, settings: Settings, wishes: Wishes, line: Line | BadLine, *, ignorant: bool) -> Fed:
    asked = _asked(settings, wishes, line, ignorant=ignorant)
    return Fed(line.number, f"{place}, line {line.number}", asked, None if isinstance(line, BadLine) else line)


def _asked(
    settings: Settings, wishes: Wishes, line: Line | BadLine, *, ignorant: bool
) -> DownloadRequest | BadLineError:
    if isinstance(line, BadLine):
        return BadLineError(line.wrong)
    try:
        return request_of(line, settings, wishes, ignorant=ignorant)
    except BadLineError as error:
        return error.with_traceback(None)
