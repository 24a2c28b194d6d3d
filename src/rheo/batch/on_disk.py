"""What the disk has under the name of a file that was fetched: by an earlier run, or for another line."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable

from rheo.domain.checksum import Checksum, Digests, parse_checksum
from rheo.domain.errors import ChecksumMismatchError, InvalidChecksumError, StorageError
from rheo.storage.digesting import read_into


def is_folder(path: str) -> bool:
    """Whether a folder has the name."""
    return stat.S_ISDIR(_found(path)[0])


def is_there(path: str | None, size: int | None) -> bool:
    """Whether a regular file of that size has the name."""
    mode, found = (0, 0) if path is None else _found(path)
    return stat.S_ISREG(mode) and found == size


def has_hashes(path: str, known: str | None, checksums: Iterable[Checksum] = (), *, go_on: Callable[[], None]) -> bool:
    """Whether a file has the hash that a ledger has of it, if any, and all checksums; one that cannot be read has not.

    `go_on` is called now and then, and may raise.
    """
    try:
        digests = Digests((*(() if known is None else (parse_checksum(known),)), *checksums))

        def take(data: memoryview) -> None:
            go_on()
            digests.update(data)

        if digests:
            read_into(path, take)
            digests.check()
    except (ChecksumMismatchError, InvalidChecksumError, StorageError):
        return False
    return True


def _found(path: str) -> tuple[int, int]:
    """Return type and size of what has the name; zeros where nothing has it."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return 0, 0
    return found.st_mode, found.st_size
