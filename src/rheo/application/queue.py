"""Who is next: strictly higher priority first, then the one that has waited longest, unless it was moved."""

from __future__ import annotations

from bisect import insort
from collections import OrderedDict

from rheo.domain.download import DownloadId


class Queue:
    """Ids in the order in which they shall start; adding, taking and removing cost the same at any length."""

    def __init__(self) -> None:
        self._lanes: dict[int, OrderedDict[DownloadId, None]] = {}
        self._priorities: list[int] = []
        """The priorities that have a lane, lowest first."""
        self._priority_of: dict[DownloadId, int] = {}

    def __len__(self) -> int:
        return len(self._priority_of)

    def __contains__(self, download: DownloadId) -> bool:
        return download in self._priority_of

    def ids(self) -> list[DownloadId]:
        """Return all ids in order."""
        return [download for priority in reversed(self._priorities) for download in self._lanes[priority]]

    def push(self, download: DownloadId, *, priority: int, first: bool = False) -> None:
        """Add behind, or before, all others of the same priority; an id that is queued already is moved there."""
        self.remove(download)
        lane = self._lanes.get(priority)
        if lane is None:
            lane = self._lanes[priority] = OrderedDict()
            insort(self._priorities, priority)
        lane[download] = None
        if first:
            lane.move_to_end(download, last=False)
        self._priority_of[download] = priority

    def peek(self) -> DownloadId | None:
        """Return who is next; None if nobody is."""
        return next(iter(self._lanes[self._priorities[-1]])) if self._priorities else None

    def remove(self, download: DownloadId) -> None:
        """Take an id out, wherever it is; one that is not queued is none the worse for it."""
        priority = self._priority_of.pop(download, None)
        if priority is None:
            return
        lane = self._lanes[priority]
        del lane[download]
        if not lane:
            del self._lanes[priority]
            self._priorities.remove(priority)

    def move(self, download: DownloadId, position: int) -> None:
        """Put a queued id at a place among those of its priority: 0 is next, negative counts from the end."""
        lane = self._lanes[self._priority_of[download]]
        others = [other for other in lane if other != download]
        place = position if position >= 0 else max(0, len(others) + 1 + position)
        lane.clear()
        lane.update(dict.fromkeys([*others[:place], download, *others[place:]]))
