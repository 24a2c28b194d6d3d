"""What hosts said of themselves: the last word of each, while it counts, and only so many of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from heapq import nsmallest
from typing import Final, Generic, Protocol, TypeVar

LONGEST: Final = 2 * 365 * 86_400
"""Seconds that a note counts at most, so that no host stays for ever; most ask for less, and renew it."""

_REMEMBERED: Final = 86_400
"""Seconds that a note that ended is kept, so that merging does not bring back what a host took back."""


class Note(Protocol):
    """The last word of one host; all times are Unix seconds."""

    @property
    def key(self) -> Hashable:
        """Whose word it is."""

    @property
    def noted(self) -> float:
        """When it was said."""

    @property
    def expires(self) -> float:
        """When it ends; a word that was taken back ended when that was noted."""


N = TypeVar("N", bound=Note)


class Notes(Generic[N]):
    """Notes by key, for one thread; knows which are new. Where there are too many, the soonest to expire go first."""

    def __init__(self, notes: Iterable[N] = (), *, most: int) -> None:
        self._most = most
        self._notes: dict[Hashable, N] = {}
        self._changed: set[Hashable] = set()
        self.merge(notes)

    def __iter__(self) -> Iterator[N]:
        return iter(list(self._notes.values()))

    def __len__(self) -> int:
        return len(self._notes)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._notes

    def get(self, key: Hashable, now: float) -> N | None:
        """Return the note if there is one that still counts."""
        note = self._notes.get(key)
        if note is None or note.expires <= max(now, note.noted):  # taken back, even if the clock was put back since
            return None
        return note

    def put(self, note: N) -> None:
        """Take what a host said just now."""
        self._notes[note.key] = note
        self._changed.add(note.key)
        self._trim()

    def merge(self, notes: Iterable[N]) -> None:
        """Take what others noted, where it is not older."""
        for note in notes:
            known = self._notes.get(note.key)
            if known is None or known.noted <= note.noted:
                self._notes[note.key] = note
        self._trim()

    def changes(self) -> list[N]:
        """Return what was put since the last `settle`."""
        return [self._notes[key] for key in self._changed]

    def settle(self) -> None:
        """Take all as saved."""
        self._changed.clear()

    def lasting(self, now: float) -> list[N]:
        """Return what is worth saving, the soonest to expire first."""
        kept = [note for note in self._notes.values() if now < note.expires + _REMEMBERED]
        return sorted(kept, key=_expires)

    def _trim(self) -> None:
        excess = len(self._notes) - self._most
        if excess <= 0:
            return
        for note in nsmallest(excess, self._notes.values(), key=_expires):
            del self._notes[note.key]
            self._changed.discard(note.key)


def _expires(note: Note) -> float:
    return note.expires
