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
    """Sizes in bytes, counts of files, patience, and measured rounds."""

    big: int
    beside_thread: int
    many: int
    crowd: int
    hanging: int
    capped: int
    """The file that connections of limited rate fetch."""
    lossy: int
    troubled: int
    trouble_ends: float
    """Seconds after which a run with a stalled or crawling connection is given up."""
    mirrored: int
    """The file that three mirrors serve, of which one dies."""
    mirrored_first: int
    """The file whose first mirror is of no use."""
    first_ends: float
    """Seconds after which a run with such a mirror is given up."""
    refused: int
    """Files from a host that refuses whoever asks too fast."""
    huge: int
    at_once: int
    """Downloads that run all at once."""
    hashed: int
    killed: int
    batch_killed: int
    """Lines of a list that is killed in the middle."""
    million: int
    """Lines of the longest list."""
    million_beside: int
    """Lines of it that peers are given."""
    million_ends: float
    """Seconds after which a run of it is given up."""
    long_rounds: int
    short_rounds: int
    start_rounds: int


FULL: Final = Scale(
    big=GIB,
    beside_thread=256 * MIB,
    many=5_000,
    crowd=50_000,
    hanging=100,
    capped=100 * MIB,
    lossy=20 * MIB,
    troubled=64 * MIB,
    trouble_ends=75.0,
    mirrored=64 * MIB,
    mirrored_first=16 * MIB,
    first_ends=12.0,
    refused=200,
    huge=20 * GIB,
    at_once=1000,
    hashed=GIB,
    killed=512 * MIB,
    batch_killed=20_000,
    million=1_000_000,
    million_beside=100_000,
    million_ends=3600.0,
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
    capped=16 * MIB,
    lossy=2 * MIB,
    troubled=16 * MIB,
    trouble_ends=20.0,
    mirrored=16 * MIB,
    mirrored_first=8 * MIB,
    first_ends=8.0,
    refused=30,
    huge=256 * MIB,
    at_once=100,
    hashed=128 * MIB,
    killed=128 * MIB,
    batch_killed=2_000,
    million=5_000,
    million_beside=5_000,
    million_ends=600.0,
    long_rounds=1,
    short_rounds=1,
    start_rounds=3,
)


def with_rounds(scale: Scale, rounds: int | None) -> Scale:
    """Return the scale with so many rounds of everything; None leaves each row its own."""
    if rounds is None:
        return scale
    return replace(scale, long_rounds=rounds, short_rounds=rounds, start_rounds=rounds)


def with_lines(scale: Scale, lines: int | None) -> Scale:
    """Return the scale with so many lines in the longest list; None leaves it as it is."""
    if lines is None:
        return scale
    return replace(scale, million=lines, million_beside=min(lines, scale.million_beside))


def size_text(size: int) -> str:
    """Return a size as people write it: `1 GiB`."""
    unit, name = next((unit, name) for unit, name in ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")) if size >= unit)
    return f"{size / unit:g} {name}"
