"""The formats that lists have, and which one a list probably has; pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import partial
from itertools import chain
from typing import Final

from rheo.domain.errors import InvalidListError
from rheo.domain.lists.line import BadLine, Line
from rheo.domain.lists.plain import read_plain
from rheo.domain.url import Url


class ListFormat(StrEnum):
    """How a list is written."""

    PLAIN = "plain"
    """A URL a line, as aria2's input files."""
    CSV = "csv"
    TSV = "tsv"
    JSONL = "jsonl"
    SUMS = "sums"
    """Checksums and names, as `sha256sum` writes them."""
    METALINK = "metalink"
    """A document, and no lines (RFC 5854)."""

    @property
    def has_columns(self) -> bool:
        """Whether names stand for values, of which others may have need."""
        return self in {ListFormat.CSV, ListFormat.TSV, ListFormat.JSONL}


_CALLED: Final = {
    ListFormat.PLAIN: "a plain list",
    ListFormat.SUMS: "a list of checksums",
    ListFormat.METALINK: "a Metalink",
}
_SUFFIXES: Final = {
    ".csv": ListFormat.CSV,
    ".tsv": ListFormat.TSV,
    ".tab": ListFormat.TSV,
    ".jsonl": ListFormat.JSONL,
    ".ndjson": ListFormat.JSONL,
    ".meta4": ListFormat.METALINK,
    ".metalink": ListFormat.METALINK,
}
_DIGEST: Final = r"(?:md5|sha-?1|sha-?224|sha-?256|sha-?384|sha-?512|sha3-(?:224|256|384|512)|b2|blake2[bs])"
_SUMS: Final = re.compile(
    rf"(?:{_DIGEST}|.*\.{_DIGEST}(?:sums?)?|(?:.*[-_.])?(?:{_DIGEST}[-_]?sums?|checksums?))(?:\.(?:txt|asc))?"
    rf"|checksum\.{_DIGEST}-.*",
    re.DOTALL,
)
"""What lists of checksums are called: `SHA256SUMS`, `a.iso.sha256`, `Fedora-41-CHECKSUM`, `CHECKSUM.SHA256-FreeBSD`."""


def format_of(name: str) -> ListFormat:
    """Return the format that a list's name, or path, tells; plain where it tells nothing."""
    lower = name.lower()
    told = next((form for suffix, form in _SUFFIXES.items() if lower.endswith(suffix)), None)
    if told is not None:
        return told
    last = re.split(r"[/\\]", lower)[-1]
    return ListFormat.SUMS if _SUMS.fullmatch(last) else ListFormat.PLAIN


def check_form(form: ListFormat, *, columns: Mapping[str, str], patterns: bool, base: Url | None) -> None:
    """Raise InvalidListError for what no list of a format has, and for what it lacks."""
    if columns and not form.has_columns:
        raise InvalidListError(f"{_CALLED[form]} has no columns; --format says what it is: csv, tsv or jsonl")
    if patterns and form in {ListFormat.SUMS, ListFormat.METALINK}:
        raise InvalidListError(f"{_CALLED[form]} has no patterns; leave --glob out")
    if base is None and form is ListFormat.SUMS:
        raise InvalidListError(
            "a list of checksums tells what its files are called, not where they are: add --base-url "
            "https://example.com/pub/"
        )


def read_list(
    lines: Iterable[str],
    form: ListFormat,
    *,
    columns: Mapping[str, str],
    needed: Collection[str] = (),
    patterns: bool = False,
    base: Url | None = None,
    source: str = "",
) -> Iterator[Line | BadLine]:
    """Yield the files of a list, which is no Metalink, as its lines come.

    `columns` says which columns to take for what: the name that it is to have, and the name that it has; `needed`
    are columns that all places are made of; `patterns` whether URLs may stand for many; `base` where relative URLs
    begin, None where there are to be none; `source` is its path, which may tell how checksums were made. Raises
    InvalidListError where nothing of the list can be read.
    """
    check_form(form, columns=columns, patterns=patterns, base=base)
    if base is not None and form is ListFormat.SUMS:
        from rheo.domain.lists.sums import read_sums  # noqa: PLC0415  (most lists are plain)

        return read_sums(lines, base=base, source=source)
    found = _read(lines, form, columns, needed)
    if patterns:
        found = chain.from_iterable(map(_expanded, found))
    if base is None:
        return found
    from rheo.domain.lists.base import absolute  # noqa: PLC0415  (few lists have relative URLs)

    return map(partial(absolute, base=base), found)


def _read(
    lines: Iterable[str], form: ListFormat, columns: Mapping[str, str], needed: Collection[str]
) -> Iterator[Line | BadLine]:
    if form is ListFormat.PLAIN:
        return read_plain(lines)
    from rheo.domain.lists.tables import read_json_lines, read_table  # noqa: PLC0415  (most lists are plain)

    if form is ListFormat.JSONL:
        return read_json_lines(lines, columns=columns)
    return read_table(lines, delimiter="," if form is ListFormat.CSV else "\t", columns=columns, needed=needed)


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
