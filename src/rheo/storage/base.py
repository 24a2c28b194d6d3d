"""What the engine may ask of a place for bytes, and the disk's errors in our words."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from rheo.domain.errors import DestinationExistsError, DiskFullError, PermissionDeniedError, StorageError

Buffers = Sequence[bytes]
"""Chunks that follow each other; written in one call."""

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_DENIED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP})


class Target(Protocol):
    """A place for the bytes of one file, invisible under its final name until published.

    Every method may block on the disk and raises StorageError; `close` only releases, and may come twice.
    """

    def write(self, offset: int, buffers: Buffers) -> None:
        """Write all of it at the offset."""

    def read(self, offset: int, buffer: memoryview) -> int:
        """Read back into the buffer; return how many bytes there were, fewer than it holds only at the end."""

    def sync(self) -> None:
        """Return once every byte written is safely on the disk."""

    def publish(self, *, modified: float | None) -> Path:
        """Give the file its final name and, where not None, its time; return where it is."""

    def discard(self) -> None:
        """Remove what was written."""

    def keep(self) -> None:
        """Leave what was written for a later run to find as ours."""

    def close(self) -> None:
        """Release everything."""


@contextmanager
def disk_errors(path: str) -> Iterator[None]:
    """Raise our errors for the operating system's."""
    try:
        yield
    except OSError as error:
        raise disk_error(error, path) from error


def disk_error(error: OSError, path: str) -> StorageError:
    """Return our error for the operating system's."""
    reason = error.strerror or str(error)
    if error.errno in _FULL:
        return DiskFullError(f"no room for {path}: {reason}; free some space and run it again")
    if error.errno in _DENIED:
        return PermissionDeniedError(f"cannot write {path}: {reason}")
    if error.errno == errno.EEXIST:
        return DestinationExistsError(f"{path} exists already; on_exists says what to do then")
    return StorageError(f"{path}: {reason}")
