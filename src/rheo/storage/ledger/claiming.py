"""Whether a row of the ledger may have a path; for the ledger's thread, inside a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import PurePath
from typing import Final

from rheo.domain.batch.claims import Claim
from rheo.storage.ledger.bulk import among, parts
from rheo.storage.ledger.run import ThisRun
from rheo.storage.ledger.values import restored, stored

_INDEX: Final = "CREATE INDEX IF NOT EXISTS line_path ON line (path COLLATE NOCASE) WHERE path IS NOT NULL"
"""Made where somebody asks, since it would cost each of a million rows; then it stays, as who asks will ask again."""

_OLDER: Final = """
SELECT id, path FROM line WHERE id = :row AND path = :path COLLATE NOCASE
UNION ALL SELECT id, path FROM line WHERE path = :path COLLATE NOCASE AND id <> :row
LIMIT 100
"""
"""Rows that have a path, in whatever letters, where it is no bytes; a list that was overwritten may have a million."""

_ALIKE: Final = """
SELECT id FROM line WHERE id IN :values
AND (path GLOB '*[^ -~]*'
    OR EXISTS (SELECT 1 FROM line AS other WHERE other.path = line.path COLLATE NOCASE AND other.id <> line.id))
"""
"""Those of some rows whose path another one has, in whatever letters, or may have, as they are not of ASCII."""

_OF_SEVERAL: Final = "SELECT id FROM line WHERE path = ? COLLATE NOCASE AND id <> ? LIMIT 1"
"""A row that has a folder: that of the files of a Metalink, which have no rows."""


def take(connection: sqlite3.Connection, run: ThisRun, claim: Claim) -> bool:
    """Return whether a row may have a path: no other row has it, nor was it granted to one that has not ended.

    What is there in the folder of a Metalink of several files may be one of these, and is in doubt nobody else's.
    """
    older = _rows_with(connection, claim)
    if claim.there and claim.told and not older:
        older = _rows_above(connection, claim)
    granted = run.claims.take(claim, older=older)
    if granted and claim.told:
        run.claimed.setdefault(claim.row, []).append(claim)
    return granted


def alike(connection: sqlite3.Connection, rows: Sequence[int]) -> set[int]:
    """Return those of some rows of which `is_sole` may say no."""
    connection.execute(_INDEX)
    found = (connection.execute(among(_ALIKE, some), some) for some in parts(rows, 1))
    return {row for those in found for (row,) in those}


def is_sole(connection: sqlite3.Connection, claim: Claim) -> bool:
    """Return whether no other row has the path of a row, so that what is there is the row's; nothing is granted."""
    return all(row == claim.row for row in _rows_with(connection, claim))


def _rows_with(connection: sqlite3.Connection, claim: Claim) -> list[int]:
    """Return rows that have the path, the claimant first."""
    connection.execute(_INDEX)
    return [
        row
        for spelled in (_spellings(claim) if claim.caseless else (claim.path,))
        for row, path in connection.execute(_OLDER, {"row": claim.row, "path": stored(spelled)})
        if claim.caseless or restored(path) == claim.path
    ]


def _spellings(claim: Claim) -> Sequence[str]:
    """Return how a row may spell a path without case: of either case SQLite finds letters of ASCII alone."""
    pure = PurePath(claim.path)
    name = pure.name
    if name.isascii():
        return (claim.path,)
    names = dict.fromkeys((name, name.lower(), name.upper(), name.capitalize(), name.title()))
    return [str(pure.with_name(one)) for one in names]


def _rows_above(connection: sqlite3.Connection, claim: Claim) -> list[int]:
    """Return another row that has a folder of the path, if one does: what is there may be of its Metalink."""
    for folder in PurePath(claim.path).parents:
        found = connection.execute(_OF_SEVERAL, (stored(str(folder)), claim.row)).fetchall()
        if found:
            return [row for (row,) in found]
    return []
