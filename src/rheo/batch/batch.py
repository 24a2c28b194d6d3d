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
from rheo.domain.errors import DownloadCancelledError, ManagerClosedError, RheoError
from rheo.domain.events import (
    DownloadCancelled,
    DownloadCompleted,
    DownloadFailed,
    DownloadFollowed,
    DownloadRemoved,
    DownloadStarted,
    DownloadWaiting,
    Event,
    Lagged,
)

CHUNK: Final = 500
"""Lines that are taken from the list, and written down, at once."""

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
        self._running: dict[DownloadId, list[Running]] = {}
        """The lines that wait for each download: a Metalink may list what another line asks for."""
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
    def running(self) -> list[DownloadId]:
        """What the manager has of it, as often as it was asked for."""
        return [one for one, lines in self._running.items() for _ in lines]

    def close(self) -> None:
        """Read no more of the list."""
        self._feed.close()

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

    def take(self, event: Event, now: float) -> Sequence[Ended]:
        """Note what becomes of lines; return those that are finished with that."""
        taker = self._TAKERS.get(type(event))
        if taker is None or isinstance(event, Lagged):
            return ()
        lines = self._running.get(event.id)
        return () if lines is None else taker(self, lines, event, now)

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
            Told(fed, None, error=fed.asked) if isinstance(fed.asked, RheoError) else Due(fed, None) for fed in lines
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
        stays = self._book is not None and not self._book.may_park(line.fed)
        self._spread.put(line.host, line, stays=stays)

    def _hand_over(self, now: float) -> list[Told]:
        """Ask for those whose turn it is; one of which the manager says that it cannot be keeps none of the others."""
        lines = list(self._spread.take())
        try:
            self._ask(lines)
        except ManagerClosedError:
            raise
        except RheoError:  # of one of them, and then none was added
            return [told for line in lines for told in self._ask_one(line, now)]
        return []

    def _ask_one(self, line: _Line, now: float) -> list[Told]:
        try:
            self._ask([line])
        except ManagerClosedError:
            raise
        except RheoError as error:
            refused = error.with_traceback(None)
            self._note([Running(line.fed, line.host, line.row, refused)], now)
            return [Told(line.fed, None, error=refused)]
        return []

    def _ask(self, lines: Sequence[_Line]) -> None:
        if not lines:
            return
        ids = self._add([self._request(line) for line in lines])
        for download, line in zip(ids, lines, strict=True):
            self._running.setdefault(download, []).append(Running(line.fed, line.host, line.row))

    def _request(self, line: _Line) -> DownloadRequest:
        request, renewal = line.request, line.fed.renewal
        if self._book is not None and line.row is not None:
            request = request if renewal is None else renewal.of(request)
            request.record(Recorded(self._book.journal, line.row, renews=renewal is not None))
        return request

    def _start(self, lines: Sequence[Running], _event: DownloadStarted, now: float) -> Sequence[Ended]:
        for running in lines:
            running.attempts += 1
            if running.began is None:
                running.began = now
        return ()

    def _wait(self, lines: Sequence[Running], _event: DownloadWaiting, _now: float) -> Sequence[Ended]:
        for running in lines:
            self._spread.wait(running.host)
        return ()

    def _follow(self, lines: Sequence[Running], event: DownloadFollowed, _now: float) -> Sequence[Ended]:
        others = dict.fromkeys(file for file in event.files if file != event.id)
        for running in lines:
            running.files += len(others)
        for file in others:
            self._running.setdefault(file, []).extend(lines)
        return ()

    def _complete(self, lines: Sequence[Running], event: DownloadCompleted, now: float) -> Sequence[Ended]:
        for running in lines:
            running.results.append(event.result)
        return self._end(lines, event.id, now)

    def _fail(self, lines: Sequence[Running], event: DownloadFailed, now: float) -> Sequence[Ended]:
        for running in lines:
            running.error = running.error or event.error
            running.seconds = None if running.began is None else now - running.began
        return self._end(lines, event.id, now)

    def _cancel(
        self, lines: Sequence[Running], event: DownloadCancelled | DownloadRemoved, now: float
    ) -> Sequence[Ended]:
        for running in lines:
            running.error = running.error or DownloadCancelledError("the download was cancelled")
        return self._end(lines, event.id, now)

    def _end(self, lines: Sequence[Running], download: DownloadId, now: float) -> Sequence[Ended]:
        del self._running[download]
        for running in lines:
            running.files -= 1
        finished = [running for running in lines if not running.files]
        self._note(finished, now)
        return [Ended(running.fed, tuple(running.results), running.error) for running in finished]

    def _note(self, lines: Sequence[Running], now: float) -> None:
        """Write down that lines are finished; others may take their turn."""
        if self._book is not None and lines:
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

    _TAKERS: ClassVar[Mapping[type, Callable[[Batch, Sequence[Running], Any, float], Sequence[Ended]]]] = {
        DownloadStarted: _start,
        DownloadWaiting: _wait,
        DownloadFollowed: _follow,
        DownloadCompleted: _complete,
        DownloadFailed: _fail,
        DownloadCancelled: _cancel,
        DownloadRemoved: _cancel,
    }
