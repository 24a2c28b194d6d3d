"""Stretches of a file, each from its first byte to the one behind its last."""

from __future__ import annotations

from collections.abc import Iterable

Span = tuple[int, int]


def united(spans: Iterable[Span]) -> list[Span]:
    """Return what they cover, in order and without overlaps."""
    covered: list[Span] = []
    for start, stop in sorted(span for span in spans if span[0] < span[1]):
        if covered and start <= covered[-1][1]:
            covered[-1] = (covered[-1][0], max(stop, covered[-1][1]))
        else:
            covered.append((start, stop))
    return covered


def size_of(spans: Iterable[Span]) -> int:
    """Return the bytes that they cover."""
    return sum(stop - start for start, stop in united(spans))


def common(some: Iterable[Span], others: Iterable[Span]) -> int:
    """Return the bytes that both cover."""
    some, others = united(some), united(others)
    return size_of(some) + size_of(others) - size_of([*some, *others])
