"""Pass HTTP on to the origin's Unix socket and back, at the pace and with the troubles that its limits say.

It moves bodies by splice, a thread for each connection. Prints its port, writes a line of JSON for each answer that
ended into a journal, and ends with its standard input. Its arguments: the address to listen on, the origin's socket,
the journal, and the limits as JSON.
"""

from __future__ import annotations

import json
import os
import re
import socket
import sys
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from bench.terms import RelayLimits

AT_ONCE: Final = 64 << 10
"""Bytes in one go where only all connections together have a limit; as much as a pipe takes."""
AT_ONCE_PACED: Final = 16 << 10
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


class Tally:
    """The bytes that were sent in all, and the one connection that stalls for it."""

    def __init__(self, stalls_after: int) -> None:
        self._stalls_after = stalls_after
        self._sent = 0
        self._lock = threading.Lock()

    def add(self, size: int) -> bool:
        """Count, and return whether the connection that sent these stalls from now on."""
        with self._lock:
            before, self._sent = self._sent, self._sent + size
            return bool(self._stalls_after) and before < self._stalls_after <= self._sent


@dataclass(slots=True, kw_only=True)
class Relay:
    """What all connections share."""

    upstream: str
    limits: RelayLimits
    pace: Pace
    tally: Tally
    journal: IO[str]
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, *, port: int, start: int, length: int, sent: int) -> None:
        """Write down what an answer brought: body bytes from `start` on, of which so many were sent."""
        with self.lock:
            print(json.dumps({"port": port, "start": start, "length": length, "sent": sent}), file=self.journal)
            self.journal.flush()


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
        at_once = AT_ONCE_PACED if self.relay.limits.each else AT_ONCE
        try:
            while sent < length:
                size = min(at_once, length - sent)
                self.relay.pace.wait(size)
                self.pace.wait(size)
                sent += self._pour(size)
        finally:
            self.relay.note(port=self.port, start=start, length=length, sent=sent)

    def _pour(self, size: int) -> int:
        """Move up to that many bytes, and return how many; stand still for ever where it is this one's turn to."""
        into, out_of = self.pipe[1], self.pipe[0]
        got = os.splice(self.origin.fileno(), into, size)
        if not got:
            raise ConnectionError("the origin left")
        left = got
        while left:
            left -= os.splice(out_of, self.client.fileno(), left)
        if self.relay.tally.add(got):
            self.client.recv(1)  # nothing comes any more: until it leaves
            raise ConnectionError("stalled")
        return got


def main(host: str, upstream: str, journal: str, limits: RelayLimits) -> None:
    with socket.create_server((host, 0), backlog=256) as listener, Path(journal).open("w", encoding="utf-8") as file:
        if limits.congestion:  # every connection takes it over from the one that listens
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, limits.congestion.encode())
        relay = Relay(
            upstream=upstream,
            limits=limits,
            pace=Pace(limits.total),
            tally=Tally(limits.stalls_after),
            journal=file,
        )
        print(listener.getsockname()[1], flush=True)
        threading.Thread(target=_accept, args=(relay, listener), daemon=True).start()
        sys.stdin.read()
        os._exit(0)


def _accept(relay: Relay, listener: socket.socket) -> None:
    number = 0
    while True:
        client, (_, port) = listener.accept()
        number += 1
        crawls = number == relay.limits.crawler
        pace = Pace(relay.limits.crawls_at if crawls else relay.limits.each)
        threading.Thread(target=_serve, args=(relay, client, port, pace), daemon=True).start()


def _serve(relay: Relay, client: socket.socket, port: int, pace: Pace) -> None:
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
    pipe = os.pipe()
    try:
        with closing(client), socket.socket(socket.AF_UNIX) as origin, suppress(OSError):
            origin.connect(relay.upstream)
            Connection(relay=relay, client=client, origin=origin, pace=pace, port=port, pipe=pipe).serve()
    finally:
        for end in pipe:
            os.close(end)


def _head(connection: socket.socket) -> bytes:
    """Read a head and nothing behind it; empty where the other side has left."""
    while seen := connection.recv(AT_ONCE, socket.MSG_PEEK):
        stop = seen.find(b"\r\n\r\n")
        if stop >= 0:
            return connection.recv(stop + 4, socket.MSG_WAITALL)
        time.sleep(0.001)
    return b""


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], RelayLimits(**json.loads(sys.argv[4])))
