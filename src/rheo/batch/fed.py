"""What one line of a list asks for, and what is told of a line for which nothing is asked."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from rheo.domain.batch.row import Admission
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import RheoError
from rheo.domain.lists.line import Line


class Fed(NamedTuple):
    """What one line asks for."""

    number: int
    """The line's, from one; of a Metalink the file's."""
    place: str
    """What messages call the line: its list and its number."""
    asked: DownloadRequest | RheoError
    """Or what is wrong with it."""
    line: Line | None = None
    """What it was read from; None where that is no line of text, or a bad one."""


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


class Told(NamedTuple):
    """A line for which nothing is asked."""

    fed: Fed
    why: Why
    known: Admission | None = None
    """What the ledger has of it; None without a ledger."""
    error: RheoError | None = None
    """Set where it is refused."""
