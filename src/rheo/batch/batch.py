"""Hands what a list asks for to the manager, a little at a time, and has the ledger know what becomes of it.

Used by one thread, which also takes the manager's events. Nothing of a line stays here once it is finished.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final, NamedTuple

from rheo.batch.book import Book
from rheo.batch.fed import Fed, Told
from rheo.batch.feed import Feed
from rheo.batch.running import Ended, Running
from rheo.domain.batch.journal import Recorded
from rheo.domain.batch.row import Admission
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

    @property
    def read(self) -> bool:
        """Whether the list has no more lines than are known by now."""
        return self._feed.ended

    @property
    def waiting(self) -> int:
        """How many lines are known, and wait for their turn."""
        return self._spread.held + self._spread.parked

    @property
    def ended(self) -> bool:
        """Whether all of the list is finished."""
        return self._feed.ended and not self._spread.left

    @property
    def running(self) -> list[DownloadId]:
        """What the manager has of it, as often as it was asked for."""
        return [one for one, lines in self._running.items() for _ in lines]

    def close(self) -> None:
        """Read no more of the list."""
        self._feed.close()

    def step(self, now: float) -> list[Told]:
        """Ask for what there is room for; return the lines for which nothing is asked."""
        told = self._admit(self._feed.take(min(CHUNK, self._spread.wanted(now))))
        if self._feed.ended and not self._whole:
            self._whole = True
            if self._book is not None:
                self._book.forget_bad_lines()
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

    def _admit(self, lines: Sequence[Fed]) -> list[Told]:
        """Write the lines down, and hold those that are to be fetched."""
        known: Sequence[Admission | None] = [None] * len(lines)
        if self._book is not None and lines:
            known = self._book.admit(lines)
        told = []
        for fed, admission in zip(lines, known, strict=True):
            left = None if self._book is None or admission is None else self._book.left(admission)
            if isinstance(fed.asked, RheoError):
                told.append(Told(fed, None, admission, fed.asked))
            elif left is not None:
                told.append(Told(fed, left, admission))
            else:
                self._hold(_Line(None if admission is None else admission.row, fed.asked, fed))
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
        if self._book is not None and line.row is not None:
            line.request.record(Recorded(self._book.journal, line.row))
        return line.request

    def _start(self, lines: Sequence[Running], _event: DownloadStarted, _now: float) -> Sequence[Ended]:
        for running in lines:
            running.attempts += 1
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
        DownloadFollowed: _follow,
        DownloadCompleted: _complete,
        DownloadFailed: _fail,
        DownloadCancelled: _cancel,
        DownloadRemoved: _cancel,
    }
