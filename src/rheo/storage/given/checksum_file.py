"""A list of checksums on the disk."""

from __future__ import annotations

from pathlib import Path

from rheo.domain.checksum_list import LONGEST, ChecksumList, parse_checksum_list
from rheo.domain.errors import InvalidHashFileError
from rheo.domain.text import printable
from rheo.storage.given.reading import why_unread


def read_checksum_list(path: Path) -> ChecksumList:
    """Return what the list at a path tells; raises InvalidHashFileError, with the line where it is one's."""
    place = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST + 1)
    except (OSError, ValueError) as error:
        raise InvalidHashFileError(f"{printable(place)} cannot be read: {why_unread(error)}") from error
    return parse_checksum_list(data, source=place)
