"""A Metalink on the disk: read with care, as it may be anything."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from rheo.domain.errors import InvalidMetalinkError
from rheo.domain.metalink.document import MOST_BYTES
from rheo.domain.text import printable
from rheo.storage.platform import open_to_read


def read_document(path: Path) -> bytes:
    """Return what the file holds, one byte more than a Metalink may have at the most; pipes and devices are refused.

    Raises InvalidMetalinkError with the reason.
    """
    place = printable(str(path))
    try:
        content = _content(os.path.realpath(path))
    except (OSError, ValueError) as error:
        raise InvalidMetalinkError(f"{place}: cannot be read: {_reason(error)}") from error
    if content is None:
        raise InvalidMetalinkError(f"{place}: is no regular file; name a Metalink")
    return content


def _content(path: str) -> bytes | None:
    """Return the file's first bytes; None where it is no regular file."""
    descriptor = open_to_read(path)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(MOST_BYTES + 1)
    finally:
        os.close(descriptor)


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "it does not exist"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
