"""The events that wait for one slow listener: bounded, and honest about what it missed."""

from __future__ import annotations

from collections import deque
from typing import Final

from rheo.domain.events import Event, Lagged, ProgressSampled

BOUND: Final = 10_000


class Backlog:
    """A queue of events that never grows beyond its bound: samples go first, then everything, with a note."""

    def __init__(self, bound: int = BOUND) -> None:
        self._bound = bound
        self._events: deque[Event] = deque()
        self._missed = 0

    def __len__(self) -> int:
        return len(self._events) + bool(self._missed)

    def put(self, event: Event) -> None:
        """Add an event, making room if there is none."""
        if len(self._events) >= self._bound:
            self._make_room()
        self._events.append(event)

    def take(self) -> Event | None:
        """Return the next event, a `Lagged` where some are missing before it, or None."""
        if self._missed:
            missed, self._missed = self._missed, 0
            return Lagged(missed)
        return self._events.popleft() if self._events else None

    def _make_room(self) -> None:
        kept = [event for event in self._events if not isinstance(event, ProgressSampled)]
        if len(kept) >= self._bound:
            self._missed += len(kept)
            kept = []
        self._events = deque(kept)
