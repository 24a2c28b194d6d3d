"""The text of a list of what to fetch: the lines of a file or of standard input, in bounded memory."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator
from io import BufferedRandom, BufferedReader, TextIOWrapper
from pathlib import Path
from typing import Final

from rheo.domain.lists.line import LONGEST

_WIDE: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16's, with which it begins
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""What other encodings than UTF-8 begin with: shells of Windows write such files."""
_USUAL: Final = ("utf-8-sig", "surrogateescape")

OpenList = BufferedReader | BufferedRandom


def open_list(path: Path | None) -> OpenList:
    """Open a list to be read; None is standard input, which stays open. Raises OSError, ValueError for no path."""
    if path is None:
        return open(sys.stdin.fileno(), "rb", closefd=False)
    return open(path, "rb")


def copy_of(file: OpenList) -> OpenList:
    """Return a copy of a list, in a file without a name, for who reads it twice; the list itself is closed."""
    from shutil import copyfileobj  # noqa: PLC0415  (few lists are read twice)
    from tempfile import TemporaryFile  # noqa: PLC0415

    copy = TemporaryFile()  # noqa: SIM115  (the caller's to close)
    with file:
        copyfileobj(file, copy)
    copy.seek(0)
    return copy


def lines_of(file: OpenList) -> Iterator[str]:
    """Yield a list's lines, as they come; of one that is longer than LONGEST, one character more than that.

    It is UTF-8, or what its first bytes say; bytes that are none come as halves of a pair. Raises OSError, and
    UnicodeError where the rest cannot be told from there on.
    """
    encoding, errors = _encoding(file.peek(len(codecs.BOM_UTF32)))
    text = TextIOWrapper(file, encoding=encoding, errors=errors)
    try:
        while line := text.readline(LONGEST + 1):
            yield line
            if len(line) > LONGEST:
                _pass_over(text, line)
    finally:
        if not file.closed:  # which is its opener's to close
            text.detach()


def _encoding(start: bytes) -> tuple[str, str]:
    """Return the encoding, and what is made of bytes that are wrong in it."""
    return next(((name, "surrogatepass") for mark, name in _WIDE if start.startswith(mark)), _USUAL)


def _pass_over(text: TextIOWrapper, piece: str) -> None:
    while piece and not piece.endswith("\n"):
        piece = text.readline(LONGEST)
