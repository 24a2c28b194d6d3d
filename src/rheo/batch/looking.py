"""Looks whether the file of a line that is done is still right; what is not is due again, in its place."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

from rheo.batch.fed import Due, Fed, Told
from rheo.domain.batch.held import Held
from rheo.domain.batch.renewal import Renewal
from rheo.domain.batch.result import Left
from rheo.domain.batch.row import Admission, RowState
from rheo.domain.batch.terms import Check
from rheo.domain.checksum import follow, parse_checksum
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import InvalidChecksumError, StorageError
from rheo.engine.following import is_known_one
from rheo.storage.digesting import read_into


def look(fed: Fed, known: Admission, check: Check, *, go_on: Callable[[], None]) -> Told | Due:
    """Return what becomes of a line; blocks on the disk. `go_on` is called now and then, and may raise.

    A line that led to several files has their folder, which says nothing of them: it is believed.
    """
    if known.path is None:
        return Due(fed, known.row)
    mode, size = _found(known.path)
    if stat.S_ISDIR(mode):
        return Due(fed, known.row) if known.before is RowState.FAILED else Told(fed, Left.DONE)
    sized = stat.S_ISREG(mode) and size == known.size
    if sized and check is Check.REMOTE:
        return _again(fed, known, Held(_sendable(known.etag), _sendable(known.modified)))
    by_hash = check is Check.HASH and known.hash is not None
    failed = known.before is RowState.FAILED  # an earlier run found it to be wrong, or asked whether it is
    if failed or not sized or (by_hash and not _has(known.path, known.hash or "", go_on)):
        return _again(fed, known, None)
    return Told(fed, Left.DONE if by_hash or check is Check.SIZE else Left.SIZED)


def _found(path: str) -> tuple[int, int]:
    """Return type and size of what has the name; zeros where nothing has it."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return 0, 0
    return found.st_mode, found.st_size


def _again(fed: Fed, known: Admission, held: Held | None) -> Due:
    assert isinstance(fed.asked, DownloadRequest)
    assert known.path is not None
    if is_known_one(fed.asked):  # it stands for what a Metalink lists, which has places of its own
        return Due(fed, known.row)
    return Due(fed._replace(renewal=Renewal(known.path, held)), known.row)


def _has(path: str, digest: str, go_on: Callable[[], None]) -> bool:
    """Whether a file has a hash; one that cannot be read has not."""
    try:
        wanted = parse_checksum(digest)
        following = follow(wanted.algorithm)

        def take(data: memoryview) -> None:
            go_on()
            following.update(data)

        read_into(path, take)
    except (InvalidChecksumError, StorageError):
        return False
    return following.hexdigest() == wanted.digest


def _sendable(text: str | None) -> str | None:
    """Return what may stand in a header; a ledger may have been written by others."""
    return text if text is not None and text.isascii() and text.isprintable() else None
