"""A Metalink on the disk: read with care, as it may be anything."""

from __future__ import annotations

from pathlib import Path

from rheo.domain.errors import InvalidMetalinkError
from rheo.domain.metalink.document import MOST_BYTES
from rheo.domain.text import printable
from rheo.storage.given.reading import read_regular, why_unread


def read_document(path: Path) -> bytes:
    """Return what the file holds, one byte more than a Metalink may have at the most; pipes and devices are refused.

    Raises InvalidMetalinkError with the reason.
    """
    place = printable(str(path))
    try:
        content = read_regular(path, most=MOST_BYTES)
    except (OSError, ValueError) as error:
        raise InvalidMetalinkError(f"{place}: cannot be read: {why_unread(error)}") from error
    if content is None:
        raise InvalidMetalinkError(f"{place}: is no regular file; name a Metalink")
    return content
