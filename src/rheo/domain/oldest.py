"""Memory that is bounded by forgetting what came first."""

from __future__ import annotations

from typing import Any


def drop_oldest(entries: dict[Any, Any], *, most: int) -> None:
    """Have no more than so many entries: those go that were added first."""
    while len(entries) > most:
        del entries[next(iter(entries))]
