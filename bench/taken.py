"""What programs have read from their sockets, as the kernel counts it: asked by sock_diag, so that they notice nothing.

What the kernel has received and nobody has read is no part of it; heads of answers are.
"""

from __future__ import annotations

import socket
import struct
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, NamedTuple, Self

EVERY: Final = 0.01
"""Seconds between two looks."""

NETLINK_SOCK_DIAG: Final = 4
SOCK_DIAG_BY_FAMILY: Final = 20
DUMP_REQUEST: Final = 0x301
NLMSG_ERROR: Final = 2
NLMSG_DONE: Final = 3
INET_DIAG_INFO: Final = 2
STATES: Final = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 8
"""ESTABLISHED, FIN_WAIT1 and 2, and CLOSE_WAIT (include/net/tcp_states.h)."""
ANSWER: Final = 1 << 18

# The structures of linux/netlink.h, linux/inet_diag.h and linux/tcp.h, as far as they are needed.
HEADER: Final = struct.Struct("=IHHII")
REQUEST: Final = struct.Struct("=BBBxI")
ADDRESSES: Final = struct.Struct("!HH4s12x4s12x")
ANY_SOCKET: Final = struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
"""No interface and no cookie."""
ADDRESSES_PLACE: Final = HEADER.size + 4
UNREAD_PLACE: Final = ADDRESSES_PLACE + ADDRESSES.size + len(ANY_SOCKET) + 4
ATTRIBUTES_PLACE: Final = UNREAD_PLACE + 16
ATTRIBUTE: Final = struct.Struct("=HH")
RECEIVED_PLACE: Final = 128
"""Where `tcpi_bytes_received` stands in a tcp_info."""


class Sample(NamedTuple):
    """How many bytes had been read when."""

    at: float
    """Monotonic seconds."""
    taken: int


History = Sequence[Sample]


@dataclass(frozen=True, slots=True)
class _Client:
    """One connection, seen from the program."""

    server: str
    port: int
    taken: int


class Counters:
    """The kernel's counters of all connections to one port, by the address of the server that they lead to."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG)
        self._taken: dict[tuple[str, int], int] = {}
        """By server and port of the program; those of connections that are gone stay as they were seen last."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    def watch(self, servers: Iterable[str], until: float) -> dict[str, History]:
        """Look every 10 ms until a monotonic time, and return what was read from each of these servers."""
        histories: dict[str, list[Sample]] = {server: [] for server in servers}
        while (began := time.monotonic()) < until:
            taken = self._look()
            at = (began + time.monotonic()) / 2
            for server, history in histories.items():
                history.append(Sample(at, taken[server]))
            time.sleep(max(0.0, began + EVERY - time.monotonic()))
        return dict(histories)

    def _look(self) -> Counter[str]:
        for client in self._clients():
            self._taken[client.server, client.port] = client.taken
        sums: Counter[str] = Counter()
        for (server, _), taken in self._taken.items():
            sums[server] += taken
        return sums

    def _clients(self) -> Iterator[_Client]:
        request = REQUEST.pack(socket.AF_INET, socket.IPPROTO_TCP, 1 << INET_DIAG_INFO - 1, STATES)
        request += ADDRESSES.pack(0, self._port, b"", b"") + ANY_SOCKET
        self._socket.send(HEADER.pack(HEADER.size + len(request), SOCK_DIAG_BY_FAMILY, DUMP_REQUEST, 1, 0) + request)
        while True:
            answer = self._socket.recv(ANSWER)
            start = 0
            while start < len(answer):
                length, kind, *_ = HEADER.unpack_from(answer, start)
                if kind == NLMSG_DONE:
                    return
                if kind == NLMSG_ERROR:
                    raise OSError("the kernel does not tell of its sockets")
                if (client := _client(answer[start : start + length])) is not None:
                    yield client
                start += _aligned(length)


def _client(message: bytes) -> _Client | None:
    """Return the connection of an answer; None where it is over and the kernel only remembers that it was."""
    place = _place_of_information(message)
    if place is None:
        return None
    port, _, _, server = ADDRESSES.unpack_from(message, ADDRESSES_PLACE)
    (unread,) = struct.unpack_from("=I", message, UNREAD_PLACE)
    (received,) = struct.unpack_from("=Q", message, place + RECEIVED_PLACE)
    return _Client(socket.inet_ntoa(server), port, received - unread)


def _place_of_information(message: bytes) -> int | None:
    place = ATTRIBUTES_PLACE
    while place < len(message):
        length, kind = ATTRIBUTE.unpack_from(message, place)
        if kind == INET_DIAG_INFO:
            return place + ATTRIBUTE.size
        place += _aligned(length)
    return None


def _aligned(length: int) -> int:
    return length + 3 & ~3
