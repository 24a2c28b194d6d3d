"""Tells what has happened: one publisher, any number of subscribers, none of whom is waited for.

A subscriber gets events in batches, through a queue of its own that drops nothing but old progress samples:
of these only the latest of each download is kept while a batch waits.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from rheo.domain.events import Event, ProgressSampled

LEAST_INTERVAL: Final = 0.02
"""Seconds between two wake-ups of a subscriber to whom much is told: each costs a switch of threads."""
FIRST_INTERVAL: Final = 0.001
"""The same after a silence, so that a small download ends when it does; each wake-up doubles it."""


class Outbox:
    """One subscriber's waiting events; filled on the engine's thread, emptied on one other.

    There is no lock: one thread appends, the other takes from the front.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        """`wake` is called on the engine's thread when there is something to take; it must not wait."""
        self._wake = wake
        self._events: deque[Event] = deque()
        self._samples: dict[int, ProgressSampled] = {}
        self._woken = 0.0
        self._interval = FIRST_INTERVAL
        self._due: asyncio.TimerHandle | None = None

    def put(self, event: Event) -> None:
        """Add an event; on the engine's thread."""
        if isinstance(event, ProgressSampled):
            self._samples[event.id] = event
        else:
            self._samples.pop(getattr(event, "id", 0), None)  # it is told after the states, and would be late
            self._events.append(event)
        if self._due is None:
            loop = asyncio.get_running_loop()
            self._due = loop.call_at(self._woken + self._interval, self._tell)

    def take(self) -> list[Event]:
        """Return all events that wait, states before samples."""
        samples, self._samples = self._samples, {}
        events = [self._events.popleft() for _ in range(len(self._events))]
        events.extend(list(samples.values()))
        return events

    def _tell(self) -> None:
        self._due = None
        now = asyncio.get_running_loop().time()
        self._interval = interval_after(self._interval, silence=now - self._woken)
        self._woken = now
        self._wake()


def interval_after(interval: float, *, silence: float) -> float:
    """Return the seconds that a subscriber is left alone now, after it was for so many; `silence` is since then."""
    return FIRST_INTERVAL if silence > 2 * LEAST_INTERVAL else min(LEAST_INTERVAL, 2 * interval)


class Bus:
    """Publishes to all subscribers; lives on the engine's thread."""

    def __init__(self) -> None:
        self._outboxes: list[Outbox] = []

    def subscribe(self, wake: Callable[[], None]) -> Outbox:
        """Return a new subscriber's outbox."""
        outbox = Outbox(wake)
        self._outboxes.append(outbox)
        return outbox

    def unsubscribe(self, outbox: Outbox) -> None:
        """Tell that subscriber nothing more."""
        self._outboxes.remove(outbox)

    def publish(self, event: Event) -> None:
        """Tell everyone."""
        for outbox in self._outboxes:
            outbox.put(event)
