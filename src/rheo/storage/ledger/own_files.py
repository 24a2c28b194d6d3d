"""The files that a ledger is made of: nothing that its list fetches may take their names, whatever a server chooses."""

from __future__ import annotations

import os
from typing import Final

_ENDS: Final = ("", "-wal", "-shm", "-journal", ".lock")
"""What SQLite, and the lock, add to the ledger's name."""


class OwnFiles:
    """Those of one ledger."""

    def __init__(self, ledger: str) -> None:
        self._ledger = ledger
        self._begin = os.path.basename(ledger).casefold()

    def has(self, path: str) -> bool:
        """Whether what has a path is one of them, in whatever letters it is written there; asked for every file."""
        if not os.path.basename(path).casefold().startswith(self._begin):
            return False  # nearly always
        return any(_same(path, f"{self._ledger}{end}") for end in _ENDS)


def _same(path: str, own: str) -> bool:
    try:
        return os.path.samefile(path, own)
    except (OSError, ValueError):
        return False
