"""A transfer under way, and what its end will mean."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from rheo.domain.download import Trigger
from rheo.domain.url import Origin
from rheo.engine.limits.lane import Lane
from rheo.engine.transfer import Transfer


@dataclass(slots=True, eq=False)
class Run:
    """A transfer under way."""

    transfer: Transfer
    lane: Lane
    """Its way through the limits."""
    origin: Origin
    """Where it asks first."""
    began: float
    """In monotonic seconds."""
    again: bool
    """Whether the run before it failed."""
    task: asyncio.Task[None] | None = None
    holds_slot: bool = True
    lends_slot: bool = False
    """Whether another one has its slot, as nobody answers."""
    stop_as: Trigger | None = None
    """What its being cancelled means."""
    expired: bool = False
    """Whether it is cancelled because its time is over."""

    def expire(self) -> None:
        """End it, unless it is being ended already."""
        if self.task is not None and self.stop_as is None:
            self.expired = self.transfer.stopped = True
            self.task.cancel()
