"""The transport on libcurl, which moves bytes and decides nothing by itself.

Redirects, proxies, names, credentials and the environment are ours. One handle serves one exchange at a time and is
used again.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, Self

import pycurl

from rheo.domain.connection_counts import ConnectionCounts
from rheo.domain.errors import ConnectTimeoutError, FirstByteTimeoutError
from rheo.domain.login import Login
from rheo.domain.network import Route
from rheo.domain.url import Url
from rheo.transport.addresses import Addresses, Place
from rheo.transport.base import Outcome, Receiver, Request
from rheo.transport.curl.counting import Counting
from rheo.transport.curl.exchange import CurlExchange, Identity
from rheo.transport.curl.logins import StaleLoginError
from rheo.transport.curl.options import check, resolve
from rheo.transport.curl.pool import Keeping, Pool
from rheo.transport.reads import Reads
from rheo.transport.trust import trust_store

LOOK_INTERVAL: Final = 0.1
"""Seconds between two looks at the deadlines of all exchanges."""

SILENCE: Final = 5.0
"""Seconds that a handshake with an address may take that has never answered, where its host has another one.

In the spirit of RFC 8305.
"""

MOST_POOLS: Final = 32
"""Identities whose connections are kept; of those not in use the one goes that was not for longest."""


MEMORY: Final = 8 * 1024 * 1024


class CurlTransport:
    """Fetches over HTTP/1.1, HTTP/2 and HTTP/3; open it on the loop that it is to live on."""

    def __init__(self, *, addresses: Addresses, keeping: Keeping | None = None, memory: int = MEMORY) -> None:
        """`memory` is how many bytes all reads together may leave in memory, where bodies are held up."""
        self._addresses = addresses
        self._keeping = keeping or Keeping()
        self._reads = Reads(memory)
        self._counting = Counting()
        self._pools: dict[Identity, Pool] = {}
        self._active: dict[CurlExchange, Pool] = {}
        self._trusted: dict[Path | None, str] = {}
        """Files of certificates by the setting that names them."""
        self._watching: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._watching is not None:
            self._watching.cancel()
        for pool in self._pools.values():
            pool.close()

    @property
    def connections(self) -> ConnectionCounts:
        """What came of the requests so far; any thread may ask, also after the end."""
        return self._counting.counts

    def check(self, login: Login) -> None:
        """Raise UnsupportedError where this libcurl cannot log in like that."""
        check(login)

    def knows(self, url: Url, route: Route) -> bool:
        """Whether a fetch would not begin with a lookup."""
        return self._addresses.known(url, route)

    def met(self, url: Url, route: Route) -> bool:
        """Whether it would have begun without, now or before."""
        return self._addresses.met(url, route)

    async def look_up(self, url: Url, route: Route) -> None:
        """Look up who is connected to, and remember it."""
        await self._addresses.look_up(url, route)

    async def fetch(self, request: Request, receiver: Receiver) -> Outcome:
        """Ask, and push the answer to the receiver until its end."""
        url, route = request.url, request.route
        places = await self._addresses.of(url, route, request.alternative)
        addresses = places[route.first_place(url)]
        if len(addresses) == 1 or not (request.repeatable and self._suspects(addresses)):
            return await self._fetch(request, receiver, places)
        hasty = replace(request, deadlines=request.deadlines.hastier(SILENCE))
        try:
            return await self._fetch(hasty, receiver, places)
        except (ConnectTimeoutError, FirstByteTimeoutError):
            others = await self._addresses.of(url, route, request.alternative)
            if others == places:
                raise
        return await self._fetch(request, receiver, others)

    def _suspects(self, addresses: tuple[str, ...]) -> bool:
        """Whether none of several addresses has answered yet, not even with a body that is still under way."""
        if not self._addresses.suspects(addresses):
            return False
        return not any(exchange.answered_by in addresses for exchange in self._active)

    async def _fetch(self, request: Request, receiver: Receiver, places: Mapping[Place, tuple[str, ...]]) -> Outcome:
        try:
            return await self._fetch_once(request, receiver, places)
        except StaleLoginError:
            return await self._fetch_once(request, receiver, places, anew=True)

    async def _fetch_once(
        self, request: Request, receiver: Receiver, places: Mapping[Place, tuple[str, ...]], *, anew: bool = False
    ) -> Outcome:
        """Ask; `anew` with a handle that knows of no login yet. Raises StaleLoginError where that may help."""
        url, route = request.url, request.route
        resolved = [resolve(*place, addresses) for place, addresses in places.items() if addresses != place[:1]]
        pool = self._pool(request)
        exchange = pool.take(anew=anew or not (request.login is None or request.plain))
        try:
            if len(self._pools) > MOST_POOLS:
                self._make_room()
            exchange.prepare(request, receiver, resolved)
            self._watch(exchange, pool)
            outcome = await self._counted(pool, exchange, lookup=self._addresses.seconds(url, route))
        except (ConnectTimeoutError, FirstByteTimeoutError):
            address = exchange.address()
            if address in places[route.first_place(url)]:  # it accepted the connection
                assert address is not None
                self._addresses.silent(address)
            raise
        finally:
            self._active.pop(exchange, None)
            pool.give_back(exchange)
        if outcome.address is not None:
            self._addresses.answered(outcome.address)
        return outcome

    def _watch(self, exchange: CurlExchange, pool: Pool) -> None:
        """Have the deadlines of an exchange looked at until its end."""
        self._active[exchange] = pool
        if self._watching is None:
            self._watching = asyncio.get_running_loop().call_later(LOOK_INTERVAL, self._look)

    async def _counted(self, pool: Pool, exchange: CurlExchange, *, lookup: float | None) -> Outcome:
        try:
            await self._perform(pool, exchange)
            outcome = exchange.outcome(lookup)
        except BaseException as error:
            self._counting.failed(exchange.handle, error)
            raise
        self._counting.ended(fresh=outcome.fresh)
        return outcome

    async def _perform(self, pool: Pool, exchange: CurlExchange) -> None:
        pool.begin(exchange)
        try:
            await exchange.over
        except pycurl.error as error:
            if exchange.stopped:
                return
            if exchange.failure is None:
                raise exchange.translated(error) from error
        except asyncio.CancelledError:
            # Either we are cancelled, or the handle was removed, which cancels the future that is awaited above.
            pool.end(exchange)
            if _cancelled() or (exchange.failure is None and not exchange.stopped):
                raise
        if exchange.failure is not None:
            raise exchange.failure

    def _look(self) -> None:
        """End the exchanges whose deadline has passed, and let the receivers know that time does."""
        loop = asyncio.get_running_loop()
        self._watching = loop.call_later(LOOK_INTERVAL, self._look) if self._active else None
        for exchange, pool in list(self._active.items()):
            if not exchange.alive(loop.time()):
                pool.end(exchange)

    def _pool(self, request: Request) -> Pool:
        """Return the connections that this request may use."""
        identity = Identity(request.route, request.login, request.url.scheme == "https")
        pool = self._pools.get(identity)
        if pool is None:
            pool = self._pools[identity] = Pool(identity, self._trust(identity), self._keeping, self._reads)
        return pool

    def _make_room(self) -> None:
        """Close the connections of identities that nobody uses any more."""
        while len(self._pools) > MOST_POOLS:
            idle = [identity for identity, pool in self._pools.items() if not pool.active]
            if not idle:
                return
            self._pools.pop(min(idle, key=lambda identity: self._pools[identity].used)).close()

    def _trust(self, identity: Identity) -> str | None:
        """Return the certificates to trust, where a certificate will be shown and no folder says which to trust."""
        route = identity.route
        shown = identity.encrypted or (route.proxy is not None and route.proxy.scheme == "https")
        if not shown or (route.tls.ca_dir is not None and route.tls.ca_file is None):
            return None
        if route.tls.ca_file not in self._trusted:
            self._trusted[route.tls.ca_file] = trust_store(route.tls.ca_file, os.environ)
        return self._trusted[route.tls.ca_file]


def _cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
