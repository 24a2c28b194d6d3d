"""Asks a journal for a path, with what the disk has to say of it."""

from __future__ import annotations

import os
from concurrent.futures import Future

from rheo.domain.batch.claims import Claim
from rheo.domain.batch.journal import Recorded


def claimed(recorded: Recorded, path: str) -> Future[bool]:
    """Have it said whether who is written down there may have a path."""
    claim = claim_of(recorded.row, path, told=recorded.told)
    if claim.there and recorded.journal.keeps(path):
        refused: Future[bool] = Future()
        refused.set_result(False)
        return refused
    return recorded.journal.claim(claim)


def claim_of(row: int, path: str, *, told: bool = True) -> Claim:
    """Return a row's claim to a path."""
    there = os.path.lexists(path)
    return Claim(row, path, there and _is_caseless(path), told=told, there=there)


def _is_caseless(path: str) -> bool:
    """Whether what is there is there in small and in capital letters, too; False where nothing is."""
    folder, name = os.path.split(path)
    try:
        return name.swapcase() != name and os.path.samefile(path, os.path.join(folder, name.swapcase()))
    except (OSError, ValueError):
        return False
