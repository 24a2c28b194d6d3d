"""The transport on libcurl, which moves bytes and decides nothing by itself.

Redirects, proxies, names, credentials and the environment are ours: every option that would let libcurl choose
is set, on each handle, before its first request. One handle serves one exchange at a time and is used again.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self

import pycurl

from rheo.domain.result import Timings
from rheo.domain.url import Url
from rheo.transport.base import Flow, Head, Outcome, Receiver, Request
from rheo.transport.curl_errors import translate
from rheo.transport.headers import parse_head
from rheo.transport.resolver import Resolver
from rheo.transport.trust import trust_store
from rheo.transport.watch import Watch

BUFFER_SIZE: Final = 512 * 1024
"""What libcurl reads from a socket at once; it still hands over at most 16 KiB a call."""

LOOK_INTERVAL: Final = 0.1
"""Seconds between two looks at the deadlines of all exchanges."""

IDLE_CONNECTIONS: Final = 128
IDLE_HANDLES: Final = 64
_ABORT: Final = -1
_BLANK: Final = (b"\r\n", b"\n")
_GO_ON: Final = Flow.GO_ON
_STOP: Final = Flow.STOP


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


class CurlExchange:
    """One libcurl handle and the answer that it is bringing.

    The callbacks may count, append and ask; they must not raise, and may not touch a handle (libcurl is in
    the middle of it). What goes wrong in them is kept in `failure` and raised by the one who awaits.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, end: Callable[[CurlExchange], None]) -> None:
        """`end` takes the exchange out of libcurl, once its `failure` is set."""
        self._loop = loop
        self._end = end
        self.steering: Steering | None = None
        """What the receiver of this answer has in hand; None without an answer."""
        self.handle = pycurl.Curl()
        self.url: Url
        self.failure: BaseException | None = None
        self.stopped = False
        self.over: asyncio.Future[pycurl.Curl]
        """Is done when libcurl is, or has been told to stop."""
        self._set_up: tuple[object, ...] = ()
        self._receiver: Receiver | None = None
        self._lines: list[bytes] = []
        self._head: Head | None = None
        self._paused = False
        self._watch: Watch
        self._fix_options()

    def prepare(self, request: Request, receiver: Receiver, addresses: tuple[str, ...], trusted: str | None) -> None:
        """Set the handle up for one request."""
        url = request.url
        self.url = url
        self.failure = None
        self.stopped = self._paused = False
        self._receiver = receiver
        self._lines.clear()
        self._head = None
        self._watch = Watch(request.deadlines)
        set_up = (trusted, request.headers, request.deadlines, request.multiplexed)
        if set_up != self._set_up:
            self._set_up = set_up
            self._configure(request, trusted)
        if addresses != (url.host,):
            # libcurl takes this in once and forgets it after a minute: told each time, it never asks its own resolver.
            numbers = ",".join(f"[{address}]" if ":" in address else address for address in addresses)
            self.handle.setopt(pycurl.RESOLVE, [f"+{url.host}:{url.port}:{numbers}"])
        self.handle.setopt(pycurl.URL, url.text)

    def outcome(self, lookup: float | None) -> Outcome:
        """Return what came, once it has ended well."""
        if self._head is None:
            self._begin()  # there was no body
        if self._head is None:
            raise translate(pycurl.E_GOT_NOTHING, "the answer has no final status", self.url)
        fresh = self.handle.getinfo(pycurl.NUM_CONNECTS) > 0
        timings = Timings(
            name_lookup=lookup,
            connect=self.handle.getinfo(pycurl.CONNECT_TIME) if fresh else None,
            tls=self.handle.getinfo(pycurl.APPCONNECT_TIME) if fresh and self.url.scheme == "https" else None,
            first_byte=self.handle.getinfo(pycurl.STARTTRANSFER_TIME),
        )
        return Outcome(head=self._head, timings=timings)

    def forget(self) -> None:
        """Let go of the receiver, and of its hold on us; the handle waits for its next request."""
        self._receiver = self.steering = None

    def alive(self, now: float) -> bool:
        """Look at the deadlines and remind the receiver of the time; on False `failure` says what passed."""
        assert self._receiver is not None
        try:
            if self._head is None:
                self._begin()  # the body may be long in coming
            self._receiver.tick(now)
        except BaseException as failure:  # noqa: BLE001  (kept, and raised by the one who awaits)
            self.failure = failure
            return False
        if self.stopped:
            return False
        answered = self._head is not None
        sent = answered or self.handle.getinfo(pycurl.PRETRANSFER_TIME) > 0
        received = self.handle.getinfo(pycurl.SIZE_DOWNLOAD_T)
        error = self._watch.look(now, sent=sent, answered=answered, received=received, paused=self._paused)
        if error is not None:
            self.failure = type(error)(f"{self.url.origin}: {error.message}")
        return error is None

    def round_trip(self) -> float | None:
        """Return how long the handshake of TCP took; None on a connection that was open."""
        if not self.handle.getinfo(pycurl.NUM_CONNECTS):
            return None
        return float(self.handle.getinfo(pycurl.CONNECT_TIME))

    def end_early(self, error: BaseException | None) -> None:
        """End with this error, or as a success; one that has ended just now is not touched."""
        if self.over.done():
            return
        self.failure = error
        self.stopped = error is None
        self._end(self)

    def unpause(self) -> None:
        """Let a paused body flow again."""
        if not self._paused:
            return
        self._paused = False
        try:
            self.handle.pause(pycurl.PAUSE_CONT)
        except pycurl.error:
            self._end(self)  # the receiver failed or stopped within the call

    def _on_body(self, data: bytes) -> int | None:
        try:
            if self._head is None:
                self._begin()
            flow = _STOP if self.stopped else self._receiver.chunk(data)  # type: ignore[union-attr]  # set while added
        except BaseException as failure:  # noqa: BLE001  (pycurl would print it and go on)
            self.failure = failure
            return _ABORT
        if flow is _GO_ON:
            return None
        if flow is Flow.PAUSE:
            self._paused = True
            return int(pycurl.WRITEFUNC_PAUSE)
        self.stopped = True
        return _ABORT

    def _begin(self) -> None:
        """Hand over the head, if it has come: the lines since the last status line, as interim answers come before."""
        lines = self._lines
        if not lines or lines[-1] not in _BLANK:
            return
        start = max(index for index, line in enumerate(lines) if index == 0 or line.startswith(b"HTTP/"))
        head = parse_head(lines[start:-1])
        if head.status < 200:  # noqa: PLR2004  (RFC 9110, 15.2: interim answers)
            return
        self._head = head
        assert self._receiver is not None
        self.steering = Steering(self, self._loop)
        self.stopped = self._receiver.begin(head, self.steering) is _STOP

    def _fix_options(self) -> None:
        """Take every decision away from libcurl, once for all requests of this handle."""
        option = self.handle.setopt
        option(pycurl.HEADERFUNCTION, self._lines.append)
        option(pycurl.WRITEFUNCTION, self._on_body)
        option(pycurl.NOSIGNAL, 1)
        option(pycurl.FOLLOWLOCATION, 0)
        option(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        option(pycurl.PROXY, "")
        option(pycurl.NOPROXY, "")
        option(pycurl.NETRC, pycurl.NETRC_IGNORED)
        option(pycurl.PATH_AS_IS, 1)
        option(pycurl.HTTP09_ALLOWED, 0)
        option(pycurl.SSL_VERIFYPEER, 1)
        option(pycurl.SSL_VERIFYHOST, 2)
        option(pycurl.BUFFERSIZE, BUFFER_SIZE)
        option(pycurl.TCP_KEEPALIVE, 1)

    def _configure(self, request: Request, trusted: str | None) -> None:
        option = self.handle.setopt
        option(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in request.headers])
        option(pycurl.CONNECTTIMEOUT_MS, max(1, round(request.deadlines.connect * 1000)))
        version = pycurl.CURL_HTTP_VERSION_2TLS if request.multiplexed else pycurl.CURL_HTTP_VERSION_1_1
        option(pycurl.HTTP_VERSION, version)
        option(pycurl.PIPEWAIT, int(request.multiplexed))
        if trusted is not None:
            option(pycurl.CAINFO, trusted)
