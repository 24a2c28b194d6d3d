"""The packets on a link: how many segments a frame carries, and what is left of it when some are lost.

A frame is what a TUN device hands over with IFF_VNET_HDR: a virtio_net_hdr, then an IPv4 packet, which may be as long
as 64 KiB and stand for many TCP segments of one size. So Python moves few frames, and TCP still sees single segments
lost.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

VNET: Final = struct.Struct("=BBHHHH")
"""flags, GSO type, length of the headers, GSO size, where the checksum begins, where in there it stands."""

FLAGS_PLACE: Final = 13
FIN_AND_PUSH: Final = 0x09


@dataclass(frozen=True, slots=True)
class Shape:
    """How a frame's payload divides into segments."""

    headers: int
    """Bytes of the IP and TCP headers."""
    payload: int
    size: int
    """Bytes of each segment's payload, but for the last one's."""

    @property
    def segments(self) -> int:
        """How many segments it stands for."""
        return max(1, math.ceil(self.payload / self.size))

    @property
    def on_the_wire(self) -> int:
        """Bytes with the headers of every segment."""
        return self.payload + self.segments * self.headers


def shape_of(frame: bytes) -> Shape:
    """Return a frame's shape; one that carries no series of segments is one segment."""
    _, kind, _, size, _, _ = VNET.unpack_from(frame)
    packet = len(frame) - VNET.size
    if not kind:
        return Shape(headers=packet, payload=0, size=1)
    headers = _ip_header(frame) + _tcp_header(frame)
    return Shape(headers=headers, payload=packet - headers, size=size)


def without(frame: bytes, shape: Shape, lost: Collection[int]) -> Iterator[bytes]:
    """Yield what is left of a frame without some of its segments, by their numbers from 0."""
    first = 0
    for stop in (*sorted(lost), shape.segments):
        if first < stop:
            yield frame if stop - first == shape.segments else _part(frame, shape, first, stop)
        first = stop + 1


def _part(frame: bytes, shape: Shape, first: int, stop: int) -> bytes:
    """Return segments `first` to `stop` as a frame of their own.

    The TCP checksum may stay: a frame with a series of segments leaves it to the receiver's kernel (NEEDS_CSUM), which
    does not look at it.
    """
    begin, end = first * shape.size, min(stop * shape.size, shape.payload)
    ip = VNET.size
    tcp = ip + _ip_header(frame)
    body = VNET.size + shape.headers
    part = bytearray(frame[:body] + frame[body + begin : body + end])
    struct.pack_into("!H", part, ip + 2, len(part) - ip)
    struct.pack_into("!H", part, ip + 10, 0)
    struct.pack_into("!H", part, ip + 10, _checksum(part[ip:tcp]))
    sequence = struct.unpack_from("!I", part, tcp + 4)[0]
    struct.pack_into("!I", part, tcp + 4, (sequence + begin) & 0xFFFFFFFF)
    if end < shape.payload:
        part[tcp + FLAGS_PLACE] &= ~FIN_AND_PUSH & 0xFF
    return bytes(part)


def _ip_header(frame: bytes) -> int:
    return (frame[VNET.size] & 0x0F) * 4


def _tcp_header(frame: bytes) -> int:
    return (frame[VNET.size + _ip_header(frame) + 12] >> 4) * 4


def _checksum(header: bytes | bytearray) -> int:
    """Return the checksum of an IPv4 header (RFC 1071)."""
    total = sum(int.from_bytes(header[place : place + 2], "big") for place in range(0, len(header), 2))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF
