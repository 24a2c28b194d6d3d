"""What the kernel holds for the connections to a port on loopback, and which there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TABLE: Final = Path("/proc/net/tcp")
OPEN: Final = ("01", "04", "05", "08", "09")
"""ESTABLISHED, FIN_WAIT1 and 2, CLOSE_WAIT and LAST_ACK (include/net/tcp_states.h)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Socket:
    local: int
    remote: int
    state: str
    unsent: int
    unread: int


def unread_bytes(port: int) -> Counter[int]:
    """Return, by a client's port, the bytes that the server has sent and the client has not read.

    They lie in the buffers of both sockets, the sender's until they are acknowledged.
    """
    held: Counter[int] = Counter()
    for entry in _sockets():
        if entry.local == port:
            held[entry.remote] += entry.unsent
        elif entry.remote == port:
            held[entry.local] += entry.unread
    return held


def connected(port: int) -> bool:
    """Return whether the server at a port still holds a connection."""
    return any(entry.local == port and entry.state in OPEN for entry in _sockets())


def _sockets() -> Iterator[_Socket]:
    for line in TABLE.read_text(encoding="ascii").splitlines()[1:]:
        _, local, remote, state, queues, *_ = line.split()
        unsent, unread = queues.split(":")
        yield _Socket(
            local=_port(local), remote=_port(remote), state=state, unsent=int(unsent, 16), unread=int(unread, 16)
        )


def _port(address: str) -> int:
    return int(address.rpartition(":")[2], 16)
