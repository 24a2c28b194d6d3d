"""What happens to rows of the ledger after they were admitted; for the ledger's thread, inside a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Final

from rheo.domain.batch.row import Awaited, Ending, Publishing, RowState
from rheo.storage.ledger.bulk import execute_among, execute_with
from rheo.storage.ledger.run import ThisRun
from rheo.storage.ledger.values import restored, stored, stored_number

ASIDE: Final = "duplicates"
"""Where those are put away: no host is called so, as a host is an origin."""

_PUBLISH: Final = """
INSERT INTO line (id, path, size, hash, device, inode) VALUES :rows ON CONFLICT (id) DO UPDATE SET state = 'publishing',
    path = excluded.path, size = excluded.size, hash = excluded.hash, device = excluded.device, inode = excluded.inode,
    etag = NULL, modified = NULL
"""
_KEEP_EARLIER: Final = """
INSERT OR REPLACE INTO earlier (line, path)
SELECT id, path FROM line WHERE id IN :values AND state <> 'publishing' AND path IS NOT NULL
"""
_PUBLISHED: Final = """
SELECT id, path, size, hash, device, inode FROM line WHERE state = 'publishing' AND id > ? ORDER BY id LIMIT ?
"""
_WITHDRAW: Final = """
UPDATE line SET path = (SELECT earlier.path FROM earlier WHERE earlier.line = line.id),
    size = NULL, hash = NULL, device = NULL, inode = NULL
WHERE state = 'publishing' AND id IN :values
"""
_FINISH: Final = """
INSERT INTO line (id, state, path, size, hash, attempts, error, message, seconds, etag, modified) VALUES :rows
ON CONFLICT (id) DO UPDATE SET state = excluded.state, path = coalesce(excluded.path, path),
    size = coalesce(excluded.size, size), hash = coalesce(excluded.hash, hash), attempts = attempts + excluded.attempts,
    error = excluded.error, message = excluded.message, seconds = excluded.seconds,
    etag = coalesce(excluded.etag, etag), modified = coalesce(excluded.modified, modified)
"""
_DUPLICATE: Final = """
INSERT INTO line (id, original) VALUES :rows ON CONFLICT (id) DO UPDATE SET state = 'duplicate',
    original = excluded.original, error = NULL, message = NULL
"""
_PARK: Final = """
WITH told (id, text) AS (VALUES :rows)
INSERT OR REPLACE INTO parked (line, host, text) SELECT line.id, line.host, told.text FROM told JOIN line USING (id)
"""
_AWAITED: Final = """
SELECT line.id, original.id, original.state, original.path, original.size, original.hash, original.error,
    original.message
FROM line JOIN line AS original ON original.id = line.original
WHERE line.id = ? AND line.state = 'duplicate' AND original.state IN ('done', 'skipped', 'failed')
"""
_SET_ASIDE: Final = "INSERT OR REPLACE INTO parked (line, host, text) VALUES :rows"


def publish(connection: sqlite3.Connection, files: Iterable[Publishing]) -> None:
    """Note files that are about to get their names."""
    rows = [
        (row, stored(path), size, digest, stored_number(device), stored_number(inode))
        for row, path, size, digest, device, inode in files
    ]
    execute_among(connection, _KEEP_EARLIER, [row for row, *_ in rows])
    execute_with(connection, _PUBLISH, rows)


def finish(connection: sqlite3.Connection, endings: Sequence[Ending], run: ThisRun) -> None:
    """Note how lines ended. What failed while it was published has no file, unless an earlier run has one of it."""
    for ending in endings:
        run.ended.add(ending.row)
        if run.claimed:
            run.release(ending.row)
    failed = [ending.row for ending in endings if ending.state is RowState.FAILED]
    execute_among(connection, _WITHDRAW, failed)
    execute_with(connection, _FINISH, [*map(_finished, endings)])


def _finished(ending: Ending) -> tuple[Any, ...]:
    row, state, path, size, digest, attempts, error, message, seconds, etag, modified = ending
    told = (stored(path), size, digest, attempts or 0, error, stored(message), seconds, stored(etag), stored(modified))
    return (row, state.value, *told)


def published(connection: sqlite3.Connection, *, after: int, most: int) -> list[Publishing]:
    """Return rows behind that one whose files were about to get their names."""
    found = connection.execute(_PUBLISHED, (after, most))
    return [
        Publishing(row, restored(path) or "", size, digest, int(device), int(inode))
        for row, path, size, digest, device, inode in found
    ]


def settle(connection: sqlite3.Connection, *, done: Sequence[int], pending: Sequence[int]) -> None:
    """Note of files that were about to get their names whether they did."""
    execute_among(connection, _WITHDRAW, pending)
    execute_among(connection, "UPDATE line SET state = 'pending' WHERE id IN :values", pending)
    execute_among(connection, "UPDATE line SET state = 'done', error = NULL, message = NULL WHERE id IN :values", done)


def forget_earlier(connection: sqlite3.Connection) -> None:
    """Forget where files of earlier runs are that are settled."""
    connection.execute("DELETE FROM earlier")


def mark_duplicates(connection: sqlite3.Connection, pairs: Sequence[tuple[int, int]]) -> None:
    """Note rows that wait for another one."""
    execute_with(connection, _DUPLICATE, pairs)


def awaited(connection: sqlite3.Connection, run: ThisRun, rows: Iterable[int]) -> list[Awaited]:
    """Return those of the duplicates whose originals are finished."""
    return [
        Awaited(row, original, RowState(state), restored(path), size, digest, error, restored(message))
        for one in rows
        for row, original, state, path, size, digest, error, message in connection.execute(_AWAITED, (one,))
        if state != RowState.FAILED or not run.works_on(original)
    ]


def park(connection: sqlite3.Connection, lines: Sequence[tuple[int, str]]) -> None:
    """Put lines away until their hosts have time."""
    execute_with(connection, _PARK, [(row, stored(text)) for row, text in lines])


def set_aside(connection: sqlite3.Connection, lines: Sequence[tuple[int, str]]) -> None:
    """Put duplicates away until their originals are finished."""
    execute_with(connection, _SET_ASIDE, [(row, ASIDE, stored(text)) for row, text in lines])


def unpark(connection: sqlite3.Connection, host: str, most: int) -> list[tuple[int, str]]:
    """Return lines of a host that were put away, the first ones first, and forget their text."""
    found = connection.execute("SELECT line, text FROM parked WHERE host = ? ORDER BY line LIMIT ?", (host, most))
    lines = [(row, restored(text) or "") for row, text in found]
    execute_among(connection, "DELETE FROM parked WHERE line IN :values", [row for row, _ in lines])
    return lines


def forget_parked(connection: sqlite3.Connection) -> None:
    """Forget what a run that was killed had put away: its lines are read again."""
    connection.execute("DELETE FROM parked")
