"""Hands what a list asks for to the manager, a little at a time, and has the ledger know what becomes of it.

Used by one thread, which also takes the manager's events. Nothing of a line stays here once it is finished.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final, NamedTuple

from rheo.batch.asked import Asked, Told, Why
from rheo.batch.feed import Feed
from rheo.batch.running import Ended, Running
from rheo.domain.batch.row import Admission, Entry, RowState
from rheo.domain.batch.spread import Spread
from rheo.domain.download import DownloadId, DownloadRequest
from rheo.domain.errors import RheoError
from rheo.domain.events import (
    DownloadCompleted,
    DownloadFailed,
    DownloadFollowed,
    DownloadStarted,
    Event,
)
from rheo.storage.batch_ledger import BatchLedger

CHUNK: Final = 500
"""Lines that are taken from the list, and written down, at once."""

Add = Callable[[Sequence[DownloadRequest]], Sequence[DownloadId]]
"""Queues all of these, or raises the RheoError of one of them and queues none."""


class _Line(NamedTuple):
    """A line that waits for its turn."""

    row: int | None
    """In the ledger; None without one."""
    request: DownloadRequest
    asked: Asked

    @property
    def host(self) -> str:
        """Whose turn it waits for."""
        return str(self.request.place.origin)


class Batch:
    """One list on its way; `now` are seconds of the monotonic clock."""

    def __init__(
        self,
        feed: Feed,
        add: Add,
        *,
        ledger: BatchLedger | None,
        read: Callable[[str], Asked],
        root: str,
        only_failed: bool,
        now: float,
    ) -> None:
        """`read` reads a line once more from its text; `root` is the folder that all files are below."""
        self._feed = feed
        self._add = add
        self._ledger = ledger
        self._read = read
        self._root = root
        self._only_failed = only_failed
        self._spread: Spread[_Line] = Spread(parks=ledger is not None, now=now)
        self._running: dict[DownloadId, Running] = {}

    @property
    def ended(self) -> bool:
        """Whether all of the list is finished."""
        return self._feed.ended and not self._spread.left

    def step(self, now: float) -> list[Told]:
        """Ask for what there is room for; return the lines for which nothing is asked."""
        told = self._admit(self._feed.take(min(CHUNK, self._spread.wanted(now))))
        self._fetch_back()
        told += self._hand_over(now)
        self._park()
        return told

    def take(self, event: Event, now: float) -> Ended | None:
        """Note what becomes of a line; return it where it is finished with that."""
        taker = self._TAKERS.get(type(event))
        running = None if taker is None else self._running.get(event.id)
        return None if taker is None or running is None else taker(self, running, event, now)

    def _admit(self, lines: Sequence[Asked]) -> list[Told]:
        """Have the ledger know the lines, and hold those that are to be fetched."""
        if not lines:
            return []
        admissions: Sequence[Admission | None] = [None] * len(lines)
        if self._ledger is not None:
            admissions = self._ledger.admit([self._entry(line) for line in lines])
        told = []
        for asked, known in zip(lines, admissions, strict=True):
            why = self._why_not(asked, known)
            if why is None and asked.request is not None:
                self._hold(_Line(None if known is None else known.row, asked.request, asked))
            else:
                told.append(Told(asked, why or Why.REFUSED, known, asked.error))
        return told

    def _why_not(self, asked: Asked, known: Admission | None) -> Why | None:
        """Return why nothing is asked for a line; None where something is."""
        if known is None or asked.error is not None:
            return None
        if known.repeated:
            return Why.REPEATED
        if known.before in {RowState.DONE, RowState.SKIPPED}:
            return Why.DONE
        if self._only_failed and known.before is not RowState.FAILED:
            return Why.LEFT
        return None

    def _hold(self, line: _Line) -> None:
        if line.asked.text is None:
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
            running = Running(line.asked, line.host, line.row, error=error.with_traceback(None))
            self._note(running, now)
            return [Told(line.asked, Why.REFUSED, error=error)]
        return []

    def _ask(self, lines: Sequence[_Line]) -> None:
        if not lines:
            return
        ids = self._add([line.request for line in lines])
        for download, line in zip(ids, lines, strict=True):
            running = self._running.get(download)
            if running is None:
                self._running[download] = Running(line.asked, line.host, line.row)
            else:  # two lines ask for the same file
                running.also.append(line.row)

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
        self._note(running, now)
        return Ended(running.asked, tuple(running.results), running.error)

    def _note(self, running: Running, now: float) -> None:
        """Have the ledger and those who wait for their turn know that a line is finished."""
        rows = [running.row, *running.also]
        if self._ledger is not None:
            self._ledger.finish([running.ending(row) for row in rows if row is not None])
        for _ in rows:
            self._spread.finish(running.host, now)

    def _entry(self, asked: Asked) -> Entry:
        request = asked.request
        if request is None:
            return Entry(asked.number, "", "", wrong=None if asked.error is None else asked.error.message)
        place = f"{str(request.directory).removeprefix(self._root)}/{request.output or ''}"
        return Entry(asked.number, request.url.text, str(request.place.origin), place)

    def _park(self) -> None:
        """Put by what would fill memory, and keep others from their turn."""
        lines = [line for _, line in self._spread.surplus()]
        if lines and self._ledger is not None:
            self._ledger.park([(line.row or 0, line.asked.text or "") for line in lines])

    def _fetch_back(self) -> None:
        if self._ledger is None:
            return
        for host, most in list(self._spread.wanted_back()):
            for row, text in self._ledger.unpark(host, most):
                asked = self._read(text)
                assert asked.request is not None  # it was read before
                self._spread.put_back(host, _Line(row, asked.request._replace_row(row), asked))

    _TAKERS: ClassVar[Mapping[type, Callable[[Batch, Running, Any, float], Ended | None]]] = {
        DownloadStarted: _start,
        DownloadFollowed: _follow,
        DownloadCompleted: _complete,
        DownloadFailed: _fail,
    }
