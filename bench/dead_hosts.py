"""Hosts of which nothing can be had, on loopback: they refuse, let nobody in, stay silent, or have no address."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Final, NamedTuple

EACH: Final = 10
"""Hosts of each kind."""
MOST_SILENT: Final = 4096
"""Connections that stand without being taken; the kernel may allow fewer."""
FILLING: Final = 4
"""Connections that a queue for one does not hold."""


class DeadHost(NamedTuple):
    """One of them."""

    kind: str
    """What it does: a few words."""
    origin: str
    """The URL before a path."""


@contextmanager
def open_dead_hosts() -> Iterator[list[DeadHost]]:
    """Let them be for as long as the block lasts; the kinds take turns."""
    with ExitStack() as stack:
        hosts = []
        for number in range(1, EACH + 1):
            refusing, full, silent = (
                stack.enter_context(closing(_bound(f"127.0.{kind}.{number}"))) for kind in (2, 3, 4)
            )
            full.listen(0)
            for _ in range(FILLING):
                _knock(stack.enter_context(closing(socket.socket())), full)
            silent.listen(MOST_SILENT)
            hosts += [
                DeadHost("refuses", _origin(refusing)),
                DeadHost("lets nobody in", _origin(full)),
                DeadHost("stays silent", _origin(silent)),
                DeadHost("has no address", f"http://host-{number}.invalid"),  # RFC 6761, section 6.4
            ]
        yield hosts


def _bound(address: str) -> socket.socket:
    """Return a socket that has a port to itself: as long as it does not listen, whoever connects is refused."""
    bound = socket.socket()
    bound.bind((address, 0))
    return bound


def _knock(client: socket.socket, server: socket.socket) -> None:
    client.settimeout(0)
    client.connect_ex(server.getsockname())


def _origin(server: socket.socket) -> str:
    address, port = server.getsockname()
    return f"http://{address}:{port}"
