"""The lock that one process at a time has of a ledger.

It is a file beside the ledger, since closing the ledger itself, as who looks for a lock does, would let go of SQLite's
own locks of it (https://sqlite.org/howtocorrupt.html, 2.2). It goes with its owner, or, where that was killed, with the
next one.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from typing import Final

from rheo.storage.locks import lock, open_lock

_TRIES: Final = 100
"""How often the file may be removed by its owner while we take it."""


class LedgerLock:
    """The lock, held from `take` on."""

    def __init__(self, path: str, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: str) -> LedgerLock:
        """Take the lock of that name; raises BlockingIOError where another one has it, and OSError."""
        for _ in range(_TRIES):
            descriptor = open_lock(path)
            try:
                if not lock(descriptor):
                    raise BlockingIOError(errno.EWOULDBLOCK, "another process has it open", path)
                if _has_name(descriptor, path):
                    return cls(path, descriptor)
            except OSError:
                os.close(descriptor)
                raise
            os.close(descriptor)
        raise BlockingIOError(errno.EWOULDBLOCK, "others take it all the time", path)

    def release(self) -> None:
        """Let others have it."""
        with suppress(OSError):  # it stays where files cannot be removed while they are open
            os.unlink(self._path)
        os.close(self._descriptor)


def _has_name(descriptor: int, path: str) -> bool:
    """Whether the lock is that of the name still: its last owner removes it."""
    try:
        named = os.lstat(path)
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(descriptor), named)
