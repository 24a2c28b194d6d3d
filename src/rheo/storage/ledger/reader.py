"""Reads a ledger for a report, whoever writes it meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator

from rheo.domain.batch.row import Row, RowState, Summary
from rheo.storage.ledger.file import open_to_report, refusals
from rheo.storage.ledger.reading import pages, rows_after, summary_of


class LedgerReader:
    """A ledger that is only read; for one thread. Its methods raise InvalidLedgerError, or StorageError."""

    def __init__(self, path: str, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection

    @classmethod
    def open(cls, path: str) -> LedgerReader:
        """Open a ledger that is there."""
        return cls(path, open_to_report(path))

    def rows(self, states: Collection[RowState] | None = None) -> Iterator[Row]:
        """Yield rows in the order of their first admission, only those in some states where not None."""
        return pages(lambda after: self._page(after, states))

    def summary(self) -> Summary:
        """Return what all rows come to."""
        with refusals(self._path):
            return summary_of(self._connection)

    def close(self) -> None:
        """Let go of it."""
        self._connection.close()

    def _page(self, after: int, states: Collection[RowState] | None) -> list[Row]:
        with refusals(self._path):
            return rows_after(self._connection, after, states)
