"""A link between two network namespaces of its own: it takes every frame, and hands it over later, or never.

Prints the file descriptors by which the namespaces can be entered as long as it runs, and ends with its standard
input. Its argument is the link's terms as JSON.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import random
import select
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.children.packets import Shape, shape_of, without
from bench.terms import LinkTerms

CLIENT: Final = "192.0.2.1"
SERVER: Final = "192.0.2.2"
"""Addresses for documentation (RFC 5737), in namespaces that reach nothing else."""

LONGEST: Final = 1 << 17
AT_ONCE: Final = 64
"""Frames taken from one side before the other side's turn."""
QUEUE: Final = 0.1
"""Seconds of traffic that wait before the link; what comes then is dropped."""
LEAST_QUEUE: Final = 64 << 10
BREATH: Final = 0.0005
"""Seconds between two looks where there is a round-trip time: several frames at a look cost half as much."""

CLONE_NEWNET: Final = 0x40000000
TUNSETIFF: Final = 0x400454CA
TUNSETOFFLOAD: Final = 0x400454D0
IFF_TUN: Final = 0x0001
IFF_NO_PI: Final = 0x1000
IFF_VNET_HDR: Final = 0x4000
OFFLOAD_CHECKSUM_AND_TSO4: Final = 0x01 | 0x02

SETTINGS: Final = {
    "ipv4/tcp_rmem": "4096 131072 6291456",
    "ipv4/tcp_wmem": "4096 16384 4194304",
    "ipv4/tcp_no_metrics_save": "1",
    "ipv4/tcp_congestion_control": "reno",  # the only one that every kernel lets a namespace choose
}
"""Linux as it comes, whatever this machine is set to; and no run learns from the one before it."""


@dataclass(slots=True)
class Way:
    """One direction of the link."""

    source: int
    sink: int
    terms: LinkTerms
    chance: random.Random
    free_at: float = 0.0
    """When everything that was accepted has been put on the wire."""
    under_way: deque[tuple[float, bytes]] = field(default_factory=deque)
    """Frames with the time of their arrival, in order."""

    def take(self) -> None:
        """Accept what waits at the source."""
        now = time.monotonic()
        for _ in range(AT_ONCE):
            try:
                frame = os.read(self.source, LONGEST)
            except BlockingIOError:
                return
            self._accept(frame, now)

    def deliver(self, now: float) -> None:
        """Hand over what has arrived."""
        while self.under_way and self.under_way[0][0] <= now:
            _hand_over(self.sink, self.under_way.popleft()[1])

    def _accept(self, frame: bytes, now: float) -> None:
        shape = shape_of(frame)
        if self.terms.rate:
            if self.free_at - now > max(QUEUE, LEAST_QUEUE / self.terms.rate):
                return
            self.free_at = max(self.free_at, now) + shape.on_the_wire / self.terms.rate
        arrival = max(self.free_at, now) + self.terms.round_trip / 2
        self.under_way.extend((arrival, part) for part in self._survivors(frame, shape))

    def _survivors(self, frame: bytes, shape: Shape) -> Iterable[bytes]:
        if not self.terms.loss:
            return (frame,)
        lost = [number for number in range(shape.segments) if self.chance.random() < self.terms.loss]
        return without(frame, shape, lost)


def main(terms: LinkTerms) -> None:
    sides = [_open_side(address) for address in (CLIENT, SERVER)]
    (client, client_device), (server, server_device) = sides
    ways = (
        Way(server_device, client_device, terms, random.Random("down")),
        Way(client_device, server_device, terms, random.Random("up")),
    )
    print(json.dumps({"client": client, "server": server}), flush=True)
    _pass_on(ways, breath=BREATH if terms.round_trip else 0.0)


def _pass_on(ways: tuple[Way, Way], *, breath: float) -> None:
    parent = sys.stdin.fileno()
    by_source = {way.source: way for way in ways}
    while True:
        due = min((way.under_way[0][0] for way in ways if way.under_way), default=None)
        wait = None if due is None else max(0.0, due - time.monotonic())
        ready, _, _ = select.select([*by_source, parent], [], [], wait)
        if parent in ready:
            return
        for source in ready:
            by_source[source].take()
        time.sleep(breath)
        now = time.monotonic()
        for way in ways:
            way.deliver(now)


def _hand_over(sink: int, frame: bytes) -> None:
    try:
        os.write(sink, frame)
    except OSError as error:  # a device that cannot take it loses it, as a wire would
        print(f"a frame of {len(frame)} bytes was not taken: {error}", file=sys.stderr)


def _open_side(address: str) -> tuple[int, int]:
    """Enter a new namespace with one device in it, and return the descriptors of both."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "cannot make a network namespace")
    namespace = os.open("/proc/self/ns/net", os.O_RDONLY)
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", b"wire", flags))
    fcntl.ioctl(device, TUNSETOFFLOAD, OFFLOAD_CHECKSUM_AND_TSO4)
    for words in (
        "link set lo up",
        f"address add {address}/30 dev wire",
        "link set wire mtu 1500 txqueuelen 10000 up",
    ):
        subprocess.run(["ip", *words.split()], check=True)
    for name, value in SETTINGS.items():
        Path("/proc/sys/net", name).write_text(value, encoding="utf-8")
    return namespace, device


if __name__ == "__main__":
    main(LinkTerms(**json.loads(sys.argv[1])))
