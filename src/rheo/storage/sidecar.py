"""Our small files: read with every care, and replaced as a whole."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import Final, NamedTuple

from rheo.storage.platform import open_exclusively, open_to_read, sync_file, write_at
from rheo.storage.seal import resembles

STATE: Final = "part state"
LIVE: Final = "live map"

MOST_BYTES: Final = 1024 * 1024
"""Bytes that such a file may have; what is longer is not read."""
PRIVATE = 0o600
"""They hold URLs: for their owner's eyes alone."""
MOST_DRAFTS: Final = 8
"""Drafts of one file that may lie about; more than one is left only by a crash."""


class UnusableError(Exception):
    """What has the name is no small regular file that we may read; a sentence's end says what it is."""


class UnreadableError(UnusableError):
    """The system does not let us read what has the name; a sentence's end says why."""


class Found(NamedTuple):
    """A small file's bytes, and which file it was."""

    data: bytes
    stat: os.stat_result


class Draft(NamedTuple):
    """A small file that is whole but for its name."""

    path: str
    stat: os.stat_result


def read(path: str) -> Found | None:
    """Return what is there, None if nothing; raises UnusableError. No link is followed, no pipe waited for."""
    try:
        _check(os.lstat(path))
        descriptor = open_to_read(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from error
    try:
        found = os.fstat(descriptor)
        _check(found)
        return Found(_content(descriptor), found)
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from error
    finally:
        os.close(descriptor)


def draft(path: str, data: bytes, *, synced: bool) -> Draft:
    """Write what is to become the file of that name; leaves nothing if that fails."""
    name, descriptor = _new(path)
    try:
        write_at(descriptor, [data], 0)
        if synced:
            sync_file(descriptor)
        written = os.fstat(descriptor)
    except OSError:
        os.close(descriptor)
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    os.close(descriptor)
    return Draft(name, written)


def withdraw(made: Draft) -> None:
    """Remove a draft that is not wanted, if it was not cleaned up; its name may be another one's by now."""
    with contextlib.suppress(FileNotFoundError):
        if same(os.lstat(made.path), made.stat):
            os.unlink(made.path)


def now(path: str) -> float:
    """Return the present by the clock of the file system: the time of a file that is made for that alone."""
    name, descriptor = _new(path)
    try:
        return os.fstat(descriptor).st_mtime
    finally:
        os.close(descriptor)
        remove(name)


def clean(path: str) -> None:
    """Remove drafts that a crash left.

    Whoever is just writing one loses it, too, looks whose the part is now, and perhaps writes it again.
    """
    for name in drafts(path):
        try:
            found = read(name)
        except UnusableError:
            continue
        if found is not None and (resembles(STATE, found.data) or resembles(LIVE, found.data)):
            remove(name)


def remove(path: str) -> None:
    """Remove the file, if it is there."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def same(one: os.stat_result, other: os.stat_result) -> bool:
    """Whether it is the same file, not written since; a name given to it does not count."""
    return _identity(one) == _identity(other)


def _identity(found: os.stat_result) -> tuple[int, int, int, int]:
    # Not the number alone: a file that was removed leaves it to the next one.
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _new(path: str) -> tuple[str, int]:
    made = _first_free(path)
    if made is None:
        clean(path)  # crashes left them; whoever is just writing one writes it again
        made = _first_free(path)
    if made is None:
        raise FileExistsError(errno.EEXIST, "every name for a draft is taken", path)
    return made


def _first_free(path: str) -> tuple[str, int] | None:
    for name in drafts(path):
        with contextlib.suppress(FileExistsError):
            return name, open_exclusively(name, mode=PRIVATE)
    return None


def _check(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise UnusableError("it is no regular file")
    if found.st_size > MOST_BYTES:
        raise UnusableError("it is too large")


def _content(descriptor: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while size <= MOST_BYTES:
        piece = os.read(descriptor, MOST_BYTES + 1 - size)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
        size += len(piece)
    raise UnusableError("it is too large")


def drafts(path: str) -> list[str]:
    """Return the names that a file may have before it is whole and gets this one."""
    return [f"{path}.{number}.new" for number in range(MOST_DRAFTS)]
