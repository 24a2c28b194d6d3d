"""Looks whether a file that was about to get its name has it: the action to `rheo.domain.batch.recovery`."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import Final

from rheo.domain.batch.recovery import Found, Likeness, likeness
from rheo.domain.batch.row import Publishing
from rheo.domain.checksum import Checksum, follow, parse_checksum
from rheo.domain.errors import InvalidChecksumError, StorageError
from rheo.domain.safe_names import numbered
from rheo.storage.digesting import read_into
from rheo.storage.parts.finding import has_part

_NOBODYS: Final = ""
"""No source: nothing that is left is anybody's to go on with."""


def is_there(told: Publishing) -> bool:
    """Whether the file that was to get this name has it; reads it where its number says nothing.

    One that cannot be read is not there.
    """
    verdict = likeness(told, _found(told.path))
    if verdict is not Likeness.HASH:
        return verdict is Likeness.OURS
    try:
        return told.hash is not None and _hashes_to(told.path, parse_checksum(told.hash))
    except (InvalidChecksumError, StorageError):
        return False


def is_there_alone(told: Publishing) -> bool:
    """Whether a file has the name that it was to get; the state of its part goes, if the kill left that."""
    there = is_there(told)
    if there and has_part(told.path):
        from rheo.storage.parts.remains import look  # noqa: PLC0415  (a killed run left little, if anything)

        with suppress(StorageError):
            look(told.path, _NOBODYS, numbered=numbered)
    return there


def _found(path: str) -> Found | None:
    try:
        found = os.lstat(path)
    except (OSError, ValueError):  # a NUL, in a row that is not ours
        return None
    return Found(found.st_size, found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def _hashes_to(path: str, wanted: Checksum) -> bool:
    following = follow(wanted.algorithm)
    read_into(path, following.update)
    return following.hexdigest() == wanted.digest
