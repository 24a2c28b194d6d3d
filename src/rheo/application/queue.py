"""Who is next: strictly higher priority first, then the one that has waited longest, unless it was moved.

Of those of the same priority, whose host may not be asked now is passed over, and keeps its place. Those that failed
before take turns with newcomers: hosts by the thousand that are dead keep no others from their first try.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Final, NamedTuple

from rheo.domain.download import DownloadId
from rheo.domain.url import Origin

NEWCOMERS: Final = 4
"""So many of them start for one that failed before, as long as there are both."""

_FORGOTTEN: Final = 64
"""So many more entries that are over than valid ones there may be until they are swept out."""


class _Entry(NamedTuple):
    """A place in the queue; the least one is next."""

    rank: int
    """Less for a higher priority."""
    number: int
    pushed: int
    """Tells two of the same number apart: a newcomer, and one that failed before."""
    download: DownloadId
    origin: Origin


class Queue:
    """Ids in the order in which they shall start; adding and removing cost the same at any length, taking hardly more.

    Those who were passed over are kept by host, so that nobody is looked at twice who still may not start.
    """

    def __init__(self) -> None:
        self._entries: dict[DownloadId, _Entry] = {}
        self._front: list[_Entry] = []
        """A heap of those who were not passed over; like all of them, it may have entries that are over."""
        self._passed_over: dict[Origin, list[_Entry]] = {}
        """A heap for each host."""
        self._over = 0
        """How many entries there are in all heaps that are over, at the most."""
        self._started = 0
        """The highest number that was next so far."""
        self._behind = 0
        """The number of the last newcomer."""
        self._again = 0
        """That of the last one that failed before."""
        self._before = itertools.count(-1, -1)
        self._pushed = itertools.count()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, download: DownloadId) -> bool:
        return download in self._entries

    def ids(self) -> list[DownloadId]:
        """Return all ids in order."""
        return [entry.download for entry in sorted(self._entries.values())]

    def push(
        self, download: DownloadId, *, priority: int, origin: Origin, first: bool = False, again: bool = False
    ) -> None:
        """Add behind, or before, all others of the same priority; an id that is queued already is moved there.

        One that failed before, and comes `again`, is behind others that did, and a few newcomers for each of them.
        """
        self.remove(download)
        number = self._number(first=first, again=again)
        self._put(_Entry(-priority, number, next(self._pushed), download, origin))

    def peek(self, may: Callable[[Origin], bool] | None = None) -> DownloadId | None:
        """Return who is next of the highest priority, and whose host may be asked; None if nobody is.

        None for `may`: all may.
        """
        entry = self._next(may)
        if entry is None:
            return None
        self._started = max(self._started, entry.number)
        return entry.download

    def remove(self, download: DownloadId) -> None:
        """Take an id out, wherever it is; one that is not queued is none the worse for it."""
        if self._entries.pop(download, None) is None:
            return
        self._over += 1
        if self._over > len(self._entries) + _FORGOTTEN:
            self._front = list(self._entries.values())
            heapify(self._front)
            self._passed_over.clear()
            self._over = 0

    def move(self, download: DownloadId, position: int) -> None:
        """Put a queued id at a place among those of its priority: 0 is next, negative counts from the end."""
        rank = self._entries[download].rank
        lane = sorted(entry for entry in self._entries.values() if entry.rank == rank)
        others = [entry for entry in lane if entry.download != download]
        index = position if position >= 0 else max(0, len(others) + 1 + position)
        moved = [*others[:index], self._entries[download], *others[index:]]
        for entry, place in zip(moved, lane, strict=True):
            self.remove(entry.download)
            self._put(entry._replace(number=place.number, pushed=place.pushed))

    def _next(self, may: Callable[[Origin], bool] | None) -> _Entry | None:
        entry = self._top(self._front)
        if entry is not None and not self._passed_over and (may is None or may(entry.origin)):
            return entry  # as nearly always
        passed_over = self._tops()
        if entry is None and not passed_over:
            return None
        rank = min(passed_over if entry is None else (*passed_over, entry)).rank
        best: _Entry | None = None
        for top in passed_over:
            if top.rank == rank and (best is None or top < best) and (may is None or may(top.origin)):
                best = top
        while entry is not None and entry.rank == rank and (best is None or entry < best):
            if may is None or may(entry.origin):
                return entry
            heappush(self._passed_over.setdefault(entry.origin, []), heappop(self._front))
            entry = self._top(self._front)
        return best

    def _number(self, *, first: bool, again: bool) -> int:
        """Return a place for one more; who was not there yet may claim nothing of what has started meanwhile."""
        if first:
            return next(self._before)
        if again:
            self._again = max(self._again, self._started) + NEWCOMERS
            return self._again
        self._behind = max(self._behind, self._started) + 1
        return self._behind

    def _put(self, entry: _Entry) -> None:
        self._entries[entry.download] = entry
        heappush(self._front, entry)

    def _tops(self) -> list[_Entry]:
        """Return the least entry of each host that was passed over; of hosts that have none left nothing is kept."""
        tops, gone = [], []
        for origin, heap in self._passed_over.items():
            top = self._top(heap)
            if top is None:
                gone.append(origin)
            else:
                tops.append(top)
        for origin in gone:
            del self._passed_over[origin]
        return tops

    def _top(self, heap: list[_Entry]) -> _Entry | None:
        """Return the least entry of a heap that is valid; None if there is none."""
        while heap and self._entries.get(heap[0].download) is not heap[0]:
            heappop(heap)
            self._over -= 1
        return heap[0] if heap else None
