"""Plain lists: a URL a line, mirrors behind it after TABs, and indented lines below that say more of it. Pure.

The form of aria2's input files: `#` begins a comment, and `  out=name` below a URL is an option of that file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from rheo.domain.lists.line import LONGEST, TOO_LONG, BadLine, Line

MOST_OPTIONS: Final = 1000
"""Lines below one URL: of more nobody is the author."""


class _Entry(NamedTuple):
    """A URL and what stands below it."""

    number: int
    text: str
    """Empty where options stand below no URL."""
    options: list[tuple[int, str]]


def read_plain(lines: Iterable[str]) -> Iterator[Line | BadLine]:
    """Yield the files of a list, each once it is known that no more is said of it; `lines` may still be coming."""
    return map(_file, _entries(lines))


def _entries(lines: Iterable[str]) -> Iterator[_Entry]:
    entry: _Entry | None = None
    below = 0  # characters of its options
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        indented = line[0].isspace()
        if entry is None or not indented:
            if entry is not None:
                yield entry
            entry, below = _Entry(number, "" if indented else text, []), 0
        if indented and len(entry.options) <= MOST_OPTIONS and below <= LONGEST:
            entry.options.append((number, text))
            below += len(text)
    if entry is not None:
        yield entry


def _file(entry: _Entry) -> Line | BadLine:
    """Return what an entry says; a file of which something cannot be read is not fetched without that.

    No option is repeated in a message: it may be a header or a password.
    """
    if not entry.text:
        return BadLine(entry.number, "an option stands below no URL")
    if len(entry.options) > MOST_OPTIONS:
        return BadLine(entry.number, f"more than {MOST_OPTIONS} options stand below it")
    if len(entry.text) > LONGEST:
        return BadLine(entry.number, TOO_LONG)
    if entry.options and sum(len(text) for _, text in entry.options) > LONGEST:
        return BadLine(entry.number, f"its options are longer than {LONGEST >> 20} MiB")
    said = []
    for number, text in entry.options:
        name, equals, value = text.partition("=")
        if not equals:
            return BadLine(number, "it is indented, but no option: write option=value")
        said.append((name.strip(), value.strip()))
    return Line(entry.number, tuple(filter(None, map(str.strip, entry.text.split("\t")))), tuple(said))
