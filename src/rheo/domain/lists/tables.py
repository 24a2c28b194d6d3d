"""Lists with columns: CSV and TSV with a header, and JSON Lines. Pure."""

from __future__ import annotations

import csv
import json
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, Self

from rheo.domain.errors import InvalidListError
from rheo.domain.lists.line import LONGEST, TOO_LONG, BadLine, Line, line_of, shown
from rheo.domain.templates import spelt

URL: Final = frozenset({"url", "uri", "link"})
MIRRORS: Final = frozenset({"mirrors", "mirror", "urls", "uris"})
"""Columns, in small letters."""


def read_table(
    lines: Iterable[str], *, delimiter: str, columns: Mapping[str, str], needed: Collection[str] = ()
) -> Iterator[Line | BadLine]:
    """Yield the files of a CSV (RFC 4180) or TSV, whose first line names the columns.

    `columns` says which of them to take for what: the name that it is to have, and the name that it has; `needed` are
    those that all places are made of, as templates spell them. Raises InvalidListError where none is the URL's, or one
    of these is not there.
    """
    again = _Again(lines)
    rows = csv.reader(again, delimiter=delimiter, strict=True)
    try:
        header = next(rows, None)
    except csv.Error as error:
        raise InvalidListError(f"its first line names no columns: {error}") from None
    if header is None:
        return
    fields = _fields(header, columns, needed)
    others = _others(columns)
    while True:
        number = again.begin()
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadLine(number, _no_row(error, number, again.number))
            again.back()
            continue
        if not any(map(str.strip, row)):
            continue
        if len(row) > len(header):
            yield BadLine(number, f"it has {len(row)} values, but there are {len(header)} columns")
        else:
            yield _line(number, [(name, row[place]) for name, place in fields if place < len(row)], others)


def read_json_lines(lines: Iterable[str], *, columns: Mapping[str, str]) -> Iterator[Line | BadLine]:
    """Yield the files of JSON Lines: an object a line, or a text, which is a URL; values may be lists."""
    others = _others(columns)
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        if len(text) > LONGEST:
            yield BadLine(number, TOO_LONG)
            continue
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):  # nothing of it is repeated, as it may be a password
            yield BadLine(number, "it is no JSON")
            continue
        if isinstance(found, str):
            yield line_of(number, found.strip(), (), ())
        elif isinstance(found, dict):
            yield _line(number, _pairs(found, columns), others)
        else:
            yield BadLine(number, "it is neither an object nor a text")


class _Again:
    """Lines of which those behind a row's first are read again where the row proves to be none.

    A quote that nobody meant would swallow all lines up to the next quote. What it swallows is bounded: by csv's limit
    of a field, and by LONGEST where it has many fields.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self.number = 0
        """Of the line that was taken last."""
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self._row: list[str] = []
        """The lines of this row so far."""
        self._size = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.number += 1
        self._row.append(line)
        self._size += len(line)
        if self._size > LONGEST:
            raise csv.Error(TOO_LONG)
        return line

    def begin(self) -> int:
        """Return the number of the line that comes next, with which a row begins."""
        self._row.clear()
        self._size = 0
        return self.number + 1

    def back(self) -> None:
        """Go back to the row's second line."""
        rest = self._row[1:]
        self._again.extendleft(reversed(rest))
        self.number -= len(rest)


def _no_row(error: csv.Error, number: int, last: int) -> str:
    if last == number:
        return f"it is no row of a table: {error}"
    return f"a quote that it opens is closed nowhere up to line {last}, or not rightly; write two for one that is meant"


def _fields(header: Sequence[str], columns: Mapping[str, str], needed: Collection[str]) -> list[tuple[str, int]]:
    """Return what the columns are to be called, and where in a row each stands; raises InvalidListError."""
    has = [name.strip().removeprefix("\ufeff") for name in header]
    for wanted in columns.values():
        if wanted not in has:
            raise InvalidListError(f"there is no column {shown(wanted)}{_listed(has)}")
    fields = _named(has, columns)
    if not any(name.lower() in URL for name, _ in fields):
        there = _listed(has)
        raise InvalidListError(f"no column of it is called url{there}; name the one that is: --column url=NAME")
    called = [name for name, _ in fields]
    for name in sorted(set(needed).difference(map(spelt, called))):
        raise InvalidListError(f"{{column:{name}}}: there is no column {name}{_listed(called)}")
    return fields


def _listed(names: Sequence[str]) -> str:
    """Return which columns there are, as a message says it behind one that is not."""
    if not any(names):
        return "; its first line names none"
    return f"; there is {shown(names[0])} alone" if len(names) == 1 else f"; there are {shown(', '.join(names))}"


def _named(has: Sequence[str], columns: Mapping[str, str]) -> list[tuple[str, int]]:
    """Return names, and the places of what is to be called so.

    What `columns` names goes before what the list itself calls so: that is left out, or comes first, as of several
    values the last one counts.
    """
    given, taken = set(map(spelt, columns)), set(columns.values())
    own = [(name, place) for place, name in enumerate(has) if name not in taken and spelt(name) not in given]
    return own + [(name, has.index(one)) for name, one in columns.items() if one in has]


def _others(columns: Mapping[str, str]) -> frozenset[str]:
    """Return what is no URL and no mirror, whatever it is called, as another column was named for that."""
    given = set(map(spelt, columns))
    return frozenset().union(*(alike - given for alike in (URL, MIRRORS) if alike & given))


def _pairs(found: Mapping[str, object], columns: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield names and values; a list as several, an object's as `name: value`, as headers are written."""
    values = list(found.values())
    for name, place in _named(list(found), columns):
        value = values[place]
        if isinstance(value, dict):
            yield from ((name, f"{key}: {one}") for key, one in value.items())
        elif isinstance(value, list):
            yield from ((name, _text(one)) for one in value)
        else:
            yield name, _text(value)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _line(number: int, pairs: Iterable[tuple[str, str]], others: AbstractSet[str]) -> Line | BadLine:
    """Return a file of which names and values are told; what is empty is not said.

    `others` are names that mean no URL and no mirror here.
    """
    url, mirrors, said = "", [], []
    for name, value in pairs:
        word, text = name.lower(), value.strip()
        if not text:
            continue
        if word in others:
            said.append((name, text))
        elif word in URL and not url:
            url = text
        elif word in MIRRORS:
            mirrors += text.split()
        else:
            said.append((name, text))
    if not url and mirrors:
        url, *mirrors = mirrors
    return line_of(number, url, mirrors, said)
