"""Whether syncing a whole file system is worth while for a group of files, by what both ways have cost there.

A sweep, which is that one sync, spares a call and two changes of threads per file. But it waits for all that is to be
written there, that of strangers and of large files of ours, too.
"""

from __future__ import annotations

from typing import Final

LEAST_FILES: Final = 32
"""Files that are worth a sweep: fewer are synced about as soon side by side."""
FACTOR: Final = 2.0
"""How many times what the files took one by one a sweep may take."""
UNNOTICED: Final = 0.1
"""Seconds that a sweep may take anyway: the next group needs as long to gather."""
REPAID: Final = 10
"""How many times the seconds that a sweep took too long go into syncing file by file before the next one."""
SWEEPS: Final = 50
"""Sweeps until it is measured anew what the files take one by one."""


class SyncCosts:
    """What syncs of one file system have cost; is told seconds, and has no clock."""

    def __init__(self) -> None:
        self._of_one: float | None = None
        """Seconds for each file of a group that was synced file by file; None before there was one."""
        self._debt = 0.0
        """Seconds of syncing file by file that are due before the next sweep."""
        self._sweeps_left = 0

    def worth_a_sweep(self, files: int) -> bool:
        """Whether a group of so many files is better synced by a sweep."""
        return files >= LEAST_FILES and self._sweeps_left > 0 and self._debt <= 0

    def swept(self, files: int, seconds: float) -> None:
        """Take how long a sweep took."""
        self._sweeps_left -= 1
        expected = max(UNNOTICED, FACTOR * files * (self._of_one or 0.0))
        if seconds > expected:
            self._debt = REPAID * (seconds - expected)

    def synced_one_by_one(self, files: int, seconds: float) -> None:
        """Take how long it took to sync files each by itself, some side by side; a few tell nothing of many."""
        if files >= LEAST_FILES:
            self._of_one = seconds / files
            self._sweeps_left = SWEEPS
            self._debt -= min(self._debt, seconds)
