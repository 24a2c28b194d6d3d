"""A line whose file, or files where its URL led to a Metalink, the manager has: until the last of them is finished."""

from __future__ import annotations

from dataclasses import dataclass, field

from rheo.batch.asked import Asked
from rheo.domain.batch.row import Ending, RowState
from rheo.domain.errors import RheoError
from rheo.domain.result import DownloadResult


@dataclass(slots=True, eq=False)
class Running:
    """One line that was handed over."""

    asked: Asked
    host: str
    row: int | None
    """None without a ledger."""
    attempts: int = 0
    files: int = 1
    """Downloads of it that are not finished."""
    results: list[DownloadResult] = field(default_factory=list)
    error: RheoError | None = None
    """Of the first file that failed."""
    also: list[int | None] = field(default_factory=list)
    """Rows of further lines that asked for the same."""

    def ending(self, row: int) -> Ending:
        """Return what a row is to have, once all is finished."""
        state = RowState.DONE
        if self.error is not None:
            state = RowState.FAILED
        elif all(result.skipped for result in self.results):
            state = RowState.SKIPPED
        first = self.results[0] if self.results else None
        checksums = () if first is None else first.checksums
        return Ending(
            row,
            state,
            path=None if first is None else str(first.path),
            size=sum(result.size for result in self.results) if self.results else None,
            hash=str(checksums[0]) if checksums else None,
            attempts=self.attempts,
            error=None if self.error is None else self.error.code,
            message=None if self.error is None else self.error.message,
            seconds=max((result.seconds for result in self.results), default=None),
        )


@dataclass(frozen=True, slots=True)
class Ended:
    """A line that is finished."""

    asked: Asked
    results: tuple[DownloadResult, ...]
    """Of its file, or of all files of the Metalink that it led to, in the order in which they came."""
    error: RheoError | None
    """What kept the first of those that failed; None where all are there."""
