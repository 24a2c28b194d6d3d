"""What happens to rows of the ledger after they were admitted; for the ledger's thread, inside a transaction."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from rheo.domain.batch.row import Awaited, Ending, Publishing, RowState
from rheo.storage.ledger_values import restored, stored, stored_number

_PUBLISH: Final = """
UPDATE line SET state = 'publishing', path = ?, size = ?, hash = ?, device = ?, inode = ?, etag = NULL, modified = NULL
WHERE id = ?
"""
_PUBLISHED: Final = """
SELECT id, path, size, hash, device, inode FROM line WHERE state = 'publishing' AND id > ? ORDER BY id LIMIT ?
"""
_WITHDRAW: Final = """
UPDATE line SET path = NULL, size = NULL, hash = NULL, device = NULL, inode = NULL
WHERE id = ? AND state = 'publishing'
"""
_FINISH: Final = """
UPDATE line SET state = ?, path = coalesce(?, path), size = coalesce(?, size), hash = coalesce(?, hash),
    attempts = attempts + ?, error = ?, message = ?, seconds = ?, etag = coalesce(?, etag),
    modified = coalesce(?, modified)
WHERE id = ?
"""
_AWAITED: Final = """
SELECT line.id, original.id, original.state, original.path, original.size, original.hash, original.error,
    original.message
FROM line JOIN line AS original ON original.id = line.original
WHERE line.id = ? AND line.state = 'duplicate' AND original.state IN ('done', 'skipped', 'failed')
"""
_CROWD: Final = """
INSERT INTO crowd (host, lines) VALUES (?, ?) ON CONFLICT (host) DO UPDATE SET lines = lines + excluded.lines
"""


def publish(connection: sqlite3.Connection, files: Iterable[Publishing]) -> None:
    """Note files that are about to get their names."""
    connection.executemany(
        _PUBLISH,
        [
            (stored(path), size, digest, stored_number(device), stored_number(inode), row)
            for row, path, size, digest, device, inode in files
        ],
    )


def finish(connection: sqlite3.Connection, endings: Sequence[Ending]) -> None:
    """Note how lines ended. What failed while it was published has no file; what failed else may have an older one."""
    failed = [(ending.row,) for ending in endings if ending.state is RowState.FAILED]
    connection.executemany(_WITHDRAW, failed)
    connection.executemany(_FINISH, map(_finished, endings))


def _finished(ending: Ending) -> tuple[Any, ...]:
    row, state, path, size, digest, attempts, error, message, seconds, etag, modified = ending
    told = (stored(path), size, digest, attempts or 0, error, stored(message), seconds, stored(etag), stored(modified))
    return (state.value, *told, row)


def published(connection: sqlite3.Connection, *, after: int, most: int) -> list[Publishing]:
    """Return rows behind that one whose files were about to get their names."""
    found = connection.execute(_PUBLISHED, (after, most))
    return [
        Publishing(row, restored(path) or "", size, digest, int(device), int(inode))
        for row, path, size, digest, device, inode in found
    ]


def settle(connection: sqlite3.Connection, *, done: Iterable[int], pending: Iterable[int]) -> None:
    """Note of files that were about to get their names whether they did."""
    lost = [(row,) for row in pending]
    connection.executemany(_WITHDRAW, lost)
    connection.executemany("UPDATE line SET state = 'pending' WHERE id = ? AND state = 'publishing'", lost)
    connection.executemany(
        "UPDATE line SET state = 'done', error = NULL, message = NULL WHERE id = ? AND state = 'publishing'",
        [(row,) for row in done],
    )


def mark_duplicates(connection: sqlite3.Connection, pairs: Iterable[tuple[int, int]]) -> None:
    """Note rows that wait for another one."""
    connection.executemany(
        "UPDATE line SET state = 'duplicate', original = ?, error = NULL, message = NULL WHERE id = ?",
        [(original, row) for row, original in pairs],
    )


def awaited(connection: sqlite3.Connection, rows: Iterable[int]) -> list[Awaited]:
    """Return those of the duplicates whose originals are finished."""
    return [
        Awaited(row, original, RowState(state), restored(path), size, digest, error, restored(message))
        for one in rows
        for row, original, state, path, size, digest, error, message in connection.execute(_AWAITED, (one,))
    ]


def park(connection: sqlite3.Connection, lines: Sequence[tuple[int, str]], *, place: str | None = None) -> None:
    """Put lines away until their hosts have time; or in a place of their own, which is called unlike any host."""
    crowd: Counter[str] = Counter()
    for row, text in lines:
        (host,) = connection.execute("SELECT coalesce(?, host) FROM line WHERE id = ?", (place, row)).fetchone()
        connection.execute(
            "INSERT OR REPLACE INTO parked (line, host, text) VALUES (?, ?, ?)", (row, host, stored(text))
        )
        crowd[host] += 1
    connection.executemany(_CROWD, crowd.items())


def unpark(connection: sqlite3.Connection, host: str, most: int) -> list[tuple[int, str]]:
    """Return lines of a host that were put away, the first ones first, and forget their text."""
    found = connection.execute("SELECT line, text FROM parked WHERE host = ? ORDER BY line LIMIT ?", (host, most))
    lines = [(row, restored(text) or "") for row, text in found]
    connection.executemany("DELETE FROM parked WHERE line = ?", [(row,) for row, _ in lines])
    connection.execute("UPDATE crowd SET lines = lines - ? WHERE host = ?", (len(lines), host))
    connection.execute("DELETE FROM crowd WHERE host = ? AND lines <= 0", (host,))
    return lines


def parked(connection: sqlite3.Connection, *, most: int) -> dict[str, int]:
    """Return hosts with lines that were put away, and how many of each."""
    return dict(connection.execute("SELECT host, lines FROM crowd LIMIT ?", (most,)))


def forget_parked(connection: sqlite3.Connection) -> None:
    """Forget what a run that was killed had put away: its lines are read again."""
    connection.execute("DELETE FROM parked")
    connection.execute("DELETE FROM crowd")
