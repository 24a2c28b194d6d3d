"""Pass HTTP on to the origin's Unix socket and back, by one relay or several, each with the pace and the troubles that
its limits say.

It moves bodies by splice, a thread for each connection. Prints the relays' ports, writes a line of JSON for each answer
that ended into a journal, and ends with its standard input. Its arguments: the address to listen on, the origin's
socket, the journal, and the limits of each relay as JSON.
"""

from __future__ import annotations

import json
import os
import re
import socket
import sys
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from bench.terms import RelayLimits

AT_ONCE: Final = 64 << 10
"""Bytes in one go where only all connections together have a limit, at the most; as much as a pipe takes."""
AT_ONCE_LEAST: Final = 1 << 10
AT_ONCE_PACED: Final = 16 << 10
TURN: Final = 0.005
"""Seconds that one connection's turn takes where several share a limit: else each would wait long for its next one."""
CATCH_UP: Final = 0.05
"""Seconds that a pace may be behind and still be made good."""
UNSENT: Final = 128 << 10
"""Bytes in the send buffer that are not on the wire yet: a connection that stalls stops at once."""

LENGTH: Final = re.compile(rb"^content-length: *(\d+)", re.IGNORECASE | re.MULTILINE)
RANGE: Final = re.compile(rb"^content-range: *bytes (\d+)-", re.IGNORECASE | re.MULTILINE)


class Pace:
    """So many bytes a second for all who ask; 0 is no limit."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self, size: int) -> None:
        """Return when that many bytes may go."""
        if not self._rate:
            return
        with self._lock:
            turn = max(self._next, time.monotonic() - CATCH_UP)
            self._next = turn + size / self._rate
        time.sleep(max(0.0, turn - time.monotonic()))


class Sent:
    """What all relays have sent: bytes in all, and a journal of the answers."""

    def __init__(self, journal: IO[str]) -> None:
        self._bytes = 0
        self._journal = journal
        self._lock = threading.Lock()

    def add(self, size: int) -> range:
        """Count, and return from what to what the count went."""
        with self._lock:
            before, self._bytes = self._bytes, self._bytes + size
            return range(before + 1, self._bytes + 1)

    def note(self, *, port: int, start: int, length: int, sent: int) -> None:
        """Write down what an answer brought: body bytes from `start` on, of which so many were sent."""
        with self._lock:
            print(json.dumps({"port": port, "start": start, "length": length, "sent": sent}), file=self._journal)
            self._journal.flush()


@dataclass(slots=True, kw_only=True, eq=False)
class Relay:
    """One server, as all its connections share it."""

    upstream: str
    limits: RelayLimits
    listener: socket.socket
    pace: Pace
    sent: Sent
    others: list[Relay]
    """All of the process, itself among them."""
    clients: set[socket.socket] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)
    dead: bool = False

    @property
    def at_once(self) -> int:
        """Bytes that go at once."""
        if self.limits.total:
            return min(AT_ONCE, max(AT_ONCE_LEAST, int(self.limits.total * TURN)))
        return AT_ONCE_PACED if self.limits.each else AT_ONCE

    def add(self, client: socket.socket) -> bool:
        """Take a connection in, unless this is dead."""
        with self.lock:
            if not self.dead:
                self.clients.add(client)
            return not self.dead

    def drop(self, client: socket.socket) -> None:
        """Close a connection."""
        with self.lock:  # not while `die` has it in hand
            self.clients.discard(client)
            client.close()

    def die(self) -> None:
        """End all connections, and refuse new ones."""
        with self.lock, suppress(OSError):
            self.dead = True
            self.listener.shutdown(socket.SHUT_RDWR)
            for client in self.clients:
                with suppress(OSError):  # it has left by itself
                    client.shutdown(socket.SHUT_RDWR)


@dataclass(slots=True, kw_only=True)
class Connection:
    """One client, and the connection to the origin that is its own."""

    relay: Relay
    client: socket.socket
    origin: socket.socket
    pace: Pace
    port: int
    pipe: tuple[int, int]
    stalled: bool = False

    def serve(self) -> None:
        """Pass on one request and its answer after the other, until either side leaves."""
        while request := _head(self.client):
            self.origin.sendall(request)
            answer = _head(self.origin)
            if not answer:
                return
            self.client.sendall(answer)
            if not request.startswith(b"HEAD "):
                self._body(answer)

    def _body(self, answer: bytes) -> None:
        length = int(found[1]) if (found := LENGTH.search(answer)) else 0
        start = int(found[1]) if (found := RANGE.search(answer)) else 0
        sent = 0
        try:
            while sent < length:
                sent += self._pour(min(self.relay.at_once, length - sent))
        finally:
            self.relay.sent.note(port=self.port, start=start, length=length, sent=sent)

    def _pour(self, size: int) -> int:
        """Move up to that many bytes, and return how many; stand still for ever where it is this one's turn to."""
        into, out_of = self.pipe[1], self.pipe[0]
        got = os.splice(self.origin.fileno(), into, size)
        if not got:
            raise ConnectionError("the origin left")
        self.relay.pace.wait(got)  # of what came: it may be less than was asked for
        self.pace.wait(got)
        left = got
        while left:
            left -= os.splice(out_of, self.client.fileno(), left)
        count = self.relay.sent.add(got)
        for other in self.relay.others:
            if other.limits.dies_after in count:
                other.die()
        if self.relay.limits.stalls_after in count:
            self.client.recv(1)  # nothing comes any more: until it leaves
            raise ConnectionError("stalled")
        return got


def main(host: str, upstream: str, journal: str, several: list[RelayLimits]) -> None:
    with ExitStack() as stack:
        sent = Sent(stack.enter_context(Path(journal).open("w", encoding="utf-8")))
        relays: list[Relay] = []
        for limits in several:
            listener = stack.enter_context(_listener(host, limits))
            pace = Pace(limits.total)
            relays.append(
                Relay(upstream=upstream, limits=limits, listener=listener, pace=pace, sent=sent, others=relays)
            )
        print(json.dumps([relay.listener.getsockname()[1] for relay in relays]), flush=True)
        for relay in relays:
            if not relay.limits.refuses:
                threading.Thread(target=_accept, args=(relay,), daemon=True).start()
        sys.stdin.read()
        os._exit(0)


def _listener(host: str, limits: RelayLimits) -> socket.socket:
    listener = socket.socket()
    listener.bind((host, 0))
    if limits.congestion:  # every connection takes it over from the one that listens
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, limits.congestion.encode())
    if not limits.refuses:  # a port that is bound and not listened to refuses
        listener.listen(256)
    return listener


def _accept(relay: Relay) -> None:
    number = 0
    while True:
        try:
            client, (_, port) = relay.listener.accept()
        except OSError:
            return  # it died
        number += 1
        crawls = number == relay.limits.crawler
        pace = Pace(relay.limits.crawls_at if crawls else relay.limits.each)
        threading.Thread(target=_serve, args=(relay, client, port, pace), daemon=True).start()


def _serve(relay: Relay, client: socket.socket, port: int, pace: Pace) -> None:
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
    pipe = os.pipe()
    try:
        with suppress(OSError), socket.socket(socket.AF_UNIX) as origin:
            if not relay.add(client):
                return
            if relay.limits.silent:
                _hear(client)
                return
            origin.connect(relay.upstream)
            Connection(relay=relay, client=client, origin=origin, pace=pace, port=port, pipe=pipe).serve()
    finally:
        relay.drop(client)
        for end in pipe:
            os.close(end)


def _hear(client: socket.socket) -> None:
    """Return once the other side has left, whatever it says before."""
    while client.recv(AT_ONCE):
        pass


def _head(connection: socket.socket) -> bytes:
    """Read a head and nothing behind it; empty where the other side has left."""
    while seen := connection.recv(AT_ONCE, socket.MSG_PEEK):
        stop = seen.find(b"\r\n\r\n")
        if stop >= 0:
            return connection.recv(stop + 4, socket.MSG_WAITALL)
        time.sleep(0.001)
    return b""


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], [RelayLimits(**limits) for limits in json.loads(sys.argv[4])])
