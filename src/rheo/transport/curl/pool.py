"""The connections and handles of one identity, apart from those of all others."""

from __future__ import annotations

import asyncio
from typing import Final, NamedTuple

import pycurl

from rheo.transport.curl.exchange import CurlExchange, Identity
from rheo.transport.curl.multi import Multi
from rheo.transport.reads import Reads

KEPT_CONNECTIONS: Final = 128
"""Connections that are open in all before an idle one is closed, the one that was not used for longest."""
SPARE_CONNECTIONS: Final = 64
"""Idle ones that there may be in any case, beside as many as were ever in use at once."""
IDLE_HANDLES: Final = 64
"""Handles that wait for a request; one that is closed takes no connection with it."""


class Keeping(NamedTuple):
    """How long a connection is kept, in seconds."""

    idle: float = 118.0
    """Without a request."""
    age: float | None = None
    """Since it was made; None: for ever."""


class Pool:
    """Hands out handles; libcurl keeps the connections of its own multi, and none of another one's.

    So it does with TLS sessions, which all handles of a multi share: of each host the last of TLS 1.2, or the last two
    tickets of TLS 1.3, each used once (RFC 8446, C.4). A share of libcurl's holds no more, and would cross identities.
    """

    def __init__(self, identity: Identity, trusted: str | None, keeping: Keeping, reads: Reads) -> None:
        """`trusted` is the file of certificates to trust; None where nothing is encrypted, or a folder says it.

        `reads` bounds what all exchanges of all pools read at once.
        """
        self.active = 0
        """Handles in use."""
        self.used = 0.0
        """When one was last taken, in the loop's time."""
        self._identity = identity
        self._trusted = trusted
        self._keeping = keeping
        self._reads = reads
        self._idle: list[CurlExchange] = []
        self._multi = Multi()
        self._multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
        self._kept = 0
        self._keep(KEPT_CONNECTIONS)

    def close(self) -> None:
        """Close all connections and handles."""
        self._multi.close()
        for exchange in self._idle:
            exchange.handle.close()

    def take(self, *, anew: bool = False) -> CurlExchange:
        """Return a handle that nobody uses; `anew` one that nobody used before."""
        loop = asyncio.get_running_loop()
        exchange = self._idle.pop() if self._idle and not anew else self._made(loop)
        self.active += 1
        if self.active + SPARE_CONNECTIONS > self._kept:
            self._keep(self.active + 2 * SPARE_CONNECTIONS)
        self.used = loop.time()
        return exchange

    def give_back(self, exchange: CurlExchange) -> None:
        """Keep the handle for the next request; one whose login was refused would show it twice from then on."""
        self.active -= 1
        exchange.forget()
        if len(self._idle) < IDLE_HANDLES and not exchange.logins.refused:
            self._idle.append(exchange)

    def begin(self, exchange: CurlExchange) -> None:
        """Have libcurl perform it; `exchange.over` is done at its end."""
        exchange.over = self._multi.add(exchange.handle)

    def end(self, exchange: CurlExchange) -> None:
        """End an exchange that was stopped, whose `failure` is known, or that nobody awaits, unless it has ended."""
        if exchange.under_way:
            self._multi.remove(exchange.handle)

    def _keep(self, count: int) -> None:
        """Have libcurl keep so many connections: it counts those in use as well, and would have no idle one left."""
        self._kept = count
        self._multi.setopt(pycurl.M_MAXCONNECTS, count)

    def _made(self, loop: asyncio.AbstractEventLoop) -> CurlExchange:
        exchange = CurlExchange(self._identity, self._trusted, loop=loop, reads=self._reads, end=self.end)
        exchange.handle.setopt(pycurl.MAXAGE_CONN, max(1, round(self._keeping.idle)))
        if self._keeping.age is not None:
            exchange.handle.setopt(pycurl.MAXLIFETIME_CONN, max(1, round(self._keeping.age)))
        return exchange
