"""The words of a ledger: one row per line of a list, and what becomes of it. Pure."""

from __future__ import annotations

from typing import NamedTuple


class Publishing(NamedTuple):
    """A file that is whole and verified, and about to get its name."""

    row: int
    path: str
    size: int
    """Bytes."""
    hash: str | None
    """What it hashes to, as `sha256:HEX`; None where nobody promised anything."""
    device: int
    inode: int
    """Which file it is, before and after it has its name."""
