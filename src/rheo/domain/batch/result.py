"""What becomes of one thing that a program asks for among many."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from rheo.domain.errors import RheoError
from rheo.domain.result import DownloadResult


class Left(Enum):
    """Why nothing was asked for."""

    DONE = "done"
    """An earlier run has fetched it, as the ledger says."""
    SIZED = "sized"
    """An earlier run has fetched it, and its size is right; its hash, which was to be checked, is not known."""
    DUPLICATE = "duplicate"
    """Another line has its URL, and such lines get no file."""
    DOUBLED = "doubled"
    """Another line fetched its URL, and its file is made of that; a BatchResult has its result then, and not this."""
    REPEATED = "repeated"
    """It came before in the same list."""
    UNTRIED = "untried"
    """It did not fail in an earlier run, and only what failed is wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """One of many, finished: exactly one of `result`, `error` and `left` is set."""

    number: int
    """Its place among them, from one."""
    item: object
    """As it was given."""
    result: DownloadResult | None = None
    """Of its file; where its URL led to a Metalink, of the first of its files that came."""
    files: tuple[DownloadResult, ...] = ()
    """Of all its files, in the order in which they came."""
    error: RheoError | None = None
    """What kept it, or the first of its files that failed."""
    left: Left | None = None
