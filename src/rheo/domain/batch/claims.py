"""Whose a path is: a file that is there is nobody's download but that of whom it was fetched, or left, for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import NamedTuple


class Claim(NamedTuple):
    """Somebody wants to have a path."""

    row: int
    """Who: a row of the ledger, or whatever is the same for the same download."""
    path: str
    caseless: bool
    """Whether what is there by now has the name in small and in capital letters."""
    told: bool = True
    """Whether the row will tell of the file; else the claim is all that does."""
    there: bool = False
    """Whether anything has the name by now."""


class Claims:
    """The paths that were asked for, as hashes, as there may be a million; two that are alike cost one a number."""

    def __init__(self) -> None:
        self._rows: dict[int, int | None] = {}
        """Who has each; None is nobody, for good."""

    def take(self, claim: Claim, *, older: Sequence[int] = ()) -> bool:
        """Return whether the claim is granted; then no other one on that path is, before it is dropped.

        `older` are rows that have the path by what is known otherwise. Where the claimant is one of several, each has
        what may be another one's: then it is nobody's.
        """
        keys = _Keys.of(claim.path)
        held = [self._rows[key] for key in keys.asked(caseless=claim.caseless) if key in self._rows]
        if held:
            return all(row == claim.row for row in held)
        granted = all(row == claim.row for row in older)
        if granted or claim.row in older:
            for key in keys.noted:
                self._rows.setdefault(key, claim.row if granted else None)
        return granted

    def drop(self, claim: Claim) -> None:
        """Forget a claim that was granted: whose the path is, is known otherwise now."""
        for key in _Keys.of(claim.path).noted:
            if self._rows.get(key) == claim.row:
                del self._rows[key]


class _Keys(NamedTuple):
    """Hashes of a path: as it is spelled, as it is spelled in small letters, and however it is spelled."""

    spelled: int
    small: int
    any: int

    @classmethod
    def of(cls, path: str) -> _Keys:
        pure = PurePath(path)
        small = f"{pure.parent}/{pure.name.casefold()}"
        return cls(hash(f"{pure.parent}/{pure.name}"), hash(small), hash((small,)))

    @property
    def noted(self) -> tuple[int, ...]:
        """Those under which it is found later."""
        return (self.spelled,) if self.spelled == self.small else (self.spelled, self.any)

    def asked(self, *, caseless: bool) -> tuple[int, ...]:
        """Return those under which whoever has it may have been noted."""
        return self if caseless else (self.spelled,)
