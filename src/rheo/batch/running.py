"""A line whose file, or files where its URL led to a Metalink, the manager has: until the last of them is finished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from os.path import commonpath
from typing import NamedTuple

from rheo.batch.fed import Fed
from rheo.domain.batch.row import Ending, RowState
from rheo.domain.errors import RheoError
from rheo.domain.result import DownloadResult


@dataclass(slots=True, eq=False)
class Running:
    """One line that was handed over."""

    fed: Fed
    host: str
    row: int | None
    """In the ledger; None without one."""
    error: RheoError | None = None
    """Of the first file that failed."""
    attempts: int = 0
    began: float | None = None
    """When the first of its files did, in seconds of the monotonic clock; None before that."""
    seconds: float | None = None
    """That it took until it failed; None where nothing did, or it never began."""
    files: int = 1
    """Downloads of it that are not finished."""
    results: list[DownloadResult] = field(default_factory=list)

    def ending(self, row: int) -> Ending:
        """Return what its row is to have, once all is finished."""
        if self.error is not None:
            error = self.error
            code, message = error.code, error.message
            return Ending(row, RowState.FAILED, None, None, None, self.attempts, code, message, self.seconds)
        first = self.results[0]
        left = self.fed.renewal is None and all(result.skipped for result in self.results)
        return Ending(
            row,
            RowState.SKIPPED if left else RowState.DONE,
            path=str(first.path) if len(self.results) == 1 else _folder(self.results),
            size=sum(result.size for result in self.results),
            hash=str(first.checksums[0]) if first.checksums else None,
            attempts=self.attempts,
            seconds=max(result.seconds for result in self.results),
            etag=first.etag,
            modified=first.last_modified,
        )


def _folder(results: Sequence[DownloadResult]) -> str:
    """Return the folder that all files of a Metalink are in."""
    return commonpath([result.path.parent for result in results])


class Ended(NamedTuple):
    """A line that is finished."""

    fed: Fed
    results: tuple[DownloadResult, ...]
    """Of its file, or of all files of the Metalink that it led to, in the order in which they came."""
    error: RheoError | None
    """What kept the first of those that failed; None where all are there."""
