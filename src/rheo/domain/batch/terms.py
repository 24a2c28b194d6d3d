"""What is done about lines that an earlier run has fetched, or that another line fetches."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Check(Enum):
    """How it is made sure that what an earlier run fetched is still right; what is not is fetched again."""

    SIZE = "size"
    """The file is there, and has its size."""
    HASH = "hash"
    """It has its hash; of a file whose hash nobody told, the size counts."""
    REMOTE = "remote"
    """It is there, has its size, and the server has no other version."""


class Duplicates(Enum):
    """What becomes of a line whose URL another line fetches, to another place."""

    COPY = "copy"
    """Its file is a copy."""
    LINK = "link"
    """Its file is a hard link; a copy where the file system has none."""
    REPORT = "report"
    """Nothing; it is told."""
    SKIP = "skip"
    """Nothing."""

    @property
    def makes_files(self) -> bool:
        """Whether each line gets its file."""
        return self in {Duplicates.COPY, Duplicates.LINK}


class Terms(NamedTuple):
    """All that is wished of a list with a ledger."""

    only_failed: bool = False
    """Whether nothing is fetched but what failed in an earlier run."""
    check: Check | None = None
    """None believes the ledger."""
    duplicates: Duplicates = Duplicates.COPY
    touches: bool = True
    """Whether anything is done; else it is only foreseen what would be."""
