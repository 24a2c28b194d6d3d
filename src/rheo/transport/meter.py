"""How many bytes of bodies may be taken now: counted where they come, and told by whoever keeps the limits."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rheo.transport.base import Exchange  # which is held


class Meter:
    """Counts the bytes that some exchanges take, and holds those up that come to the stop.

    A body that is held up is left in its socket, so that the sender slows; libcurl has at most one read of it.
    """

    __slots__ = ("held", "more", "read", "stop", "taken")

    def __init__(self, more: Callable[[], bool] | None = None) -> None:
        """`more` is asked at the stop, in a callback of the transport, whether that may be passed; it moves it then."""
        self.taken = 0
        """Bytes so far."""
        self.stop = inf
        """Where `taken` is to end for now: the chunk that gets there is the last one."""
        self.read: int | None = None
        """Bytes that one read from a socket is to take at the most; None: as many as suit the line."""
        self.held: dict[Exchange, None] = {}
        """Those that wait for the stop to move, who waits longest first."""
        self.more = more

    def full(self, exchange: Exchange) -> bool:
        """Whether nothing more may be taken now; the exchange is held up then. Asked at the stop alone."""
        if self.more is not None and self.more():
            return False
        self.held[exchange] = None
        return True

    def release(self) -> None:
        """Let the bodies flow that were held up."""
        held, self.held = self.held, {}
        for exchange in held:
            exchange.resume()
