"""How large the pieces are in which a file comes: by how fast the line is, and how far. Pure.

Large ones cost little work, small ones little memory, and soon are on the disk: so each is what comes in a moment.
"""

from __future__ import annotations

from typing import Final

KIBIBYTE: Final = 1024
MEBIBYTE: Final = 1024 * KIBIBYTE

GATHERED_LEAST: Final = 64 * KIBIBYTE
GATHERED_MOST: Final = MEBIBYTE
"""Bytes that one connection gathers before they are written."""

MOMENT: Final = 0.1
"""Seconds whose bytes are written in one call."""

GRANT: Final = 64 * KIBIBYTE
"""Bytes that a connection takes from the budget at a time, where it can: four chunks."""

CLAIMED_LEAST: Final = 4 * MEBIBYTE
CLAIMED: Final = 4.0
"""Bytes of one claim at the least, and seconds, where a digest follows the bytes: so their prefix grows."""

ROUND_TRIPS: Final = 40
"""Or as many of these, so that asking for the next one costs less than a fortieth of the time."""


def gathering(speed: float) -> int:
    """Return how many bytes a connection of that speed gathers, in bytes per second; 0.0: nobody knows.

    What comes slowly is written sooner, by its age.
    """
    if speed <= 0:
        return GATHERED_MOST
    return min(GATHERED_MOST, max(GATHERED_LEAST, int(speed * MOMENT)))


def claim(speed: float, round_trip: float) -> int:
    """Return how many bytes of a file are claimed at once where a digest follows them."""
    return max(CLAIMED_LEAST, int(speed * max(CLAIMED, ROUND_TRIPS * round_trip)))


def grant(wanted: int, *, gathered: int, most: int) -> int:
    """Return how many bytes to take from the budget: as many as are wanted, and where it goes on, some more."""
    return max(wanted, min(GRANT, most - gathered))
