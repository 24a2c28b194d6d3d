"""One libcurl handle, and the answer that it is bringing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import pycurl

from rheo.domain.errors import ConnectionLostError, ProxyLoginError, SettingsError
from rheo.domain.login import Login
from rheo.domain.network import Route
from rheo.domain.result import Timings
from rheo.domain.url import Url
from rheo.transport.base import Flow, Head, Outcome, Receiver, Request
from rheo.transport.curl.errors import Told, translate
from rheo.transport.curl.logins import UNAUTHORIZED, Logins
from rheo.transport.curl.options import configure, fix
from rheo.transport.curl.reading import Reading
from rheo.transport.curl.sockets import hold_little, peer_of
from rheo.transport.curl.steering import Steering
from rheo.transport.headers import parse_head
from rheo.transport.meter import Meter
from rheo.transport.reads import Reads
from rheo.transport.watch import Stage, Watch

if TYPE_CHECKING:
    from rheo.transport.curl.handshake import Handshake

_ABORT: Final = -1
_OPENED: Final = 0
"""CURL_SOCKOPT_OK."""
_BLANK: Final = (b"\r\n", b"\n")
_GO_ON: Final = Flow.GO_ON
_STOP: Final = Flow.STOP
_PROXY_LOGIN: Final = 407


class Identity(NamedTuple):
    """What all requests over one connection share besides the host: connections of another one are never used."""

    route: Route
    login: Login | None
    encrypted: bool


class CurlExchange:
    """One libcurl handle and the answer that it is bringing.

    The callbacks may count, append and ask; they must not raise, and may not touch a handle (libcurl is in
    the middle of it). What goes wrong in them is kept in `failure` and raised by the one who awaits.
    """

    def __init__(
        self,
        identity: Identity,
        trusted: str | None,
        *,
        loop: asyncio.AbstractEventLoop,
        reads: Reads,
        end: Callable[[CurlExchange], None],
    ) -> None:
        """Share in what all exchanges read at once; `end` takes this one out of libcurl, once its `failure` is set."""
        self.identity = identity
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
        self._set_up: Request | None = None
        self.logins = Logins(identity.login, identity.route.proxy)
        self._receiver: Receiver | None = None
        self._lines: list[bytes] = []
        self._head: Head | None = None
        self._paused = False
        self._meter = Meter()
        self._reading = Reading(self.handle, reads)
        self._sockets: list[int] = []
        """Those that were opened for this exchange."""
        self._peer: str | None = None
        """Who accepted a connection, before libcurl says so."""
        self._watch: Watch
        self._handshake: Handshake | None = None
        """What listens to it; None where nobody wants to know."""
        fix(self.handle, identity.route, identity.login, trusted)
        self._listen()

    def prepare(self, request: Request, receiver: Receiver, resolved: list[str]) -> None:
        """Set the handle up for one request; `resolved` tells libcurl the addresses of hosts."""
        url = request.url
        self.url = url
        self.failure = None
        self.stopped = self._paused = False
        self._receiver = receiver
        self._lines.clear()
        self._sockets.clear()
        self._head = self._peer = None
        self._watch = Watch(request.deadlines)
        self._meter = request.meter or Meter()
        self._reading.begin(self._meter, shared=request.shared)
        self._reading.fit_window()
        if request != self._set_up:
            self._set_up = None  # where this fails, nobody knows what the handle would send
            configure(self.handle, request)
            self._inspect(wanted=request.inspected)
            self._set_up = request
        if resolved:
            self.handle.setopt(pycurl.RESOLVE, resolved)
        self.handle.setopt(pycurl.URL, url.text)

    def outcome(self, lookup: float | None) -> Outcome:
        """Return what came, once it has ended well."""
        if self._head is None:
            self._begin()  # there was no body
        if self._head is None:
            raise ConnectionLostError(f"{self.url.origin}: the answer has no final status")
        fresh = self.handle.getinfo(pycurl.NUM_CONNECTS) > 0
        timings = Timings(
            name_lookup=lookup,
            connect=self.handle.getinfo(pycurl.CONNECT_TIME) if fresh else None,
            tls=self.handle.getinfo(pycurl.APPCONNECT_TIME) if fresh and self.url.scheme == "https" else None,
            first_byte=self.handle.getinfo(pycurl.STARTTRANSFER_TIME),
        )
        handshake = self._handshake if self.url.scheme == "https" else None
        return Outcome(
            head=self._head,
            timings=timings,
            address=self.address(),
            fresh=fresh,
            port=self.handle.getinfo(pycurl.PRIMARY_PORT) or None,
            tls=None if handshake is None else handshake.session(),
        )

    def address(self) -> str | None:
        """Return the address of the machine at the other end; None where there is no connection."""
        address: str | None = self.handle.getinfo(pycurl.PRIMARY_IP)
        return address or self._peer

    @property
    def answered_by(self) -> str | None:
        """The address that the head of the answer came from; None before it."""
        return None if self._head is None else self.address()

    @property
    def under_way(self) -> bool:
        """Whether somebody waits for its end."""
        return self._receiver is not None

    def translated(self, error: pycurl.error) -> Exception:
        """Return our error for libcurl's, which ended this exchange."""
        code, message = error.args
        if code == pycurl.E_INTERFACE_FAILED:
            return SettingsError(f"interface = {self.identity.route.interface}: no connection can leave from there")
        errno = self.handle.getinfo(pycurl.OS_ERRNO)
        failure = translate(code, message, self.url, self._told_by_proxy(), errno=errno)
        proxy = self.identity.route.proxy
        return self.logins.barred(proxy) if proxy is not None and isinstance(failure, ProxyLoginError) else failure

    def _listen(self) -> None:
        """Have libcurl hand over what comes."""
        self.handle.setopt(pycurl.HEADERFUNCTION, self._lines.append)
        self.handle.setopt(pycurl.WRITEFUNCTION, self._on_body)
        self.handle.setopt(pycurl.SOCKOPTFUNCTION, self._on_socket)

    def _inspect(self, *, wanted: bool) -> None:
        """Listen to the handshakes of this handle, or no more."""
        if wanted and self._handshake is None:
            from rheo.transport.curl.handshake import Handshake  # noqa: PLC0415  (no download needs it)

            self._handshake = Handshake(self.handle)
            self._handshake.begin()
        elif not wanted and self._handshake is not None:
            self._handshake.end()
            self._handshake = None

    def _told_by_proxy(self) -> Told | None:
        proxy = self.identity.route.proxy
        if proxy is None:
            return None
        info = self.handle.getinfo
        return Told(proxy, status=info(pycurl.HTTP_CONNECTCODE), socks=info(pycurl.PROXY_ERROR))

    def forget(self) -> None:
        """Let go of the receiver, and of its hold on us; the handle waits for its next request."""
        self._receiver = self.steering = None
        self._reading.end()

    def alive(self, now: float) -> bool:
        """Look at the deadlines and remind the receiver of the time; on False `failure` says what passed."""
        assert self._receiver is not None
        try:
            if self._head is None:
                self._begin(early=True)  # the body may be long in coming
            self._receiver.tick(now)
        except BaseException as failure:  # noqa: BLE001  (kept, and raised by the one who awaits)
            self.failure = failure
            return False
        if self.stopped:
            return False
        self._fit_window()
        stage = self._stage()
        moved = self.handle.getinfo(pycurl.SIZE_DOWNLOAD_T if stage is Stage.ANSWERED else pycurl.SIZE_UPLOAD_T)
        if stage is Stage.ANSWERED and not self._paused:  # what is held up says nothing of the line
            self._reading.measure(moved, now, round_trip=self.round_trip())
        elif stage is not Stage.ANSWERED:
            self._reading.fit()  # more may have begun since: its first read is to be no more than its part, too
        error = self._watch.look(now, stage, moved=moved, paused=self._paused)
        if error is not None:
            self.failure = type(error)(f"{self._whom()}: {error.message}")
        return error is None

    def _whom(self) -> str:
        """Return who is waited for, in words: before a tunnel stands it is the proxy."""
        proxy = self.identity.route.proxy
        waits = proxy is not None and self._head is None and not self.handle.getinfo(pycurl.PRETRANSFER_TIME)
        return f"{self.url.origin}, by way of the proxy {proxy}" if waits else str(self.url.origin)

    def _stage(self) -> Stage:
        if self._head is not None:
            return Stage.ANSWERED
        if self.handle.getinfo(pycurl.PRETRANSFER_TIME) > 0:
            return Stage.ASKED
        self._peer = self._peer or peer_of(self._sockets)
        return Stage.CONNECTING if self._peer is None else Stage.SECURING

    def round_trip(self) -> float | None:
        """Return how long the handshake of TCP took; None on a connection that was open."""
        fresh = self.handle.getinfo(pycurl.NUM_CONNECTS) > 0
        return float(self.handle.getinfo(pycurl.CONNECT_TIME)) if fresh else None

    def end_early(self, error: BaseException | None) -> None:
        """End with this error, or as a success; one that has ended just now is not touched."""
        if self.over.done():
            return
        self.failure, self.stopped = error, error is None
        self._end(self)

    def unpause(self) -> None:
        """Let a paused body flow again."""
        if not self._paused:
            return
        self._paused = False
        self._reading.fit()
        try:
            self.handle.pause(pycurl.PAUSE_CONT)
            self._fit_window()
        except pycurl.error:
            self._end(self)  # the receiver failed or stopped within the call

    def _fit_window(self) -> None:
        if not self._paused:  # libcurl pauses by that option: it would never go on
            self._reading.fit_window()

    def _on_socket(self, descriptor: int, _purpose: int) -> int:
        self._sockets.append(descriptor)
        hold_little(descriptor)
        return _OPENED

    def _on_body(self, data: bytes) -> int | None:
        try:
            if self._head is None:
                self._begin()
            meter = self._meter
            if meter.taken >= meter.stop and self.steering is not None and meter.full(self.steering):
                self._paused = True
                return int(pycurl.WRITEFUNC_PAUSE)
            flow = _STOP if self.stopped else self._receiver.chunk(data)  # type: ignore[union-attr]  # set while added
        except BaseException as failure:  # noqa: BLE001  (pycurl would print it and go on)
            self.failure = failure
            return _ABORT
        if flow is _GO_ON:
            meter.taken += len(data)
            return None
        if flow is Flow.PAUSE:
            self._paused = True
            return int(pycurl.WRITEFUNC_PAUSE)
        self.stopped = True
        return _ABORT

    def _may_meet(self, status: int) -> bool:
        """Whether libcurl may answer this status by itself, with a login that it has (RFC 9110, 11.6)."""
        if status == _PROXY_LOGIN:
            return self.identity.route.proxy is not None and self.identity.route.proxy.credentials is not None
        return status == UNAUTHORIZED and self.identity.login is not None

    def _begin(self, *, early: bool = False) -> None:
        """Hand over the head, if it has come: from the last status line, as interim answers come before.

        `early`: the answer goes on, and may be a challenge that libcurl is just meeting.
        """
        lines = self._lines
        start, stop = _last_head(lines)
        if stop is None:
            return
        head = parse_head(lines[start:stop])  # behind it are trailers, where there was no body
        if head.status < 200 or (early and self._may_meet(head.status)):  # noqa: PLR2004  (RFC 9110, 15.2: interim)
            return
        self.logins.take(head, self.url)
        self._head = head
        assert self._receiver is not None
        self.steering = Steering(self, self._loop)
        over = early and head.fields.get("content-length") == "0"  # libcurl may wait for the data's end, over HTTP/3
        self.stopped = self._receiver.begin(head, self.steering) is _STOP or over


def _last_head(lines: Sequence[bytes]) -> tuple[int, int | None]:
    """Return where the last head begins, and where its blank line is; None where that has not come yet."""
    start, stop = len(lines), None
    while start > 0:
        start -= 1
        line = lines[start]
        if line in _BLANK:
            stop = start
        elif line.startswith(b"HTTP/"):
            break
    return start, stop
