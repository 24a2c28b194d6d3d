"""Lists with columns: CSV and TSV with a header, and JSON Lines. Pure."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from rheo.domain.errors import InvalidListError
from rheo.domain.lists.line import BadLine, Line, line_of, shown

URL: Final = frozenset({"url", "uri", "link"})
MIRRORS: Final = frozenset({"mirrors", "mirror", "urls", "uris"})
"""Columns, in small letters."""

_NO_URL: Final = "no column of it is called url; name the one that is: --column url=NAME"


def read_table(lines: Iterable[str], *, delimiter: str, columns: Mapping[str, str]) -> Iterator[Line | BadLine]:
    """Yield the files of a CSV (RFC 4180) or TSV, whose first line names the columns.

    `columns` says which of them to take for what: the name that it is to have, and the name that it has. Raises
    InvalidListError where none is the URL's, or one of these is not there.
    """
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        header = next(rows, None)
    except csv.Error as error:
        raise InvalidListError(f"its first line names no columns: {error}") from None
    if header is None:
        return
    names = _named(header, columns)
    while True:
        number = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadLine(number, f"it is no row of a table: {error}")
            continue
        if not any(map(str.strip, row)):
            continue
        if len(row) > len(names):
            yield BadLine(number, f"it has {len(row)} values, but there are {len(names)} columns")
        else:
            yield _line(number, zip(names, row, strict=False))


def read_json_lines(lines: Iterable[str], *, columns: Mapping[str, str]) -> Iterator[Line | BadLine]:
    """Yield the files of JSON Lines: an object a line, or a text, which is a URL; values may be lists."""
    renamed = {has: name for name, has in columns.items()}
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):  # nothing of it is repeated, as it may be a password
            yield BadLine(number, "it is no JSON")
            continue
        if isinstance(found, str):
            yield line_of(number, found.strip(), (), ())
        elif isinstance(found, dict):
            yield _line(number, _pairs(found, renamed))
        else:
            yield BadLine(number, "it is neither an object nor a text")


def _named(header: Sequence[str], columns: Mapping[str, str]) -> list[str]:
    """Return what the columns are to be called; raises InvalidListError."""
    has = [name.strip().removeprefix("\ufeff") for name in header]
    for wanted in columns.values():
        if wanted not in has:
            raise InvalidListError(f"there is no column {shown(wanted)}; there are {shown(', '.join(has))}")
    renamed = {one: name for name, one in columns.items()}
    names = [renamed.get(one, one) for one in has]
    if not any(name.lower() in URL for name in names):
        raise InvalidListError(_NO_URL)
    return names


def _pairs(found: Mapping[str, object], renamed: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield names and values; a list as several, an object's as `name: value`, as headers are written."""
    for has, value in found.items():
        name = renamed.get(has, has)
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


def _line(number: int, pairs: Iterable[tuple[str, str]]) -> Line | BadLine:
    """Return a file of which names and values are told; what is empty is not said."""
    url, mirrors, said = "", [], []
    for name, value in pairs:
        word, text = name.lower(), value.strip()
        if not text:
            continue
        if word in URL and not url:
            url = text
        elif word in MIRRORS:
            mirrors += text.split()
        else:
            said.append((name, text))
    if not url and mirrors:
        url, *mirrors = mirrors
    return line_of(number, url, mirrors, said)
