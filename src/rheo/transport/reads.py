"""How many bytes one read from a socket takes: what of it is held up waits in memory, not in the socket. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

READ_LEAST: Final = 16 * 1024
"""Bytes: a chunk, and a record of TLS. Less only where memory is so short."""

READ_MOST: Final = 512 * 1024

READ_ALLOWED: Final = 1024
"""Bytes; libcurl takes nothing less."""

LEAST_WINDOW: Final = 256 * 1024
"""Bytes that a stream's server may send at the least before we took them."""

MOMENT: Final = 0.1
"""Seconds whose bytes one read takes, or one round trip's if that is longer: they come together."""


@dataclass(slots=True)
class Reads:
    """What the reads of all exchanges share."""

    memory: int
    """Bytes that they may leave there, all together."""
    among: int = 0
    """How many exchanges are under way."""

    def size(self, speed: float, round_trip: float) -> int:
        """Return how many bytes one of them reads at once; see `read_size`."""
        if speed <= 0 and self.memory >= READ_MOST * self.among:
            return READ_MOST
        return read_size(speed, round_trip, memory=self.memory, among=self.among)


def read_size(speed: float, round_trip: float, *, memory: int, among: int) -> int:
    """Return a power of two, so that it does not change all the time.

    `speed` is bytes per second, 0.0 where nobody knows; `memory` what all reads together may leave there, with so many
    connections `among` them.
    """
    wanted = READ_MOST if speed <= 0 else max(READ_LEAST, int(speed * max(MOMENT, round_trip)))
    return max(READ_ALLOWED, _power_of_two(min(READ_MOST, wanted, memory // max(1, among))))


def window_for(read: int | None) -> int:
    """Return how many bytes a stream's server may send ahead, where a limit makes reads so small; 0: as libcurl likes.

    To libcurl that is bytes per second, so it is above what anyone takes who fills such reads at each tick.
    """
    return 0 if read is None or read >= READ_MOST else max(LEAST_WINDOW, 64 * read)


def _power_of_two(size: int) -> int:
    """Return the largest one that is no more than a size."""
    return 1 << (size.bit_length() - 1) if size > 0 else 0
