"""What a ledger's rows say together and one by one, for reports; read by its writer, or by others meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

from rheo.domain.batch.row import Row, RowState, Summary, Troubled
from rheo.domain.errors import StorageError
from rheo.domain.errors.base import codes_of
from rheo.storage.ledger.schema import COLUMNS
from rheo.storage.ledger.values import restored

PAGE: Final = 1000
"""Rows that are read at a time, so that nobody waits for us for long."""
_WORST: Final = 10
_FAILED: Final = (RowState.FAILED, RowState.BAD_LINE)


def pages(page: Callable[[int], list[Row]]) -> Iterator[Row]:
    """Yield row after row, given what returns the next ones behind one."""
    after = 0
    while rows := page(after):
        yield from rows
        after = rows[-1].row


def rows_after(connection: sqlite3.Connection, row: int, states: Collection[RowState] | None) -> list[Row]:
    """Return the next rows in their order, those in some states or, where None, all; none where there are no more."""
    among = "" if states is None else f"AND state IN ({', '.join('?' * len(states))})"
    wanted = () if states is None else tuple(state.value for state in states)
    found = connection.execute(
        f"SELECT {COLUMNS} FROM line WHERE id > ? {among} ORDER BY id LIMIT {PAGE}",  # noqa: S608  (ours)
        (row, *wanted),
    )
    return [_row(*columns) for columns in found]


def _row(*columns: Any) -> Row:
    row = Row(*columns)
    return row._replace(
        place=restored(row.place) or "",
        state=RowState(row.state),
        path=restored(row.path),
        message=restored(row.message),
        etag=restored(row.etag),
        modified=restored(row.modified),
    )


def summary_of(connection: sqlite3.Connection) -> Summary:
    """Return what all rows come to."""
    states: dict[RowState, int] = {}
    errors: dict[str, int] = {}
    done = 0
    for state, error, count, size in connection.execute(
        "SELECT state, error, count(*), coalesce(sum(size), 0) FROM line GROUP BY state, error ORDER BY 3 DESC, 2"
    ):
        states[RowState(state)] = states.get(RowState(state), 0) + count
        if state == RowState.DONE:
            done += size
        elif error is not None and state in _FAILED:
            errors[error] = errors.get(error, 0) + count
    return Summary(states, errors, done, _worst_hosts(connection))


def _worst_hosts(connection: sqlite3.Connection) -> list[Troubled]:
    """Return the hosts of which most failed; what the disk here kept from us is no host's fault."""
    ours = tuple(codes_of(StorageError))
    among = f"state = 'failed' AND error NOT IN ({', '.join('?' * len(ours))})"
    failed = dict(
        connection.execute(
            f"SELECT host, count(*) FROM line WHERE {among} GROUP BY host ORDER BY 2 DESC, 1 LIMIT {_WORST}",  # noqa: S608
            ours,
        )
    )
    places = ", ".join("?" * len(failed))
    totals = dict(
        connection.execute(
            f"SELECT host, count(*) FROM line WHERE host IN ({places}) GROUP BY host",  # noqa: S608  (ours)
            tuple(failed),
        )
    )
    return [Troubled(host, count, totals[host]) for host, count in failed.items()]
