"""Reads files that are there, whole to hash them or in part to use that, as far as the disk lets us."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from typing import BinaryIO, Final

from rheo.domain.errors import PermissionDeniedError, StorageError
from rheo.domain.text import printable

STANDARD_INPUT: Final = "-"

_BLOCK: Final = 1024 * 1024
_DENIED: Final = frozenset({errno.EACCES, errno.EPERM})


def read_into(path: str, take: Callable[[memoryview], object]) -> None:
    """Hand on all bytes of a file, or of standard input; blocks, and raises StorageError."""
    try:
        if path == STANDARD_INPUT:
            _hand_on(sys.stdin.buffer, take)
            return
        with open(path, "rb", buffering=0) as file:
            _hand_on(file, take)
    except (OSError, ValueError) as error:
        raise _unreadable(error, path) from error


def read_range(path: str, start: int, stop: int) -> bytes:
    """Return what a file has of a range: less, or nothing, where it is shorter by now, or gone; raises StorageError."""
    try:
        with open(path, "rb", buffering=0) as file:
            file.seek(start)
            return file.read(stop - start) or b""
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise _unreadable(error, path) from error


def _hand_on(file: BinaryIO, take: Callable[[memoryview], object]) -> None:
    buffer = memoryview(bytearray(_BLOCK))
    while count := file.readinto(buffer):  # type: ignore[attr-defined]  # every binary file has it, but for its type
        take(buffer[:count])


def _unreadable(error: OSError | ValueError, path: str) -> StorageError:
    denied = isinstance(error, OSError) and error.errno in _DENIED
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return (PermissionDeniedError if denied else StorageError)(f"cannot read {printable(path)}: {reason}")
