"""Receives an answer that may be coded, and hands its Connection the file's own bytes.

It stands between transport and connection only where a coding was asked for: all others pay nothing for it.
"""

from __future__ import annotations

from typing import Final

from rheo.engine.answers.decoding import Decoder
from rheo.engine.requests.connection import Connection
from rheo.transport.base import Exchange, Flow, Head

_GO_ON: Final = Flow.GO_ON


class Unpacking:
    """The receiver before a connection's own; what is not to be unpacked passes as it is."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._decoder: Decoder | None = None
        """None where nothing is to be unpacked."""
        self._refused = b""
        """A portion that the connection had no room for."""
        self._fed = 0
        """Bytes of the chunk that will come again, and that the decoder has."""

    def begin(self, head: Head, exchange: Exchange) -> Flow:
        """Let the connection decide what the answer is."""
        flow = self._connection.begin(head, exchange)
        intake = self._connection.intake
        if intake is not None and intake.coding is not None:
            self._decoder = Decoder(intake.coding, source=str(self._connection.ask.url.origin))
        return flow

    def chunk(self, data: bytes) -> Flow:
        """Unpack the body's next bytes, and hand them on."""
        decoder = self._decoder
        if decoder is None:
            return self._connection.chunk(data)
        decoder.feed(data[self._fed :])
        portion, self._refused, self._fed = self._refused or decoder.next(), b"", 0
        while portion:
            flow = self._connection.chunk(portion)
            if flow is Flow.PAUSE:
                self._refused, self._fed = portion, len(data)
            if flow is not _GO_ON:
                return flow
            portion = decoder.next()
        return _GO_ON

    def tick(self, now: float) -> None:
        """Let the connection write what has waited."""
        self._connection.tick(now)

    def finish(self) -> None:
        """Raise TruncatedBodyError where the body ended before its coding did."""
        if self._decoder is not None:
            self._decoder.finish()
