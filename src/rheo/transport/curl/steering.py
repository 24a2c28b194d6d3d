"""What a receiver has in hand of an exchange of libcurl's."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rheo.transport.curl.exchange import CurlExchange  # which is steered


class Steering:
    """One exchange as its receiver steers it; whoever uses the handle after its end is not touched."""

    __slots__ = ("_exchange", "_loop")

    def __init__(self, exchange: CurlExchange, loop: asyncio.AbstractEventLoop) -> None:
        self._exchange = exchange
        self._loop = loop

    def resume(self) -> None:
        """Let a paused body flow again, once libcurl is not in the middle of a callback."""
        self._loop.call_soon(self._resume)

    def stop(self) -> None:
        """End the exchange as a success, once libcurl is not in the middle of a callback."""
        self._loop.call_soon(self._end, None)

    def fail(self, error: BaseException) -> None:
        """End the exchange with this error, once libcurl is not in the middle of a callback."""
        self._loop.call_soon(self._end, error)

    def round_trip(self) -> float | None:
        """Return how long the handshake of TCP took; None on a connection that was open, and after the end."""
        return self._exchange.round_trip() if self._is_under_way() else None

    def _resume(self) -> None:
        if self._is_under_way():
            self._exchange.unpause()

    def _end(self, error: BaseException | None) -> None:
        if self._is_under_way():
            self._exchange.end_early(error)

    def _is_under_way(self) -> bool:
        return self._exchange.steering is self
