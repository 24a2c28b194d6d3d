"""When so much of a list fails that the rest is better left alone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

JUDGED_FROM: Final = 100
"""Finished lines from which on their share is judged: of the first ten, one is no tenth."""

OUT_OF_ROOM: Final = 20
"""Files in a row for which the disk had no room: a large one may fail alone, and others fit still."""


class Room:
    """Whether the disk has room, as far as files that end tell."""

    def __init__(self) -> None:
        self._refused = 0
        """Files in a row that had none."""

    def note(self, *, refused: bool) -> None:
        """Take in how a file ended; once it is clear that there is no room, that stays."""
        if not self.gone:
            self._refused = self._refused + 1 if refused else 0

    @property
    def gone(self) -> bool:
        """Whether it is no use to ask for more."""
        return self._refused >= OUT_OF_ROOM

    @property
    def lost(self) -> str | None:
        """Why no more is tried, as a sentence; None as long as more is."""
        return f"{OUT_OF_ROOM} files in a row had no room on the disk" if self.gone else None


@dataclass(frozen=True, slots=True)
class Patience:
    """How much may fail."""

    failures: int | None = None
    """Lines; None: any number."""
    share: float | None = None
    """Of the lines that are finished, from 0 to 1; None: any."""

    def lost(self, *, failed: int, finished: int) -> str | None:
        """Return why no more is tried, as a sentence; None as long as more is.

        `finished` are those that failed, and those that did not.
        """
        if self.failures is not None and failed >= self.failures:
            return f"{failed} of {finished} failed, and --max-failures is {self.failures}"
        if self.share is not None and finished >= JUDGED_FROM and failed > self.share * finished:
            return f"{failed} of {finished} failed, and --max-failure-rate is {self.share:.4g}"
        return None
