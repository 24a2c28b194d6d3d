"""Sums of a part's stretches, made as they are saved: where the whole turns out wrong, they tell what decayed since.

A sum is a CRC-32: it finds damage by chance, and never makes a file count as verified. What comes faster than can be
summed in passing has none.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from rheo.domain.ranges import Range, RangeSet
from rheo.storage.parts.part_state import MOST_SUMS, Sum
from rheo.storage.platform import read_at

LEAST: Final = 1024 * 1024
"""Bytes of a stretch at the least, but for the file's last one."""

MOST_AT_ONCE: Final = 128 * 1024 * 1024
"""Bytes that are read back when a state is saved: every 5 s they cost a hundredth of a processor."""

_STEP: Final = 1024 * 1024
"""Bytes that are read at a time."""


class Sums:
    """The sums of one part; used by one thread at a time."""

    def __init__(self, known: Iterable[Sum], *, there: Iterable[Range], size: int | None) -> None:
        """`known` are those of the last state, and `there` is what that claims; `size` is the whole file's."""
        self._known = {one.start: one for one in known}
        self._length = stretch_length(size)
        self._size = size
        self._passed_over = {start for start, _ in self._stretches(there)} - self._known.keys()
        """Where those begin that get no sum: nobody knows whether they are still as they came."""

    def update(self, descriptor: int, ranges: RangeSet) -> tuple[Sum, ...]:
        """Return the sums of these ranges, which are synced; raises OSError."""
        stretches = dict(self._stretches(ranges))
        self._known = {start: one for start, one in self._known.items() if stretches.get(start) == one.stop}
        self._passed_over &= stretches.keys()
        due = [each for each in stretches.items() if each[0] not in self._known and each[0] not in self._passed_over]
        if sum(stop - start for start, stop in due) > MOST_AT_ONCE:
            self._passed_over.update(start for start, _ in due)
            due = []
        for start, stop in due:
            self._known[start] = Sum(start, stop, _sum(descriptor, start, stop))
        return tuple(sorted(self._known.values(), key=lambda one: one.start))

    def _stretches(self, ranges: Iterable[Range]) -> Iterator[Range]:
        """Yield the whole stretches in some ranges."""
        for first, last in ranges:
            for start in range(-(-first // self._length) * self._length, last, self._length):
                stop = start + self._length
                if stop <= last:
                    yield start, stop
                elif last == self._size:
                    yield start, last


def stretch_length(size: int | None) -> int:
    """Return how long stretches of a file are: so long that a state has room for their sums."""
    length = LEAST
    while size is not None and size > length * MOST_SUMS:
        length *= 2
    return length


def decayed(sums: Iterable[Sum], read: Callable[[int, int], bytes]) -> list[Range]:
    """Return the stretches that are not as they were when they were saved; reads all that have a sum."""
    return [(one.start, one.stop) for one in sums if one.crc32 != _sum_of(_read(one, read))]


def _sum(descriptor: int, start: int, stop: int) -> int:
    buffer = memoryview(bytearray(min(_STEP, stop - start)))
    return _sum_of(
        buffer[: read_at(descriptor, buffer[: stop - position], position)] for position in range(start, stop, _STEP)
    )


def _read(one: Sum, read: Callable[[int, int], bytes]) -> Iterator[bytes]:
    return (read(start, min(start + _STEP, one.stop)) for start in range(one.start, one.stop, _STEP))


def _sum_of(blocks: Iterable[bytes | memoryview]) -> int:
    value = 0
    for block in blocks:
        value = zlib.crc32(block, value)
    return value
