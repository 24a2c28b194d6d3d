"""Opens the ledger of a batch with every care: what is none, or another one's, is told and left as it is."""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Final
from urllib.parse import quote

from rheo.domain.errors import DiskFullError, InvalidLedgerError, StorageError
from rheo.domain.text import printable
from rheo.storage.base import disk_error, disk_errors
from rheo.storage.ledger.lock import LedgerLock
from rheo.storage.ledger.schema import (
    APPLICATION,
    APPLICATION_AT,
    EARLIER,
    HEAD,
    MAGIC,
    MOST_ROWS,
    SCHEMA,
    VERSION,
    VERSION_AT,
)
from rheo.storage.ledger.values import restored, stored
from rheo.storage.platform import open_exclusively, open_to_read, sync_folder
from rheo.storage.sidecar import PRIVATE

_PATIENCE: Final = 5.0
"""Seconds that a statement waits for another program that has locked the database."""
_SUPERUSER: Final = 0
_OTHERWISE: Final = "name another with --ledger FILE"
_OTHER: Final = "name the ledger that a batch wrote"
"""The cure for who wants a report."""

_ALWAYS: Final = (
    "PRAGMA trusted_schema = OFF",  # a file that somebody else made runs nothing
    "PRAGMA secure_delete = ON",  # the text of a line may hold what is nobody else's business
    "PRAGMA cache_size = -16384",  # KiB
    "PRAGMA wal_autocheckpoint = 16000",  # pages: the log is 64 MiB long, but while somebody reads
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA fullfsync = ON",  # macOS: a sync that reaches the disk
)
_WITH_A_LOG: Final = "PRAGMA journal_mode = WAL"
_WITHOUT_A_LOG: Final = (
    "PRAGMA locking_mode = EXCLUSIVE",  # where it would have a log, this one is left without sharing memory
    "PRAGMA journal_mode = TRUNCATE",
    "PRAGMA locking_mode = NORMAL",
)


class OpenLedger:
    """A ledger that is ours alone to write; for one thread."""

    def __init__(self, path: str, connection: sqlite3.Connection, lock: LedgerLock, *, logged: bool) -> None:
        self._path = path
        self._identity = os.stat(path)
        self.connection = connection
        self._lock = lock
        self._logged = logged
        """Whether it has a write-ahead log."""

    def check_there(self) -> None:
        """Raise StorageError where it has not its name any more: SQLite would go on writing what nobody finds."""
        with suppress(OSError):
            if os.path.samestat(os.lstat(self._path), self._identity):
                return
        raise StorageError(
            f"the ledger {printable(self._path)} was taken away while it was in use; put it back, and run it again: "
            "without it all is fetched anew"
        )

    def be_durable(self, durable: bool) -> None:  # noqa: FBT001  (what else could it be)
        """Say whether what is committed from now on survives a power cut; a kill it always does.

        Without a log, a power cut in a commit that is not synced might damage what was there before.
        """
        self.connection.execute(f"PRAGMA synchronous = {'FULL' if durable or not self._logged else 'NORMAL'}")

    def close(self) -> None:
        """Leave one whole file, if nobody is reading just now, and let others have it."""
        with suppress(sqlite3.Error):
            self.connection.rollback()
            self.connection.execute("PRAGMA busy_timeout = 0")  # nobody waits for a reader
            self.connection.execute("PRAGMA journal_mode = DELETE")
        with suppress(sqlite3.Error):
            self.connection.close()
        self._lock.release()


def open_to_write_rows(path: str, *, of: str, durable: bool) -> OpenLedger:
    """Open the ledger of a list, made where there is none; raises StorageError.

    Raises InvalidLedgerError, having changed nothing, where it is none, another one's, newer, or in use.
    """
    _check_name(path)
    lock = _lock(path)
    made = False
    try:
        made = _check_head(path)
        with disk_errors(printable(path)), refusals(path, cure=_OTHERWISE):
            _prepare(path, of)
            if made and durable:
                sync_folder(os.path.dirname(path) or ".")
            return _opened(path, lock)
    except BaseException:
        if made:
            with suppress(OSError):
                os.unlink(path)
        lock.release()
        raise


def open_to_report(path: str) -> sqlite3.Connection:
    """Open a ledger for reading, whoever writes it meanwhile; raises InvalidLedgerError.

    The file itself is not looked into: closing it would let go of the locks that a writer in this process has.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise _refused(path, f"is no regular file; {_OTHER}")
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}; {_OTHER}") from error
    with refusals(path, cure=_OTHER):
        try:
            return _connected_to_report(path)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
                raise
        _undo(path)
        return _connected_to_report(path)


def copy_of_ledger(path: str, folder: str) -> str:
    """Return where a copy of a ledger is, in a folder; nothing is there where there is no ledger. Likewise."""
    _check_name(path)
    copy = os.path.join(folder, "ledger")
    with suppress(FileNotFoundError):
        if os.stat(path).st_size:  # a kill left one without its beginning
            with closing(open_to_report(path)) as original, closing(sqlite3.connect(copy)) as target, refusals(path):
                original.backup(target)
    return copy


@contextmanager
def refusals(path: str, *, cure: str = _OTHER) -> Iterator[None]:
    """Raise our errors for SQLite's: a file that it cannot open is no ledger, a disk that is full is a disk's error."""
    try:
        yield
    except sqlite3.Error as error:
        if _code(error) in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
            raise ledger_error(error, path) from error
        raise _refused(path, f"cannot be opened, or is damaged: {error}; {cure}") from error


def ledger_error(error: sqlite3.Error | OSError, path: str) -> StorageError:
    """Return our error for what keeps a ledger from being written."""
    shown = printable(path)
    if isinstance(error, OSError):
        return disk_error(error, shown)
    if _code(error) == sqlite3.SQLITE_FULL:
        return DiskFullError(f"no room for the ledger {shown}; free some space and run it again")
    if _code(error) in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return StorageError(f"the ledger {shown} is damaged: {error}; move it away, or {_OTHERWISE}")
    return StorageError(f"the ledger {shown} fails: {error}; run it again when that is cured")


def _check_name(path: str) -> None:
    """Refuse what is there and cannot be a ledger of ours; opens nothing."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise _refused(path, f"cannot be looked at: {error.strerror}; {_OTHERWISE}") from error
    if stat.S_ISLNK(found.st_mode):
        raise _refused(path, "is a link, which is not followed; name what it leads to with --ledger FILE")
    if not stat.S_ISREG(found.st_mode):
        raise _refused(path, f"is no regular file; {_OTHERWISE}")
    if sys.platform != "win32" and found.st_uid not in {os.geteuid(), _SUPERUSER}:
        raise _refused(path, f"belongs to another user, who may change it; {_OTHERWISE}")


def _lock(path: str) -> LedgerLock:
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        return LedgerLock.take(f"{path}.lock")
    except BlockingIOError as error:
        raise _refused(path, f"is in use by another rheo; wait for that, or {_OTHERWISE}") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise _refused(path, f"cannot be made or locked: {reason}; {_OTHERWISE}, or use --no-ledger") from error


def _check_head(path: str) -> bool:
    """Make an empty file where there is none and return True; refuse one that does not begin as ours do."""
    try:
        descriptor = open_exclusively(path, mode=PRIVATE)
    except FileExistsError:
        pass
    except OSError as error:
        raise _refused(path, f"cannot be made: {error.strerror}; {_OTHERWISE}") from error
    else:
        os.close(descriptor)
        return True
    try:
        descriptor = open_to_read(path)
        try:
            head = os.read(descriptor, HEAD)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}; {_OTHERWISE}") from error
    if head:  # nothing is in one that a kill left before it began
        _check_versions(path, _number(head, APPLICATION_AT) if head.startswith(MAGIC) else 0, _number(head, VERSION_AT))
    return False


def _number(head: bytes, at: int) -> int:
    return int.from_bytes(head[at : at + 4], "big", signed=True)


def _check_versions(path: str, application: int, version: int, *, cure: str = _OTHERWISE) -> None:
    if application != APPLICATION:
        raise _refused(path, f"is no ledger of a batch; {cure}")
    if version > VERSION:
        raise _refused(path, f"was written by a newer rheo, in version {version} of its form; update rheo, or {cure}")


def _check_numbers(connection: sqlite3.Connection, path: str, *, cure: str = _OTHERWISE) -> None:
    """Refuse a database that is none of ours, as SQLite sees it: its log may know more than its head."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    _check_versions(path, application, version, cure=cure)


def _prepare(path: str, of: str) -> None:
    """Make tables where there are none, and see that it is of this list."""
    with closing(_connected(path, "rw")) as connection:
        if _is_empty(connection):
            _make(connection, of)
        _check_numbers(connection, path)
        (found,) = connection.execute("SELECT list FROM batch").fetchone() or (None,)
        (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM line").fetchone()
        if not 0 <= last <= MOST_ROWS:
            raise _refused(path, f"has a row {last}, and is damaged; {_OTHERWISE}")
        _check_list(path, restored(found), of)
        connection.execute(EARLIER)  # a ledger may be older than that


def _check_list(path: str, found: str | None, of: str) -> None:
    """Refuse one of another list; a link that leads from where it was to where it is makes it the same."""
    if found == of:
        return
    cure = _OTHERWISE
    if found is not None and os.path.isabs(found) and os.path.isabs(of):
        with suppress(OSError):
            if os.path.samefile(found, of):
                return
        cure = cure if os.path.lexists(found) else f"where that was moved, have a link lead there, or {cure}"
    raise _refused(path, f"is of another list, {printable(found or 'of nobody')}; {cure}")


def _connected_to_report(path: str) -> sqlite3.Connection:
    connection = _connected(path, "ro")
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        _check_numbers(connection, path, cure=_OTHER)
    except BaseException:
        connection.close()
        raise
    return connection


def _undo(path: str) -> None:
    """Have SQLite undo a change that a power cut left half done, as it does with the first look of who may write."""
    with closing(_connected(path, "rw")) as connection:
        connection.execute("PRAGMA schema_version").fetchone()


def _is_empty(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None


def _make(connection: sqlite3.Connection, of: str) -> None:
    """Write the tables, all or none, while there is no log: so the head of the file tells whose it is from then on."""
    connection.execute("BEGIN IMMEDIATE")
    for statement in SCHEMA:
        connection.execute(statement)
    connection.execute("INSERT INTO batch (list) VALUES (?)", (stored(of),))
    connection.execute("COMMIT")


def _opened(path: str, lock: LedgerLock) -> OpenLedger:
    """Open it with a write-ahead log, so that others may read meanwhile; without, where no memory can be shared."""
    connection = _connected(path, "rw")
    try:
        (mode,) = connection.execute(_WITH_A_LOG).fetchone()
        _write_nothing(connection)  # only now the memory is shared
        logged = mode == "wal"
    except sqlite3.OperationalError:
        logged = False
    if not logged:
        connection.close()
        connection = _connected(path, "rw")
    try:
        for pragma in _ALWAYS if logged else (*_WITHOUT_A_LOG, *_ALWAYS):
            connection.execute(pragma)
        _write_nothing(connection)
    except BaseException:
        connection.close()
        raise
    return OpenLedger(path, connection, lock, logged=logged)


def _write_nothing(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("COMMIT")


def _connected(path: str, mode: str) -> sqlite3.Connection:
    place = quote(os.fsencode(os.path.abspath(path)))
    return sqlite3.connect(f"file:{place}?mode={mode}", uri=True, isolation_level=None, timeout=_PATIENCE)


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's number of what is wrong, without its details; 0 where it has none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _refused(path: str, why: str) -> InvalidLedgerError:
    return InvalidLedgerError(f"{printable(path)} {why}")
