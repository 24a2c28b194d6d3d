"""A folder whose files take no room: what was written becomes a hole again, while a block lasts.

That changes nothing where all that is written is zeros, since a hole reads as zeros.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

EVERY: Final = 0.05
LEAST: Final = 1 << 20
"""Bytes of a file that is made hollow: the records that a program keeps beside it are smaller, and no zeros."""
KEEP_SIZE: Final = 0x01
PUNCH_HOLE: Final = 0x02


@contextmanager
def kept_hollow(folder: Path) -> Iterator[None]:
    """Punch holes where the files in a folder have bytes, twenty times a second; Linux only."""
    ended = threading.Event()
    puncher = threading.Thread(target=_punch_until, args=(folder, ended))
    puncher.start()
    try:
        yield
    finally:
        ended.set()
        puncher.join()


def _punch_until(folder: Path, ended: threading.Event) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    while not ended.wait(EVERY):
        for entry in (entry for entry in os.scandir(folder) if entry.is_file()):
            with suppress(FileNotFoundError):  # renamed or removed meanwhile
                _punch(libc, entry.path)


def _punch(libc: ctypes.CDLL, path: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        if (size := os.fstat(descriptor).st_size) >= LEAST:
            libc.fallocate(descriptor, PUNCH_HOLE | KEEP_SIZE, ctypes.c_long(0), ctypes.c_long(size))
    finally:
        os.close(descriptor)
