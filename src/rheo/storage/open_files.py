"""How many files and sockets this process may have open at once."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

USUAL: Final = 1024
"""Where the system does not tell."""


def most_open() -> int:
    """Return how many there may be."""
    try:
        import resource  # noqa: PLC0415  (not every system has it, and few need it)
    except ImportError:
        return USUAL
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 2**31 if soft == resource.RLIM_INFINITY else soft


def allow_open(wanted: int) -> None:
    """Have so many be allowed, or as many as the system lets a process have; never fewer than before."""
    try:
        import resource  # noqa: PLC0415  (likewise)
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if most > most_open():
        with suppress(OSError, ValueError):  # some systems have a lower bound than they tell
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
