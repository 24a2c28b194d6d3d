"""Which files of a Metalink are wanted: by name, pattern or number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Final

from rheo.domain.errors import UsageError
from rheo.domain.metalink.document import shown
from rheo.domain.metalink.values import Metalink, MetalinkFile

_NUMBERS: Final = re.compile(r"[0-9]{1,6}(?:-[0-9]{1,6})?(?:,[0-9]{1,6}(?:-[0-9]{1,6})?)*")
_MOST_TOLD: Final = 8
"""Files that a message lists."""


def selected(metalink: Metalink, words: Iterable[str]) -> list[MetalinkFile]:
    """Return the files that any of the words means, in their order and each once; all where there is no word.

    A word is a file's name, else numbers such as `1,3-5` where the first file is 1, else a pattern with `*`, `?` and
    `[…]`. Raises UsageError for one that means no file.
    """
    names = [file.name for file in metalink.files]
    wanted: set[int] = set()
    for word in words:
        meant = _meant(word, names)
        if not meant:
            raise UsageError(f"{metalink.place} has no file {shown(word)}; it has {_listed(names)}")
        wanted.update(meant)
    return [file for index, file in enumerate(metalink.files) if not wanted or index in wanted]


def _meant(word: str, names: Sequence[str]) -> list[int]:
    """Return the places of the files that a word means; none where any of its numbers is that of no file."""
    if word in names:
        return [names.index(word)]
    if _NUMBERS.fullmatch(word):
        ranges = [_range(part, len(names)) for part in word.split(",")]
        return [index for one in ranges for index in one] if all(ranges) else []
    return [index for index, name in enumerate(names) if fnmatchcase(name, word)]


def _range(part: str, count: int) -> range:
    """Return the places that `3` or `3-5` means; none where there are not so many files."""
    first, dash, last = part.partition("-")
    start, stop = int(first) - 1, int(last if dash else first)
    return range(start, stop) if 0 <= start < stop <= count else range(0)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(_entries(names))


def _entries(names: Sequence[str]) -> Iterator[str]:
    for number, name in enumerate(names[:_MOST_TOLD], start=1):
        yield f"{number}: {shown(name)}"
    if len(names) > _MOST_TOLD:
        yield f"and {len(names) - _MOST_TOLD} more"
