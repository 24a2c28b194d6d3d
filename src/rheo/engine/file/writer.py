"""Takes gathered bytes and puts them into their target: at once while the disk is quick, else on a thread.

A write that took long moves its file to a thread of its own, so that a slow disk holds up nobody else. What
waits there is bounded: at the bound the writer is `full`, and its connections pause until there is room.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from rheo.domain.errors import StorageError
from rheo.domain.ranges import RangeSet
from rheo.engine.clock import Clock
from rheo.engine.jobs import ended
from rheo.engine.limits.budget import Holding
from rheo.storage.base import Buffers, Target

SLOW: Final = 0.05
"""Seconds after which a write counts as slow."""

BACKLOG: Final = 4 * 1024 * 1024
"""Bytes that may wait for the thread."""


class _Piece(NamedTuple):
    offset: int
    buffers: Buffers
    size: int


class Writer:
    """Writes one file; lives on the loop, and closing it waits for its thread."""

    def __init__(
        self, target: Target, *, make: Callable[[], None], clock: Clock, streamed: bool, holding: Holding
    ) -> None:
        """`make` makes the place for the bytes; it may block on the disk and raise StorageError.

        `holding` gets back what was held of the bytes, and is told whether they wait for a thread.
        `streamed` writes on a thread from the start: the target is a stream, and its reader may be slow.
        """
        self.written = RangeSet()
        """What the target has taken."""
        self.pass_on: Callable[[Buffers], None] | None = None
        """Gets the bytes after they were written, in order, on the thread that wrote them."""
        self.on_written: Callable[[], None] | None = None
        """Is told on the loop that `written` grew."""
        self.on_room: list[Callable[[], None]] = []
        """Are told once, on the loop, that a writer that was `full` is so no longer; see `tell_of_room`."""
        self.on_failure: Callable[[BaseException], None] | None = None
        """Is told on the loop what went wrong on the thread."""
        self._target = target
        self._make = make
        self._clock = clock
        self._streamed = self._stay_threaded = streamed
        self._holding = holding
        self._holding.slow = streamed
        self._opened = False
        self._waiting: deque[_Piece] = deque()
        self._backlog = 0
        self._working: asyncio.Future[None] | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._error: BaseException | None = None

    @property
    def full(self) -> bool:
        """Whether the thread has all that may wait for it."""
        return self._backlog >= BACKLOG and self._error is None

    def tell_of_room(self, tell: Callable[[], None]) -> None:
        """Call this once when a writer that is `full` has room; however often it is asked for meanwhile."""
        if tell not in self.on_room:
            self.on_room.append(tell)

    def open_on_thread(self) -> None:
        """Make the place on the thread; what comes meanwhile waits in the backlog."""
        self._opened = True
        self._holding.slow = True
        self._work(self._make, [])

    def write(self, offset: int, buffers: Buffers, size: int) -> None:
        """Write now or soon; raises the StorageError of an earlier write that failed."""
        if self._error is not None:
            raise self._error
        if not self._holding.slow:
            self._write_now(_Piece(offset, buffers, size))
            return
        self._waiting.append(_Piece(offset, buffers, size))
        self._backlog += size
        self._go_on()

    async def idle(self) -> None:
        """Return once the thread has nothing to do; raises StorageError where something could not be done."""
        while self._working is not None and self._error is None:
            await asyncio.wait((self._working,))
        if self._error is not None:
            raise self._error

    async def drained(self) -> None:
        """Do the same, however often we are cancelled meanwhile: somebody is about to close it."""
        while self._working is not None and self._error is None:
            await self._outlast(self._working)

    async def finish(self) -> None:
        """Return once everything is written; raises StorageError where something could not be."""
        await self.idle()
        self._open()  # an empty file has not been written to

    async def close(self) -> None:
        """Drop what the thread has not begun, and wait for it, but for a stream: who reads that may never go on."""
        self._waiting.clear()
        while self._working is not None and not self._streamed:
            await self._outlast(self._working)
        if self._thread is not None:
            self._thread.shutdown(wait=False)
        self.pass_on = self.on_written = self.on_failure = None
        self.on_room.clear()

    @staticmethod
    async def _outlast(job: asyncio.Future[None]) -> None:
        """Return once the job has ended and `_worked` was told, however often we are cancelled meanwhile."""
        await ended(job)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0)

    def _open(self) -> None:
        if not self._opened:
            self._opened = True
            self._make()

    def _write_now(self, piece: _Piece) -> None:
        started = self._clock.monotonic()
        try:
            self._open()
            self._put(piece)
        except StorageError as error:
            self._error = error  # other connections hand on what they have, and there may be no place for it
            raise
        self.written.add(piece.offset, piece.offset + piece.size)
        self._holding.give_back(piece.size)
        if self._clock.monotonic() - started > SLOW:
            self._holding.slow = True
            self._stay_threaded = True
        self._tell()

    def _put(self, piece: _Piece) -> None:
        self._target.write(piece.offset, piece.buffers)
        if self.pass_on is not None:
            self.pass_on(piece.buffers)

    def _go_on(self) -> None:
        """Hand the thread all that waits, if it has nothing to do."""
        if self._working is None and self._waiting and self._error is None:
            pieces = list(self._waiting)
            self._waiting.clear()
            put: list[_Piece] = []
            self._work(lambda: self._put_all(pieces, put), put)

    def _put_all(self, pieces: list[_Piece], put: list[_Piece]) -> None:
        """Write all; on the thread, which tells by `put` how far it came."""
        self._open()
        for piece in pieces:
            self._put(piece)
            put.append(piece)

    def _work(self, job: Callable[[], None], put: list[_Piece]) -> None:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="rheo write")
        loop = asyncio.get_running_loop()
        self._working = loop.run_in_executor(self._thread, job)
        self._working.add_done_callback(lambda ended: self._worked(ended, put))

    def _worked(self, job: asyncio.Future[None], put: list[_Piece]) -> None:
        self._working = None
        self._error = self._error or job.exception()
        for piece in put:
            self.written.add(piece.offset, piece.offset + piece.size)
            self._backlog -= piece.size
        self._holding.give_back(sum(piece.size for piece in put))
        self._go_on()
        if not self._stay_threaded and not self._backlog:
            self._holding.slow = False
        self._tell()

    def _tell(self) -> None:
        if self.on_written is not None:
            self.on_written()
        if self._error is not None:
            if self.on_failure is not None:
                self.on_failure(self._error)
        elif self.on_room and not self.full:
            told, self.on_room = self.on_room, []
            for tell in told:
                tell()
