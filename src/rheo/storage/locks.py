"""Locks between processes, by files; what systems do differently here is told here."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rheo.storage.platform import NO_FOLLOW, NO_WAITING


@contextmanager
def locked(path: str, *, patience: float) -> Iterator[None]:
    """Hold the lock of that name against all others; raises TimeoutError after so many seconds of waiting.

    Where the system, or the file system, has no such locks, nobody waits. The lock's file stays: who removed it would
    let in a third one.
    """
    descriptor = open_lock(path)
    try:
        for _ in range(int(patience / _BETWEEN)):
            if lock(descriptor):
                break
            time.sleep(_BETWEEN)
        else:
            raise TimeoutError(errno.ETIMEDOUT, "another process keeps the lock", path)
        yield
    finally:
        os.close(descriptor)  # which gives it back


_BETWEEN: Final = 0.01
"""Seconds between two looks at a lock that another one has."""


def open_lock(path: str) -> int:
    """Open the file of that name, made where there is none, following no link, for who wants its lock."""
    return os.open(path, os.O_RDWR | os.O_CREAT | NO_FOLLOW | NO_WAITING, 0o600)


def lock(descriptor: int) -> bool:
    """Take the lock of an open file until that is closed; return whether nobody else has it, or nobody can."""
    try:
        import fcntl  # noqa: PLC0415  (does not exist on Windows)
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    return True


_NO_LOCKS: Final = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EINVAL, errno.ENOTSUP})
