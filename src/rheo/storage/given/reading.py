"""Reads small files that users name, with care: what they name may be anything."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from rheo.storage.platform import open_to_read


def read_regular(path: Path, *, most: int) -> bytes | None:
    """Return a file's first bytes, one more than `most`; None where it is no regular file, as a pipe or a device.

    Links are followed. Raises OSError, and ValueError for what is no path.
    """
    descriptor = open_to_read(os.path.realpath(path))
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(most + 1)
    finally:
        os.close(descriptor)


def why_unread(error: OSError | ValueError) -> str:
    """Return why a file cannot be read, in words for people."""
    if isinstance(error, FileNotFoundError):
        return "it does not exist"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
