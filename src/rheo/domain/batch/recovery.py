"""Whether a file that was about to get its name when the run was killed did get it."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from rheo.domain.batch.row import Publishing


class Found(NamedTuple):
    """A regular file that has the name."""

    size: int
    device: int
    inode: int


class Likeness(Enum):
    """Whether a file is the one that a row tells of."""

    OURS = "ours"
    OTHER = "other"
    HASH = "hash"
    """The one whose hash is the row's."""


def likeness(told: Publishing, found: Found | None) -> Likeness:
    """Return whether the file that has the name, None where nothing has it, is the one that was to get it.

    A folder that was copied has the file under another number: there only its content tells. The number alone is not
    enough either, since a file that was removed leaves it to the next one.
    """
    if found is None or found.size != told.size:
        return Likeness.OTHER
    if (found.device, found.inode) == (told.device, told.inode):
        return Likeness.OURS
    return Likeness.OTHER if told.hash is None else Likeness.HASH
