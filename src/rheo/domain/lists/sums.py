"""Lists of checksums as lists of what to fetch: each file that one names, below a URL. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final
from urllib.parse import quote

from rheo.domain.checksum import Checksum
from rheo.domain.checksum_list import Listed, Unlisted, read_checksum_lines
from rheo.domain.lists.line import BadLine, Line
from rheo.domain.text import encodable
from rheo.domain.url import Url

_ALONE: Final = "it is a digest that names no file; --hash-file takes such a list, with the file's URL"
_BYTES: Final = re.compile("[\udc80-\udcff]")
"""Bytes that are no UTF-8, as they come in names."""

_MOST_NAME: Final = 4096
"""Characters of a name; no system has longer paths."""

_SAFE: Final = "/!$&'()*+,;=:@~"
"""What a path may have as it is (RFC 3986, 3.3); a name's other characters are encoded."""


def read_sums(lines: Iterable[str], *, base: Url, source: str) -> Iterator[Line | BadLine]:
    """Yield the files that a list of checksums names, each below `base`, and under its own name.

    Lines for one file that follow each other are one file with several checksums. `source` is the list's path, whose
    name may tell the algorithm.
    """
    for name, entries in groupby(read_checksum_lines(lines, source=source), key=lambda one: one.name):
        if name is None:
            yield from map(_nameless, entries)
        else:
            yield _file(name, entries, base)


def _nameless(entry: Listed | Unlisted) -> BadLine:
    return BadLine(entry.line, _ALONE if isinstance(entry, Listed) else entry.wrong)


def _file(name: str, entries: Iterable[Listed | Unlisted], base: Url) -> Line | BadLine:
    """Return the file that all entries are of."""
    number = 0
    checksums: dict[str, Checksum] = {}
    wrong = ""
    for one in entries:
        number = number or one.line
        if isinstance(one, Unlisted):
            wrong = wrong or one.wrong
        elif checksums.setdefault(one.checksum.algorithm, one.checksum) != one.checksum:
            return BadLine(one.line, "its file has another digest in the line above; which one is right cannot be told")
    if not checksums:
        return BadLine(number, wrong)
    try:
        path = _path(name)
    except ValueError as error:
        return BadLine(number, str(error))
    written = quote(path.encode("utf-8", "surrogateescape"), _SAFE)
    said = (("out", path), *(("hash", str(one)) for one in checksums.values()))
    return Line(number, (f"{base.text}{written}",), said)


def _path(name: str) -> str:
    """Return where a file is below the list's folder; raises ValueError, whose message says what is wrong."""
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if name.startswith("/") or ".." in parts:
        raise ValueError("its file is not below the list: the name begins with / or has .. in it")
    if not parts or name == "-":
        raise ValueError("its name is that of no file")
    if any(part.startswith(".") for part in parts):  # invariant 9: such lists come from servers
        raise ValueError("a part of its name begins with a dot; if you trust that, name it in a plain list, with out=")
    if len(name) > _MOST_NAME:
        raise ValueError(f"its name is longer than {_MOST_NAME} characters")
    if not encodable(_BYTES.sub("", name)):
        raise ValueError("its name has half a character in it")
    return "/".join(parts)
