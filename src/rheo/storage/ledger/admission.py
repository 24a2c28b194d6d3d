"""Taking lines into the ledger: each new one gets a row, each known one its row of earlier runs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Any, Final, NamedTuple

from rheo.domain.batch.key import Key, key_of
from rheo.domain.batch.row import Admission, Entry, RowState
from rheo.storage.ledger.bulk import execute_among, execute_with
from rheo.storage.ledger.run import RowSet
from rheo.storage.ledger.values import restored, stored

_TOGETHER: Final = 400
"""Entries that one statement looks for; two parameters each, of 999 that old versions of SQLite take."""
_MOST_LOOKED_AT: Final = 100
"""Rows of one URL that are tried as the original of another: a list may have a million of them."""

_SETTLED: Final = frozenset({RowState.DONE, RowState.SKIPPED})
_STATES: Final = {state.value: state for state in RowState}


class _Known(NamedTuple):
    """A row as an admission needs it."""

    row: int
    number: int
    state: RowState
    own: bool
    """Whether its file may be another than other lines with its URL get."""
    told: Sequence[Any]
    """Path, size, hash, etag and modified, as they are kept."""


_NOTHING: Final = (None,) * 5


class Admitting:
    """Admits entries; for the ledger's thread, inside a transaction."""

    def __init__(self, connection: sqlite3.Connection, seen: RowSet) -> None:
        self._connection = connection
        self._seen = seen
        """Rows that were admitted in this run."""
        (self._last,) = connection.execute("SELECT coalesce(max(id), 0) FROM line").fetchone()

    def admit(self, entries: Sequence[Entry]) -> list[Admission]:
        """Return what is known of each; new ones get rows, in their order."""
        admissions: list[Admission] = []
        for start in range(0, len(entries), _TOGETHER):
            group = _Group(self._connection, self._seen, self._last, entries[start : start + _TOGETHER])
            admissions += group.admit()
            self._last = group.last
        return admissions

    def forget_bad_lines(self) -> None:
        """Remove those bad lines of earlier runs that did not come in this one: somebody mended them."""
        bad = self._connection.execute("SELECT id FROM line WHERE state = 'bad_line'")
        gone = [row for (row,) in bad if row not in self._seen]
        execute_among(self._connection, "DELETE FROM line WHERE id IN :values", gone)


class _Group:
    """Entries that are looked for and written together."""

    def __init__(self, connection: sqlite3.Connection, seen: RowSet, last: int, entries: Sequence[Entry]) -> None:
        self._connection = connection
        self._seen = seen
        self.last = last
        """The highest row."""
        self._entries = entries
        self._keys = [key_of(entry) for entry in entries]
        self._known: dict[Key, _Known] = {}
        self._shared: set[int] = set()
        """Keys of URLs that other rows have, too."""
        self._firsts: dict[str, int] = {}
        """URLs of this group, and the row that fetches each."""
        self._new: list[tuple[Any, ...]] = []
        self._bad: list[tuple[Any, ...]] = []
        self._reset: list[int] = []
        self._moved: list[tuple[int, int]] = []
        self._own: list[int] = []

    def admit(self) -> list[Admission]:
        self._look()
        admissions = [self._admission(*pair) for pair in zip(self._entries, self._keys, strict=True)]
        execute_with(self._connection, _INSERT, self._new)
        execute_with(self._connection, _INSERT_BAD, self._bad)
        execute_with(self._connection, _MOVE, self._moved)
        execute_among(self._connection, _RESET, self._reset)
        execute_among(self._connection, _SET_OWN, self._own)
        return admissions

    def _look(self) -> None:
        found = self._connection.execute(_looking_for(len(self._keys)), list(chain.from_iterable(self._keys)))
        for index, shared, row, number, state, own, *told in found:
            if row is not None:
                self._known[self._keys[index]] = _Known(row, number, _STATES[state], bool(own), told)
            if shared:
                self._shared.add(self._keys[index].url)

    def _admission(self, entry: Entry, key: Key) -> Admission:
        known = self._known.get(key)
        if known is None:
            known = self._insert(entry, key)
        row = known.row
        if self._seen.add(row):
            return _admission(known, repeated=True, original=None)
        if known.number != entry.number:
            self._moved.append((row, entry.number))
        if known.state is RowState.DUPLICATE:
            self._reset.append(row)
        if entry.own and not known.own:
            self._own.append(row)
        return _admission(known, repeated=False, original=self._original(entry, key, known))

    def _insert(self, entry: Entry, key: Key) -> _Known:
        row = self.last = self.last + 1
        number, url, host, place, wrong, _ = entry
        known = self._known[key] = _Known(row, number, RowState.PENDING, own=False, told=_NOTHING)
        if wrong is None:
            self._new.append((row, *key, number, url, host, stored(place), "pending"))
        else:
            self._bad.append((row, *key, number, "", "", "", "bad_line", "bad_line", stored(wrong)))
        return known

    def _original(self, entry: Entry, key: Key, known: _Known) -> int | None:
        if entry.own or known.own:
            return None
        if entry.wrong is not None or known.state in _SETTLED:
            self._firsts.setdefault(entry.url, known.row)
            return None
        original = self._firsts.get(entry.url)
        if original is None and key.url in self._shared:
            original = min(self._candidates(entry, key, known.row), default=(True, None))[1]
        self._firsts[entry.url] = known.row if original is None else original
        return original

    def _candidates(self, entry: Entry, key: Key, row: int) -> Iterator[tuple[bool, int]]:
        """Yield rows that have fetched this URL, or will in this run, each with whether it has not yet."""
        for other, state, original in self._connection.execute(_SAME_URL, (key.url, entry.url, row, _MOST_LOOKED_AT)):
            if state in _SETTLED or other in self._seen:
                yield state not in _SETTLED, original if state == RowState.DUPLICATE else other


def _admission(known: _Known, *, repeated: bool, original: int | None) -> Admission:
    path, size, digest, etag, modified = known.told
    return Admission(
        row=known.row,
        before=known.state,
        repeated=repeated,
        path=restored(path),
        size=size,
        hash=digest,
        etag=restored(etag),
        modified=restored(modified),
        original=original,
    )


_INSERT: Final = "INSERT INTO line (id, url_key, line_key, number, url, host, place, state) VALUES :rows"
_INSERT_BAD: Final = """
INSERT INTO line (id, url_key, line_key, number, url, host, place, state, error, message) VALUES :rows
"""
_MOVE: Final = """
INSERT INTO line (id, number) VALUES :rows ON CONFLICT (id) DO UPDATE SET number = excluded.number
"""
_SET_OWN: Final = "UPDATE line SET own = 1 WHERE id IN :values"
_RESET: Final = "UPDATE line SET state = 'pending', original = NULL WHERE id IN :values"

_SAME_URL: Final = (
    "SELECT id, state, original FROM line WHERE url_key = ? AND url = ? AND id <> ? AND own IS NULL LIMIT ?"
)


@cache
def _looking_for(count: int) -> str:
    """Return the statement that finds which of so many keys have rows, and of which others have the URL."""
    wanted = ", ".join(f"({index}, ?, ?)" for index in range(count))
    return f"""
    WITH wanted (position, url_key, line_key) AS (VALUES {wanted})
    SELECT position,
        EXISTS (SELECT 1 FROM line AS other
            WHERE other.url_key = wanted.url_key AND other.line_key <> wanted.line_key) AS shared,
        line.id, line.number, line.state, line.own,
        line.path, line.size, line.hash, line.etag, line.modified
    FROM wanted LEFT JOIN line ON line.url_key = wanted.url_key AND line.line_key = wanted.line_key
    WHERE line.id IS NOT NULL OR shared
    """  # noqa: S608  (numbers that are ours)
