"""Makes a second file of one that is there: a hard link or a copy, under its name only once it is whole.

Where the file system can, a copy shares the blocks of the original until one of the two is changed.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from os.path import dirname, join
from typing import Final

from rheo.domain.errors import StorageError
from rheo.storage.base import disk_errors
from rheo.storage.parts.names import PART
from rheo.storage.permissions import USUAL
from rheo.storage.platform import open_exclusively, open_to_read, set_time, sync_file, sync_folder
from rheo.storage.publishing import Naming, rename_to

_STEP: Final = 64 * 1024 * 1024
"""Bytes that are copied at a time."""
_BLOCK: Final = 1024 * 1024

_NO_LINKS: Final = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
"""No hard link can be made there, or no more of them."""


def double_file(
    source: str,
    naming: Naming,
    *,
    link: bool,
    announce: Callable[[os.stat_result, Naming], Naming],
    synced: bool,
    go_on: Callable[[], None],
) -> str:
    """Return where the second file is; its folder is there. Blocks, and raises StorageError.

    `announce` is told of the file before it has its name, and may choose that anew; `go_on` is called now and then, and
    may raise. Where a kill comes in between, a hidden part stays.
    """
    folder = dirname(naming.target)
    made = join(folder, f".{secrets.token_hex(8)}{PART}")
    with disk_errors(naming.target):
        try:
            if not (link and _linked(source, made)):
                _copy(source, made, synced=synced, go_on=go_on)
            path = rename_to(made, announce(os.lstat(made), naming))
        finally:
            with suppress(FileNotFoundError):
                os.unlink(made)
        if synced:
            sync_folder(folder)
    return path


def _linked(source: str, made: str) -> bool:
    try:
        os.link(source, made, follow_symlinks=False)
    except OSError as error:
        if error.errno in _NO_LINKS:
            return False
        raise
    return True


def _copy(source: str, made: str, *, synced: bool, go_on: Callable[[], None]) -> None:
    reading = open_to_read(source)
    try:
        writing = open_exclusively(made, mode=USUAL)
        try:
            found = os.fstat(reading)
            _copy_bytes(reading, writing, go_on)
            now = os.fstat(reading)
            if now.st_mtime_ns != found.st_mtime_ns or os.fstat(writing).st_size != now.st_size:
                raise StorageError(f"{source} changed while it was copied")
            set_time(writing, made, found.st_mtime)
            if synced:
                sync_file(writing)
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _copy_bytes(reading: int, writing: int, go_on: Callable[[], None]) -> None:
    """Copy in the kernel as far as it can, which shares blocks where the file system does."""
    if hasattr(os, "copy_file_range"):
        with suppress(OSError):  # whatever it cannot, plain reading and writing does, or says why not
            while os.copy_file_range(reading, writing, _STEP):
                go_on()
    while data := os.read(reading, _BLOCK):
        go_on()
        view = memoryview(data)
        while view:
            view = view[os.write(writing, view) :]
