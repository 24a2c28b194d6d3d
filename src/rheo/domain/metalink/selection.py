"""Which files of a Metalink are wanted: by name, pattern, or number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Final

from rheo.domain.errors import UsageError
from rheo.domain.metalink.document import shown
from rheo.domain.metalink.values import MetalinkFile

_NUMBERS: Final = re.compile(r"[0-9]{1,6}(?:-[0-9]{1,6})?(?:,[0-9]{1,6}(?:-[0-9]{1,6})?)*")
_MOST_TOLD: Final = 8
"""Files that a message lists."""


def selected(files: Sequence[MetalinkFile], words: Iterable[str]) -> list[MetalinkFile]:
    """Return the files that any of the words means, in their order and each once; all where there is no word.

    A word is a file's name, else numbers such as `1,3-5` where the first file is 1, else a pattern with `*`, `?` and
    `[…]`. Raises UsageError for one that means no file.
    """
    wanted = {index for word in words for index in _meant(word, files)}
    return [file for index, file in enumerate(files) if not wanted or index in wanted]


def _meant(word: str, files: Sequence[MetalinkFile]) -> list[int]:
    names = [file.name for file in files]
    if word in names:
        return [names.index(word)]
    if _NUMBERS.fullmatch(word):
        return [index for part in word.split(",") for index in _range(part, word, names)]
    found = [index for index, name in enumerate(names) if fnmatchcase(name, word)]
    if not found:
        raise UsageError(f"the Metalink has no file {shown(word)}; it has {_listed(names)}")
    return found


def _range(part: str, word: str, names: Sequence[str]) -> Iterable[int]:
    first, dash, last = part.partition("-")
    start, stop = int(first) - 1, int(last if dash else first)
    if not 0 <= start < stop <= len(names):
        raise UsageError(f"the Metalink has no files {shown(word)}; it has {_listed(names)}")
    return range(start, stop)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(_entries(names))


def _entries(names: Sequence[str]) -> Iterator[str]:
    for number, name in enumerate(names[:_MOST_TOLD], start=1):
        yield f"{number}: {shown(name)}"
    if len(names) > _MOST_TOLD:
        yield f"and {len(names) - _MOST_TOLD} more"
