"""Receives one answer: judges its head, gathers its chunks, and hands them on to be written by offset.

Everything here runs inside the transport's callbacks: it asks, appends, counts and returns, and never waits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rheo.domain.errors import ServerError
from rheo.domain.url import Url
from rheo.engine.answer import FileAnswer, Redirect, judge
from rheo.engine.clock import Clock
from rheo.engine.incoming import IncomingFile
from rheo.transport.base import Exchange, Flow, Head

GATHER: Final = 1024 * 1024
"""Bytes that are written at once."""

MOST_DROPPED: Final = 64 * 1024
"""Bytes of an unwanted body that are read so that its connection can be used again."""

BEGINNING: Final = 512
"""Bytes of the body that are kept to tell HTML from other types."""

_GO_ON: Final = Flow.GO_ON

Accept = Callable[[Head, int | None], IncomingFile | None]
"""Told the head and the length of the file's answer: returns the file, None where nobody wants it."""


class Connection:
    """The receiver of one request's answer."""

    def __init__(self, url: Url, *, accept: Accept, clock: Clock) -> None:
        self.received = 0
        """Bytes of the file that came."""
        self.redirect: Url | None = None
        self.refusal: ServerError | None = None
        self.beginning = b""
        self._url = url
        self._accept = accept
        self._clock = clock
        self._exchange: Exchange
        self._file: IncomingFile | None = None
        self._dropped = 0
        self._chunks: list[bytes] = []
        self._gathered = 0
        self._aged = False

    def begin(self, head: Head, exchange: Exchange) -> Flow:
        """Decide what the answer is."""
        self._exchange = exchange
        answer = judge(self._url, head, self._clock.now)
        if isinstance(answer, FileAnswer):
            self._file = self._accept(head, answer.length)
            if self._file is None:
                return Flow.STOP
            self._file.on_failure = exchange.fail
            return _GO_ON
        if isinstance(answer, Redirect):
            self.redirect = answer.url
        else:
            self.refusal = answer.error
        return _GO_ON

    def chunk(self, data: bytes) -> Flow:
        """Gather a chunk of the file, or drop one of an answer that only explains."""
        file = self._file
        if file is None:
            return self._drop(len(data))
        if self._gathered >= GATHER and not self._flushed(file):
            return Flow.PAUSE
        if not self.received:
            self.beginning = data[:BEGINNING]
        size = len(data)
        self._chunks.append(data)
        self._gathered += size
        self.received += size
        return _GO_ON

    def tick(self, now: float) -> None:
        """Write what has waited for a whole tick, so that a slow body is on the disk, too."""
        del now
        if self._file is None or not self._chunks:
            self._aged = False
        elif self._aged:
            self._flushed(self._file)
        else:
            self._aged = True

    def rest(self) -> tuple[int, list[bytes]]:
        """Give away what is gathered: its offset, and the chunks."""
        chunks, size = self._chunks, self._gathered
        self._chunks, self._gathered, self._aged = [], 0, False
        return self.received - size, chunks

    def _flushed(self, file: IncomingFile) -> bool:
        """Write what is gathered; False where that must wait, and then the exchange is resumed when it need not."""
        if file.has_room(self._exchange.resume):
            file.write(*self.rest())
            return True
        return False

    def _drop(self, size: int) -> Flow:
        self._dropped += size
        return _GO_ON if self._dropped <= MOST_DROPPED else Flow.STOP
