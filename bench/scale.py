"""How much is fetched, and how often."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

KIB: Final = 1 << 10
MIB: Final = 1 << 20
GIB: Final = 1 << 30
SMALL: Final = 10 * KIB
"""Bytes of each of many files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Sizes in bytes, counts of files, and measured rounds."""

    big: int
    beside_thread: int
    many: int
    crowd: int
    hanging: int
    long_rounds: int
    short_rounds: int
    start_rounds: int


FULL: Final = Scale(
    big=GIB,
    beside_thread=256 * MIB,
    many=5_000,
    crowd=50_000,
    hanging=100,
    long_rounds=3,
    short_rounds=5,
    start_rounds=20,
)
QUICK: Final = Scale(
    big=64 * MIB,
    beside_thread=32 * MIB,
    many=500,
    crowd=5_000,
    hanging=100,
    long_rounds=1,
    short_rounds=1,
    start_rounds=3,
)


def with_rounds(scale: Scale, rounds: int | None) -> Scale:
    """Return the scale with so many rounds of everything; None leaves each row its own."""
    if rounds is None:
        return scale
    return replace(scale, long_rounds=rounds, short_rounds=rounds, start_rounds=rounds)


def size_text(size: int) -> str:
    """Return a size as people write it: `1 GiB`."""
    unit, name = next((unit, name) for unit, name in ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")) if size >= unit)
    return f"{size / unit:g} {name}"
