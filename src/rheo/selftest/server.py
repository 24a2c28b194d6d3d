"""A small HTTP/1.1 server on loopback, with a thread for each connection; it does as its routes say."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO, Final

LOOPBACK: Final = "127.0.0.1"
BACKLOG: Final = 128
"""Connections that may wait to be taken; with too few, the next one loses a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server sends for one request."""

    status: HTTPStatus = HTTPStatus.OK
    fields: tuple[tuple[str, str], ...] = ()
    length: int = 0
    """Bytes that are announced."""
    body: Iterable[bytes] = ()
    """Pieces of the body; where they are fewer bytes than announced, the connection is cut after them."""
    pause: float = 0.0
    """Seconds between pieces."""


Route = Callable[[int], Answer]
"""Told how often its target was asked for before, returns the answer."""

Routes = Mapping[str, Route]
"""By target: path and query."""


@contextmanager
def serving(routes: Routes) -> Iterator[str]:
    """Serve until the block is left; yields the server's address, `http://127.0.0.1:PORT`."""
    with socket.create_server((LOOPBACK, 0), backlog=BACKLOG) as listener:
        threading.Thread(target=_listen, args=(listener, routes), name="rheo test server", daemon=True).start()
        try:
            yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        finally:
            with suppress(OSError):  # only Linux can, and only there closing does not end an `accept`
                listener.shutdown(socket.SHUT_RDWR)


def _listen(listener: socket.socket, routes: Routes) -> None:
    visits: defaultdict[str, Iterator[int]] = defaultdict(itertools.count)

    def answer(target: str) -> Answer:
        route = routes.get(target)
        return Answer(status=HTTPStatus.NOT_FOUND) if route is None else route(next(visits[target]))

    with suppress(OSError):  # the listener was closed
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_converse, args=(connection, answer), daemon=True).start()


def _converse(connection: socket.socket, answer: Callable[[str], Answer]) -> None:
    """Answer what is asked on one connection, until one side ends it."""
    with suppress(OSError), connection, connection.makefile("rb") as lines:  # a client may hang up at any time
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while target := _asked(lines):
            if not _send(connection, answer(target)):
                return


def _asked(lines: BinaryIO) -> str | None:
    """Return the target of the next request; None where there is none."""
    words = lines.readline().split()
    while lines.readline().strip():
        pass  # no header field changes an answer
    return words[1].decode("latin-1") if len(words) > 1 else None


def _send(connection: socket.socket, answer: Answer) -> bool:
    """Send the answer; returns whether the body was as long as announced."""
    fields = [*answer.fields, ("Content-Length", str(answer.length))]
    lines = [f"HTTP/1.1 {answer.status} {answer.status.phrase}", *(f"{name}: {value}" for name, value in fields)]
    connection.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
    sent = 0
    for piece in answer.body:
        if sent:
            time.sleep(answer.pause)
        connection.sendall(piece)
        sent += len(piece)
    return sent == answer.length
