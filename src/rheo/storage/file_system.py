"""A file system on which many small files are synced together, by one call for all of it where that is cheaper.

The call is syncfs(2). It counts only where it tells of every error: of file systems, where that was tried; and of Linux
from 5.17 on. Before 5.8 nobody heard by it of bytes that could not be written, and before 5.17 not of a journal that
could not be.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Final

from rheo.storage import platform
from rheo.storage.sync_costs import SyncCosts

_TRIED: Final = frozenset({"ext4"})
_TELLS_ALL: Final = (5, 17)
_NUMBERS: Final = re.compile(r"(\d+)\.(\d+)")


class FileSystem:
    """One that tells of its errors from when this was made; `sync` is for one thread."""

    def __init__(self, descriptor: int) -> None:
        """Take a descriptor of any file there, which is ours to close: by it we are told of errors."""
        self._descriptor: int | None = descriptor
        """None where all is synced file by file."""
        self._device = os.fstat(descriptor).st_dev
        self._costs = SyncCosts()

    @classmethod
    def of(cls, folder: str) -> FileSystem | None:
        """Return that of a folder; None where files are to be synced each by itself."""
        if not tells_all(platform.release()) or platform.file_system_type(folder) not in _TRIED:
            return None
        try:
            return cls(os.open(folder, os.O_RDONLY | os.O_CLOEXEC))
        except OSError:
            return None

    def has(self, folder: str) -> bool:
        """Whether a folder is on it."""
        try:
            return os.stat(folder).st_dev == self._device
        except OSError:
            return False

    def sync(self, files: int, one_by_one: Callable[[], None], *, now: Callable[[], float]) -> None:
        """Have so many files on the disk, all opened since this was made; `one_by_one` syncs each by itself.

        `now` returns monotonic time, by which it is learnt what costs less.
        """
        started = now()
        if self._costs.worth_a_sweep(files) and self._swept():
            self._costs.swept(files, now() - started)
            return
        one_by_one()
        self._costs.synced_one_by_one(files, now() - started)

    def close(self) -> None:
        """Release the descriptor, and sync file by file from now on."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _swept(self) -> bool:
        """Return whether all that was written is on the disk.

        An error is told once, whosever file it is of: perhaps of one that is open, and comes with a later group. So
        after one each file is asked for itself, to the end.
        """
        if self._descriptor is None:
            return False
        try:
            platform.sync_file_system(self._descriptor)
        except OSError:
            self.close()
            return False
        return True


def tells_all(release: str) -> bool:
    """Whether a kernel of this release, such as `6.1.0-18-amd64`, tells by syncfs(2) of every error."""
    found = _NUMBERS.match(release)
    return found is not None and (int(found[1]), int(found[2])) >= _TELLS_ALL
