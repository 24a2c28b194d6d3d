"""Files without a name, where the system has them (Linux, open(2): O_TMPFILE): a process that dies leaves nothing."""

from __future__ import annotations

import os
from functools import cache, partial
from typing import Final

from rheo.domain.settings import OnExists
from rheo.storage.parts.names import stems
from rheo.storage.publishing import Naming, give_free_name

_KIND: Final = getattr(os, "O_TMPFILE", 0)
_OPEN_FILES: Final = "/proc/self/fd"


def open_unnamed(folder: str, *, mode: int) -> int | None:
    """Return the descriptor of a new file in a folder, which has no name; None where that cannot be."""
    if not _KIND or not _can_be_named():
        return None
    try:
        return os.open(folder or ".", _KIND | os.O_RDWR | os.O_CLOEXEC, mode)
    except OSError:  # this file system has none, or whatever it is: who opens one with a name is told
        return None


def give_name(descriptor: int, naming: Naming) -> str:
    """Return the name that the file has now; FileExistsError where one came meanwhile and is to stay."""
    try:
        return give_free_name(naming, partial(_link, descriptor))
    except FileExistsError:
        if naming.on_exists is OnExists.OVERWRITE:
            return _replace(descriptor, naming.target)
        raise


def _replace(descriptor: int, target: str) -> str:
    """Put the file in the place of another one, by way of a name that nobody has."""
    for names in stems(target):
        try:
            _link(descriptor, names.part)
        except FileExistsError:
            continue
        os.replace(names.part, target)
        break
    return target


def _link(descriptor: int, path: str) -> None:
    os.link(f"{_OPEN_FILES}/{descriptor}", path, src_dir_fd=descriptor, follow_symlinks=True)  # the path is absolute


@cache
def _can_be_named() -> bool:
    """Whether open files can be reached by a path, as they have to be for a name."""
    return os.path.isdir(_OPEN_FILES) and os.link in os.supports_dir_fd
