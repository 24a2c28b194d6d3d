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
from rheo.engine.writer import Writer
from rheo.transport.base import Exchange, Flow, Head

GATHER: Final = 1024 * 1024
"""Bytes that are written at once."""

MOST_DROPPED: Final = 64 * 1024
"""Bytes of an unwanted body that are read so that its connection can be used again."""

BEGINNING: Final = 512
"""Bytes of the body that are kept to tell HTML from other types."""

_GO_ON: Final = Flow.GO_ON

Accept = Callable[[Head, int | None], Writer | None]
"""Told the head and the length of the file's answer: returns who writes it, None where nobody wants it."""


class Connection:
    """The receiver of one request's answer."""

    def __init__(self, url: Url, *, accept: Accept, clock: Clock) -> None:
        self.received = 0
        """Bytes of the file that came."""
        self.length: int | None = None
        self.redirect: Url | None = None
        self.refusal: ServerError | None = None
        self.beginning = b""
        self._url = url
        self._accept = accept
        self._clock = clock
        self._exchange: Exchange
        self._writer: Writer | None = None
        self._dropped = 0
        self._chunks: list[bytes] = []
        self._gathered = 0
        self._aged = False

    def begin(self, head: Head, exchange: Exchange) -> Flow:
        """Decide what the answer is."""
        self._exchange = exchange
        answer = judge(self._url, head, self._clock.now)
        if isinstance(answer, FileAnswer):
            self.length = answer.length
            self._writer = self._accept(head, answer.length)
            if self._writer is None:
                return Flow.STOP
            self._writer.on_failure = exchange.fail
            return _GO_ON
        if isinstance(answer, Redirect):
            self.redirect = answer.url
        else:
            self.refusal = answer.error
        return _GO_ON

    def chunk(self, data: bytes) -> Flow:
        """Gather a chunk of the file, or drop one of an answer that only explains."""
        writer = self._writer
        if writer is None:
            return self._drop(len(data))
        if self._gathered >= GATHER:
            if writer.full:
                writer.on_room = self._exchange.resume
                return Flow.PAUSE
            self.flush()
        size = len(data)
        if not self.received:
            self.beginning = data[:BEGINNING]
        self._chunks.append(data)
        self._gathered += size
        self.received += size
        if self._gathered >= GATHER and not writer.full:
            self.flush()
        return _GO_ON

    def tick(self, now: float) -> None:
        """Write what has been gathered, so that a slow body is on the disk, too."""
        del now
        writer = self._writer
        if writer is None or not self._chunks or writer.full:
            self._aged = False
        elif not self._aged:
            self._aged = True  # what the next tick still finds has waited for a whole one
        else:
            writer.open(lasting=True)
            self.flush()

    def flush(self) -> None:
        """Write what has been gathered."""
        if self._chunks and self._writer is not None:
            chunks, size = self._chunks, self._gathered
            self._chunks, self._gathered, self._aged = [], 0, False
            self._writer.write(self.received - size, chunks, size)

    def _drop(self, size: int) -> Flow:
        self._dropped += size
        return _GO_ON if self._dropped <= MOST_DROPPED else Flow.STOP
