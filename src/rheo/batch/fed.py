"""What one line of a list asks for, and what is told of a line for which nothing is asked."""

from __future__ import annotations

from typing import NamedTuple

from rheo.domain.batch.renewal import Renewal
from rheo.domain.batch.result import Left
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import RheoError
from rheo.domain.lists.line import Line
from rheo.domain.result import DownloadResult


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
    nth: int = 0
    """Which file of the list it is, from one; a pattern stands for many. Nothing where there is no line."""
    item: object = None
    """What a program gave; None for lines of a list."""
    renewal: Renewal | None = None
    """Its file, where an earlier run has fetched it and it is asked for again; None where none has."""


class Due(NamedTuple):
    """A line that is to be fetched."""

    fed: Fed
    row: int | None
    """In the ledger; None without one."""


class Told(NamedTuple):
    """A line for which nothing is asked."""

    fed: Fed
    left: Left | None
    """Why it is left alone; None where it cannot be fetched."""
    error: RheoError | None = None
    """Why it cannot be fetched."""
    result: DownloadResult | None = None
    """Of its file, where it was made of another line's."""
