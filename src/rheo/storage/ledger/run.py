"""Which rows of a ledger came and ended in this run: a bit for each, since a list may have millions."""

from __future__ import annotations

from typing import NamedTuple

from rheo.domain.batch.claims import Claim, Claims


class RowSet:
    """Rows by their numbers, which are counted from one; for one thread."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def __contains__(self, row: int) -> bool:
        place = row >> 3
        return place < len(self._bits) and bool(self._bits[place] & 1 << (row & 7))

    def add(self, row: int) -> bool:
        """Note a row; return whether it was noted before."""
        place, bit = row >> 3, 1 << (row & 7)
        if place >= len(self._bits):
            self._bits.extend(bytes(max(place + 1 - len(self._bits), len(self._bits))))
        before = self._bits[place]
        self._bits[place] = before | bit
        return bool(before & bit)


class ThisRun(NamedTuple):
    """What one run has seen; for the ledger's thread."""

    admitted: RowSet
    ended: RowSet
    claims: Claims
    claimed: dict[int, list[Claim]]
    """What those that have not ended were granted, if they will have it in the ledger then."""

    def release(self, row: int) -> None:
        """Forget what one claimed that has ended: the ledger has its path from now on, if it has one."""
        for claim in self.claimed.pop(row, ()):
            self.claims.drop(claim)

    def works_on(self, row: int) -> bool:
        """Whether a row came, and may still be tried again though it failed in an earlier run."""
        return row in self.admitted and row not in self.ended
