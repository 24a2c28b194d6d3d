"""The formats that lists have, and which one a list probably has; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import chain
from typing import Final

from rheo.domain.errors import InvalidListError
from rheo.domain.lists.line import BadLine, Line
from rheo.domain.lists.plain import read_plain


class ListFormat(StrEnum):
    """How a list is written."""

    PLAIN = "plain"
    """A URL a line, as aria2's input files."""
    CSV = "csv"
    TSV = "tsv"
    JSONL = "jsonl"

    @property
    def has_columns(self) -> bool:
        """Whether names stand for values, of which others may have need."""
        return self is not ListFormat.PLAIN


_SUFFIXES: Final = {
    ".csv": ListFormat.CSV,
    ".tsv": ListFormat.TSV,
    ".tab": ListFormat.TSV,
    ".jsonl": ListFormat.JSONL,
    ".ndjson": ListFormat.JSONL,
}


def format_of(name: str) -> ListFormat:
    """Return the format that a list's name tells; plain where it tells nothing."""
    lower = name.lower()
    return next((form for suffix, form in _SUFFIXES.items() if lower.endswith(suffix)), ListFormat.PLAIN)


def read_list(
    lines: Iterable[str], form: ListFormat, *, columns: Mapping[str, str], patterns: bool = False
) -> Iterator[Line | BadLine]:
    """Yield the files of a list, as its lines come.

    `columns` says which columns to take for what: the name that it is to have, and the name that it has; `patterns`
    whether URLs may stand for many. Raises InvalidListError where nothing of the list can be read.
    """
    if columns and not form.has_columns:
        raise InvalidListError("a plain list has no columns; --format says what it is: csv, tsv or jsonl")
    found = _read(lines, form, columns)
    return chain.from_iterable(map(_expanded, found)) if patterns else found


def _read(lines: Iterable[str], form: ListFormat, columns: Mapping[str, str]) -> Iterator[Line | BadLine]:
    if form is ListFormat.PLAIN:
        return read_plain(lines)
    from rheo.domain.lists.tables import read_json_lines, read_table  # noqa: PLC0415  (most lists are plain)

    if form is ListFormat.JSONL:
        return read_json_lines(lines, columns=columns)
    return read_table(lines, delimiter="," if form is ListFormat.CSV else "\t", columns=columns)


def _expanded(line: Line | BadLine) -> Iterator[Line | BadLine]:
    """Yield a line for each URL that the line's stands for; mirrors stand for as many each."""
    from rheo.domain.lists.patterns import expand  # noqa: PLC0415  (few lists have patterns)

    if isinstance(line, BadLine):
        yield line
        return
    try:
        together = zip(*map(expand, line.urls), strict=True)
        for urls in together:
            yield line._replace(urls=urls)
    except InvalidListError as error:
        yield BadLine(line.number, error.message)
    except ValueError:
        yield BadLine(line.number, "its mirrors stand for another number of URLs than its first URL does")
