"""What one line of a list asks for, and what is told of a line for which nothing is asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from rheo.domain.batch.row import Admission
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import RheoError


class Asked(NamedTuple):
    """What one line asks for, or what is wrong with it."""

    number: int
    """Of the line in its list, from one."""
    request: DownloadRequest | None
    """None where something is wrong."""
    error: RheoError | None = None
    """What is wrong; None where nothing is."""
    text: str | None = None
    """What the line can be read from once more; None where nobody may write it down, as it has secrets, or can."""


class Why(Enum):
    """Why nothing is asked for a line."""

    DONE = "done"
    """An earlier run has fetched it."""
    REPEATED = "repeated"
    """It came before in the same list."""
    LEFT = "left"
    """It did not fail, and only what failed is wanted."""
    REFUSED = "refused"
    """It cannot be."""


@dataclass(frozen=True, slots=True)
class Told:
    """A line for which nothing is asked."""

    asked: Asked
    why: Why
    known: Admission | None = None
    """What the ledger has of it; None without a ledger."""
    error: RheoError | None = None
    """Set where it is refused."""
