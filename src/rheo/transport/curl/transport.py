"""The transport on libcurl, which moves bytes and decides nothing by itself.

Redirects, proxies, names, credentials and the environment are ours. One handle serves one exchange at a time and is
used again.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Final, Self

import pycurl

from rheo.domain.url import Url
from rheo.transport.base import Outcome, Receiver, Request
from rheo.transport.curl.errors import translate
from rheo.transport.curl.exchange import CurlExchange
from rheo.transport.resolver import Resolver
from rheo.transport.trust import trust_store

LOOK_INTERVAL: Final = 0.1
"""Seconds between two looks at the deadlines of all exchanges."""

IDLE_CONNECTIONS: Final = 128
IDLE_HANDLES: Final = 64


class CurlTransport:
    """Fetches over HTTP/1.1 and HTTP/2; open it on the loop that it is to live on."""

    def __init__(self, *, resolver: Resolver, ca_file: Path | None) -> None:
        self._resolver = resolver
        self._ca_file = ca_file
        self._trusted: str | None = None
        self._idle: list[CurlExchange] = []
        self._active: set[CurlExchange] = set()
        self._watching: asyncio.TimerHandle | None = None
        self._multi: pycurl.AsyncCurlMulti

    async def __aenter__(self) -> Self:
        self._multi = pycurl.AsyncCurlMulti()
        self._multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
        self._multi.setopt(pycurl.M_MAXCONNECTS, IDLE_CONNECTIONS)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._watching is not None:
            self._watching.cancel()
        await self._multi.aclose()
        for exchange in self._idle:
            exchange.handle.close()

    def knows(self, url: Url) -> bool:
        """Whether a fetch would not begin with a lookup."""
        return self._resolver.known(url.host) is not None

    async def look_up(self, url: Url) -> None:
        """Look the host's name up, and remember it."""
        await self._resolver.resolve(url.host)

    async def fetch(self, request: Request, receiver: Receiver) -> Outcome:
        """Ask, and push the answer to the receiver until its end."""
        host = request.url.host
        loop = asyncio.get_running_loop()
        addresses = self._resolver.known(host) or await self._resolver.resolve(host)
        exchange = self._idle.pop() if self._idle else CurlExchange(loop, self._end)
        exchange.prepare(request, receiver, addresses, self._trust(request.url))
        self._active.add(exchange)
        if self._watching is None:
            self._watching = loop.call_later(LOOK_INTERVAL, self._look)
        try:
            await self._perform(exchange)
            return exchange.outcome(self._resolver.seconds(host))
        finally:
            self._active.discard(exchange)
            exchange.forget()
            if len(self._idle) < IDLE_HANDLES:
                self._idle.append(exchange)

    async def _perform(self, exchange: CurlExchange) -> None:
        exchange.over = self._multi.add_handle(exchange.handle)
        try:
            await exchange.over
        except pycurl.error as error:
            if exchange.stopped:
                return
            if exchange.failure is None:
                code, message = error.args
                raise translate(code, message, exchange.url) from error
        except asyncio.CancelledError:
            # Either we are cancelled, or `_end` removed the handle, which cancels the future that is awaited above.
            if _cancelled() or (exchange.failure is None and not exchange.stopped):
                raise
        if exchange.failure is not None:
            raise exchange.failure

    def _look(self) -> None:
        """End the exchanges whose deadline has passed, and let the receivers know that time does."""
        loop = asyncio.get_running_loop()
        self._watching = loop.call_later(LOOK_INTERVAL, self._look) if self._active else None
        for exchange in list(self._active):
            if not exchange.alive(loop.time()):
                self._end(exchange)

    def _end(self, exchange: CurlExchange) -> None:
        """End an exchange that was stopped or whose `failure` is known, unless it has ended just now."""
        if exchange in self._active and not exchange.over.done():
            self._multi.remove_handle(exchange.handle)

    def _trust(self, url: Url) -> str | None:
        if url.scheme != "https":
            return None
        if self._trusted is None:
            self._trusted = trust_store(self._ca_file, os.environ)
        return self._trusted


def _cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
