"""Who turned out not to serve a file that others had; remembered by this process for a while.

A ban is of one file: its mirror may serve others well, and may be mended. It is noted once the file is there, as
before that nobody knows who was right.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rheo.domain.url import Url

MEMORY: Final = 600.0
"""Seconds until a source is asked again for a file that it did not have."""


class Bans:
    """Every one of them; time is told on the monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._bans: dict[tuple[Url, Url], tuple[str, float]] = {}
        """By the file's own URL and the source, the reason and when that is forgotten."""

    def note(self, file: Url, banned: Mapping[Url, str], now: float) -> None:
        """Take note of sources that are not to be asked for a file, and why."""
        for source, because in banned.items():
            self._bans[file, source] = because, now + MEMORY

    def of(self, file: Url, now: float) -> dict[Url, str]:
        """Return the sources that are not to be asked for a file now, and why; forgets what is over."""
        self._bans = {key: ban for key, ban in self._bans.items() if now < ban[1]}
        return {source: because for (of, source), (because, _) in self._bans.items() if of == file}
