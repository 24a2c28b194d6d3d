"""Hands what a list asks for to the manager, a little at a time, and has the ledger know what becomes of it.

Used by one thread, which also takes the manager's events. Nothing of a line stays here once it is finished.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final, NamedTuple

from rheo.batch.book import Book
from rheo.batch.fed import Due, Fed, Told
from rheo.batch.feed import Feed
from rheo.batch.running import Ended, Running
from rheo.domain.batch.journal import Recorded
from rheo.domain.batch.spread import Spread
from rheo.domain.download import DownloadId, DownloadRequest
from rheo.domain.errors import RheoError
from rheo.domain.events import DownloadCompleted, DownloadFailed, DownloadFollowed, DownloadStarted, Event

CHUNK: Final = 500
"""Lines that are taken from the list, and written down, at once."""

_OF_LINES: Final = (DownloadStarted, DownloadFollowed, DownloadCompleted, DownloadFailed)

Add = Callable[[Sequence[DownloadRequest]], Sequence[DownloadId]]
"""Queues all of these, or raises the RheoError of one of them and queues none."""


class _Line(NamedTuple):
    """A line that waits for its turn."""

    row: int | None
    """In the ledger; None without one."""
    request: DownloadRequest
    fed: Fed

    @property
    def host(self) -> str:
        """Whose turn it waits for."""
        return str(self.request.place.origin)


class Batch:
    """One list on its way; `now` are seconds of the monotonic clock."""

    def __init__(self, feed: Feed, add: Add, *, book: Book | None, now: float) -> None:
        """`book` is where lines are written down; None: nowhere."""
        self._feed = feed
        self._add = add
        self._book = book
        self._spread: Spread[_Line] = Spread(parks=book is not None, now=now)
        self._whole = False
        """Whether all of the list is known."""
        self._running: dict[DownloadId, Running] = {}
        if book is not None:
            book.wake = feed.wake

    @property
    def read(self) -> bool:
        """Whether the list has no more lines than are known by now."""
        return self._feed.ended

    @property
    def waiting(self) -> int:
        """How many lines are known, and wait for their turn, or for a look at their files."""
        return self._spread.held + self._spread.parked + (0 if self._book is None else self._book.waiting)

    @property
    def ended(self) -> bool:
        """Whether all of the list is finished."""
        return self._feed.ended and not self._spread.left and (self._book is None or not self._book.waiting)

    @property
    def running(self) -> Iterable[DownloadId]:
        """What the manager has of it."""
        return self._running

    def step(self, now: float) -> list[Told]:
        """Ask for what there is room for; return the lines for which nothing is asked."""
        told = self._held(self._admit(self._feed.take(min(CHUNK, self._spread.wanted(now), self._room))))
        if self._book is not None:
            told += self._held(self._book.settle())
            self._see_to_the_end(self._book)
        self._fetch_back()
        told += self._hand_over(now)
        self._park()
        return told

    def take(self, event: Event, now: float) -> Ended | None:
        """Note what becomes of a line; return it where it is finished with that."""
        if not isinstance(event, _OF_LINES):
            return None
        running = self._running.get(event.id)
        return None if running is None else self._TAKERS[type(event)](self, running, event, now)

    def _see_to_the_end(self, book: Book) -> None:
        """Have done what is to come at the end of the list; lines that were settled are held by now."""
        if self._feed.ended and not self._whole:
            self._whole = True
            book.forget_bad_lines()
        if self._whole and not self._spread.left:
            book.double()

    @property
    def _room(self) -> int:
        return CHUNK if self._book is None else self._book.room

    def _admit(self, lines: Sequence[Fed]) -> Sequence[Told | Due]:
        """Write the lines down, if anybody does; return what is known to become of them."""
        if self._book is not None and lines:
            return self._book.admit(lines)
        return [
            Told(fed, None, None, fed.asked) if isinstance(fed.asked, RheoError) else Due(fed, None) for fed in lines
        ]

    def _held(self, settled: Iterable[Told | Due]) -> list[Told]:
        """Hold the lines that are to be fetched; return the others."""
        told = []
        for one in settled:
            if isinstance(one, Told):
                told.append(one)
            else:
                assert not isinstance(one.fed.asked, RheoError)
                self._hold(_Line(one.row, one.fed.asked, one.fed))
        return told

    def _hold(self, line: _Line) -> None:
        if self._book is not None and not self._book.may_park(line.fed):
            self._spread.parks = False
        self._spread.put(line.host, line)

    def _hand_over(self, now: float) -> list[Told]:
        """Ask for those whose turn it is; one of which the manager says that it cannot be keeps none of the others."""
        lines = list(self._spread.take())
        try:
            self._ask(lines)
        except RheoError:  # of one of them, and then none was added
            return [told for line in lines for told in self._ask_one(line, now)]
        return []

    def _ask_one(self, line: _Line, now: float) -> list[Told]:
        try:
            self._ask([line])
        except RheoError as error:
            refused = error.with_traceback(None)
            self._note(Running(line.fed, line.host, line.row, refused), now)
            return [Told(line.fed, None, error=refused)]
        return []

    def _ask(self, lines: Sequence[_Line]) -> None:
        if not lines:
            return
        ids = self._add([self._request(line) for line in lines])
        for download, line in zip(ids, lines, strict=True):
            asked = Running(line.fed, line.host, line.row)
            running = self._running.setdefault(download, asked)
            if running is not asked:  # another line asked for the same file
                running.also.append(asked)

    def _request(self, line: _Line) -> DownloadRequest:
        request, renewal = line.request, line.fed.renewal
        if self._book is not None and line.row is not None:
            request = request if renewal is None else renewal.of(request)
            request.record(Recorded(self._book.journal, line.row))
        return request

    def _start(self, running: Running, _event: DownloadStarted, _now: float) -> None:
        running.attempts += 1

    def _follow(self, running: Running, event: DownloadFollowed, _now: float) -> None:
        running.files = len(event.files)
        self._running.update(dict.fromkeys(event.files, running))

    def _complete(self, running: Running, event: DownloadCompleted, now: float) -> Ended | None:
        running.results.append(event.result)
        return self._end(running, event.id, now)

    def _fail(self, running: Running, event: DownloadFailed, now: float) -> Ended | None:
        running.error = running.error or event.error
        return self._end(running, event.id, now)

    def _end(self, running: Running, download: DownloadId, now: float) -> Ended | None:
        del self._running[download]
        running.files -= 1
        if running.files:
            return None
        for also in running.also:
            also.results, also.error = running.results, running.error
        self._note(running, now)
        return Ended(running.fed, tuple(running.results), running.error)

    def _note(self, running: Running, now: float) -> None:
        """Write down that a line, and others that asked for the same, are finished; others may take their turn."""
        lines = [running, *running.also]
        if self._book is not None:
            self._book.finish(lines)
        for line in lines:
            self._spread.finish(line.host, now)

    def _park(self) -> None:
        """Put by what would fill memory while its host keeps it waiting."""
        lines = [line for _, line in self._spread.surplus()]
        if lines and self._book is not None:
            self._book.park((line.row, line.fed) for line in lines if line.row is not None)

    def _fetch_back(self) -> None:
        for host, most in list(self._spread.wanted_back()):
            assert self._book is not None
            for row, fed in self._book.fetch_back(host, most):
                assert not isinstance(fed.asked, RheoError)  # it was read before
                self._spread.put_back(host, _Line(row, fed.asked, fed))

    _TAKERS: ClassVar[Mapping[type, Callable[[Batch, Running, Any, float], Ended | None]]] = {
        DownloadStarted: _start,
        DownloadFollowed: _follow,
        DownloadCompleted: _complete,
        DownloadFailed: _fail,
    }
