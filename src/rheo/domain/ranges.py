"""Which bytes of a file are there: half-open ranges, sorted, apart from each other."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

Range = tuple[int, int]
"""`[start, stop)` in bytes."""


class RangeSet:
    """A set of bytes as the fewest ranges that cover it; touching ranges are one."""

    __slots__ = ("_starts", "_stops", "size")

    def __init__(self, ranges: Iterable[Range] = ()) -> None:
        self._starts: list[int] = []
        self._stops: list[int] = []
        self.size = 0
        """How many bytes are in it."""
        for start, stop in ranges:
            self.add(start, stop)

    def __iter__(self) -> Iterator[Range]:
        return iter(list(zip(self._starts, self._stops, strict=True)))

    def __len__(self) -> int:
        return len(self._starts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RangeSet):
            return NotImplemented
        return self._starts == other._starts and self._stops == other._stops

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return f"RangeSet({list(self)})"

    @property
    def prefix(self) -> int:
        """Where the bytes from the very first one on end; 0 where that one is missing."""
        return self._stops[0] if self._starts and self._starts[0] == 0 else 0

    @property
    def first(self) -> Range | None:
        """The range that comes first; None where nothing is in it."""
        return (self._starts[0], self._stops[0]) if self._starts else None

    def starting_at(self, position: int) -> Range | None:
        """Return the range that begins at this very byte; None where none does."""
        found = self.containing(position)
        return found if found is not None and found[0] == position else None

    def containing(self, position: int) -> Range | None:
        """Return the range that this byte is in; None where it is missing."""
        index = bisect_right(self._starts, position) - 1
        if index < 0 or self._stops[index] <= position:
            return None
        return self._starts[index], self._stops[index]

    def add(self, start: int, stop: int) -> None:
        """Put bytes in; those that are there already stay once."""
        if start >= stop:
            return
        first = bisect_left(self._stops, start)  # the first range that ends at or behind our start
        last = bisect_right(self._starts, stop)  # the first range that begins behind our stop
        if first < last:
            start = min(start, self._starts[first])
            stop = max(stop, self._stops[last - 1])
        self.size += stop - start - self._sum(first, last)
        self._starts[first:last] = [start]
        self._stops[first:last] = [stop]

    def remove(self, start: int, stop: int) -> None:
        """Take bytes out; those that are not there are none the worse for it."""
        if start >= stop:
            return
        first = bisect_right(self._stops, start)
        last = bisect_left(self._starts, stop)
        if first >= last:
            return
        kept = [
            (low, high) for low, high in ((self._starts[first], start), (stop, self._stops[last - 1])) if low < high
        ]
        self.size -= self._sum(first, last) - sum(high - low for low, high in kept)
        self._starts[first:last] = [low for low, _ in kept]
        self._stops[first:last] = [high for _, high in kept]

    def covers(self, start: int, stop: int) -> bool:
        """Whether every byte of a range is in it."""
        if start >= stop:
            return True
        found = self.containing(start)
        return found is not None and stop <= found[1]

    def missing(self, size: int) -> list[Range]:
        """Return what of a file of this size is not in it."""
        gaps: list[Range] = []
        position = 0
        for start, stop in zip(self._starts, self._stops, strict=True):
            if position < min(start, size):
                gaps.append((position, min(start, size)))
            position = max(position, stop)
        if position < size:
            gaps.append((position, size))
        return gaps

    def copy(self) -> RangeSet:
        """Return another set of the same bytes; quick, as it is done on the loop with thousands of ranges."""
        copied = RangeSet()
        copied._starts = self._starts[:]
        copied._stops = self._stops[:]
        copied.size = self.size
        return copied

    def _sum(self, first: int, last: int) -> int:
        return sum(self._stops[first:last]) - sum(self._starts[first:last])
