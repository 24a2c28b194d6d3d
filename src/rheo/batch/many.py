"""A batch on a thread of its own, between what a program asks for and the results that it takes.

Neither side runs ahead: items are read as there is room, and nothing more is asked for while results wait.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Final, TypeVar

from rheo.application.bus import Outbox
from rheo.application.manager import Manager
from rheo.batch.batch import Batch
from rheo.batch.book import Book
from rheo.batch.fed import Fed, Told
from rheo.batch.feed import Feed
from rheo.batch.running import Ended
from rheo.domain.download import DownloadId, DownloadRequest
from rheo.domain.errors import ManagerClosedError
from rheo.engine.clock import SystemClock
from rheo.session import Session

T = TypeVar("T")

UNTAKEN: Final = 1000
"""Results that may wait to be taken: beyond that nothing more is asked for."""

LONGEST_SILENCE: Final = 0.2
"""Seconds after which the thread looks whether anything is to be done."""


class Many:
    """Lives on the caller's loop; the thread hands it results."""

    def __init__(self, session: Session, fed: Iterable[Fed], *, book: Book | None) -> None:
        """`fed` is read on a thread of its own."""
        self._session = session
        self._fed = fed
        self._book = book
        self._now = SystemClock().monotonic
        self._loop = asyncio.get_running_loop()
        self._results: deque[Ended | Told] = deque()
        self._more = asyncio.Event()
        self._handed = self._taken = 0
        """Results so far: each is counted by one thread alone."""
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._leaving = threading.Event()
        self._ended: BaseException | bool = False
        """Whether no more results come, and what kept them."""

    async def results(self) -> AsyncGenerator[Ended | Told, None]:
        """Yield what became of each line, as they are finished; who leaves early ends what runs."""
        threading.Thread(target=self._live, name="rheo batch", daemon=True).start()
        try:
            while await self._next():
                while self._results:
                    self._taken += 1
                    yield self._results.popleft()
                self._ring()
        finally:
            self._leaving.set()
            self._ring()
            while not self._ended:  # the thread touches the ledger no more
                self._more.clear()
                await self._more.wait()

    async def _next(self) -> bool:
        """Return whether there are results, or False at the end; raises what kept the rest from coming."""
        while not self._results and not self._ended:
            self._more.clear()
            await self._more.wait()
        if not self._results and isinstance(self._ended, BaseException):
            raise self._ended
        return bool(self._results)

    def _ring(self) -> None:
        self._bell.put(None)

    def _live(self) -> None:
        ended: BaseException | bool = True
        try:
            self._run()
        except BaseException as error:  # noqa: BLE001  (it is raised where the results are taken)
            ended = error
        self._tell(partial(self._end, ended))

    def _run(self) -> None:
        outbox = self._session.subscribe(self._ring)
        items, self._fed = self._fed, ()
        try:
            feed = Feed(items, self._ring)
            with closing(Batch(feed, self._add, book=self._book, now=self._now())) as batch:
                try:
                    self._drive(batch, outbox)
                finally:  # nobody is told of it any more, also where the ledger failed
                    self._leave(batch.running)
        finally:
            self._session.unsubscribe(outbox, self._ring)

    def _drive(self, batch: Batch, outbox: Outbox) -> None:
        """Have it go its way until all is finished, or nobody takes results any more."""
        while not batch.ended and not self._leaving.is_set():
            if not self._session.running:
                raise ManagerClosedError("the manager was closed before all was fetched")
            if not self._step(batch, outbox):
                with suppress(Empty):
                    self._bell.get(timeout=LONGEST_SILENCE)

    def _step(self, batch: Batch, outbox: Outbox) -> bool:
        """Take events, and ask for more if there is room; return whether there may be more to do at once."""
        now = self._now()
        results: list[Ended | Told] = [ended for event in outbox.take() for ended in batch.take(event, now)]
        if self._handed + len(results) - self._taken < UNTAKEN:
            results += batch.step(now)
        if results:
            self._handed += len(results)
            self._tell(partial(self._take, results))
        return bool(results)

    def _add(self, requests: Sequence[DownloadRequest]) -> Sequence[DownloadId]:
        return self._answer(self._session.call(Manager.add, requests, kept=False)) if requests else []

    def _answer(self, future: Future[T]) -> T:
        """Return an answer of the engine, or raise ManagerClosedError where it ends meanwhile."""
        while True:
            try:
                return future.result(LONGEST_SILENCE)
            except TimeoutError:
                if not self._session.running:
                    raise ManagerClosedError("the manager was closed before all was fetched") from None

    def _leave(self, downloads: Sequence[DownloadId]) -> None:
        """Have what was begun forgotten, its parts kept: we wait for it no more."""
        with suppress(ManagerClosedError):  # the last ones first, so that none starts in the place of another one
            self._answer(self._session.call(Manager.leave, downloads[::-1]))

    def _tell(self, what: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the caller's loop is closed, and nobody waits there
            self._loop.call_soon_threadsafe(what)

    def _take(self, results: Iterable[Ended | Told]) -> None:
        self._results.extend(results)
        self._more.set()

    def _end(self, ended: BaseException | bool) -> None:  # noqa: FBT001  (True is an end without an error)
        self._ended = ended
        self._more.set()
