"""One connection of an origin: requests come in, steps go out."""

import asyncio
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, cast

from origin.journal import Journal
from origin.request import Received, parse
from origin.steps import Close, Head, Pause, Reset, Send, Step, Wait

_REQUEST_LIMIT: Final = 1024 * 1024  # bytes of a request's head
_TLS_GOODBYE: Final = 1.0  # seconds for the client to answer close_notify
_TICK: Final = 0.01  # seconds between looks at what cannot wake a loop: another thread's event, a system's buffer


@dataclass(frozen=True)
class Connection:
    """An accepted connection, its TLS handshake done."""

    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    wire: asyncio.Transport  # what lies below TLS
    journal: Journal

    async def serve(self, answer: Callable[[Received], Iterable[Step]]) -> None:
        """Answer request after request until one side closes."""
        while (request := await self._receive()) is not None:
            with self.journal.answer(request):
                await self._play(answer(request), request)

    def abort(self) -> None:
        """End the connection now, with whatever is unsent."""
        self.writer.transport.abort()

    async def _receive(self) -> Received | None:
        """Return the next request, None if the connection ended instead."""
        if self.writer.is_closing():
            return None
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
            request = parse(head, connection=self.number)
            body = await self.reader.readexactly(int(request.headers.get("content-length", 0)))
        except asyncio.IncompleteReadError:
            return None
        return replace(request, body=body)

    async def _play(self, steps: Iterable[Step], request: Received) -> None:
        closing = request.closing
        for step in steps:
            await self._take(step)
            if self.writer.is_closing():
                return
            if isinstance(step, Head) and step.final:
                closing = closing or step.closing
                if request.method == "HEAD":
                    break
        if closing:
            await self._take(Close())

    async def _take(self, step: Step) -> None:
        match step:
            case Head():
                for part in step.steps():
                    await self._take(part)
            case Send(data):
                self.writer.write(data)
                await self.writer.drain()
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Wait(gate):
                with self.journal.hold():
                    await self._until(gate.is_set)
            case Close(notify):
                await self._close(notify=notify)
            case Reset():
                await self._until(self._delivered)
                reset_on_close(self._socket)
                self.abort()

    async def _close(self, *, notify: bool) -> None:
        if notify:
            self.writer.close()
            await self.writer.wait_closed()
        else:
            await self._until(self._delivered)
            self.abort()

    async def _until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            if self.reader.at_eof() or self.writer.is_closing():
                raise ConnectionAbortedError("the client left")
            await asyncio.sleep(_TICK)

    def _delivered(self) -> bool:
        """Return whether the client's system has all that it will take: an abrupt end throws the rest away."""
        if self.wire.is_closing():
            return True
        return self.wire.get_write_buffer_size() == 0 and _unacknowledged(self._socket) == 0

    @property
    def _socket(self) -> socket.socket:
        return cast(socket.socket, self.wire.get_extra_info("socket"))


async def attend(accepted: socket.socket, *, number: int, tls: ssl.SSLContext | None, journal: Journal) -> Connection:
    """Return the connection on an accepted socket, after its TLS handshake if there is a context for one."""
    loop = asyncio.get_running_loop()
    accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or a body waits 40 ms for its head's ACK
    wire, _ = await loop.connect_accepted_socket(_Unread, accepted)
    wire.set_write_buffer_limits(high=0)  # to drain is to hand all to the system
    reader = asyncio.StreamReader(limit=_REQUEST_LIMIT)
    protocol = asyncio.StreamReaderProtocol(reader)
    if tls is None:
        wire.set_protocol(protocol)
        transport = wire
    else:
        transport = await _secured(wire, protocol, tls)
    protocol.connection_made(transport)
    wire.resume_reading()
    return Connection(number, reader, asyncio.StreamWriter(transport, protocol, reader, loop), wire, journal)


async def opened(gate: threading.Event) -> None:
    """Return when the gate is set."""
    while not gate.is_set():
        await asyncio.sleep(_TICK)


def reset_on_close(accepted: socket.socket) -> None:
    """Let closing the socket send RST instead of FIN."""
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class _Unread(asyncio.Protocol):
    """Leaves every byte, the TLS client's first ones too, to the protocol that follows it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.ReadTransport, transport).pause_reading()


async def _secured(wire: asyncio.Transport, protocol: asyncio.Protocol, tls: ssl.SSLContext) -> asyncio.Transport:
    """Return the transport above the wire, after the handshake."""
    loop = asyncio.get_running_loop()
    transport = await loop.start_tls(wire, protocol, tls, server_side=True, ssl_shutdown_timeout=_TLS_GOODBYE)
    if transport is None:
        raise ConnectionAbortedError("the client left during the handshake")
    transport.set_write_buffer_limits(high=1)  # 0 stops it for good: it asks for "less than"
    return transport


def _unacknowledged(accepted: socket.socket) -> int:
    """Return how many bytes the client's system has not taken yet, 0 where that cannot be asked."""
    if sys.platform != "linux":
        return 0
    import fcntl  # noqa: PLC0415
    import termios  # noqa: PLC0415

    answer = fcntl.ioctl(accepted.fileno(), termios.TIOCOUTQ, bytes(4))
    return int.from_bytes(answer, sys.byteorder)
