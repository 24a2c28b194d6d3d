"""One connection of a crew, what it fetches, and what its end means."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum

from rheo.domain.errors import RheoError
from rheo.domain.resource import Resource
from rheo.engine.connection import Connection
from rheo.engine.gatekeeper import Changed, Refuse, Whole
from rheo.engine.pace import Pace
from rheo.engine.planner import Segment


class Ending(Enum):
    """What the end of a connection means for the others."""

    WELL = "well"
    ANOTHER_VERSION = "another version"
    DOUBTFUL = "doubtful"
    """Only the validator is another one."""
    UNRANGED = "unranged"
    """The server sends the whole file whatever it is asked for."""
    REFUSED = "refused"
    BROKEN = "broken"


@dataclass(slots=True, eq=False)
class Member:
    """One connection of the crew, and the segment that it fetches."""

    segment: Segment
    pace: Pace
    connection: Connection | None = None
    """None before its request is made."""
    task: asyncio.Task[None] | None = None
    """None for the opening one, which somebody else runs."""
    shared: bool = False
    """Whether it is a stream among others on one connection."""

    @property
    def brought(self) -> int:
        """Bytes that it brought."""
        return 0 if self.connection is None else self.connection.brought

    @property
    def flowing(self) -> bool:
        """Whether bytes have come."""
        return self.connection is not None and self.connection.flowing

    def stop(self) -> None:
        """End it early; soon."""
        if self.task is not None:
            self.task.cancel()
        elif self.connection is not None and self.connection.exchange is not None:
            self.connection.exchange.stop()

    def ending(self, known: Resource, error: RheoError | None) -> Ending:
        """Return what its end means; `known` is what the first answer said, `error` what the transport raised."""
        verdict = None if self.connection is None else self.connection.verdict
        if self.connection is not None and self.connection.refused_proof:
            return Ending.ANOTHER_VERSION
        if isinstance(verdict, Changed):
            return Ending.ANOTHER_VERSION if verdict.certain else Ending.DOUBTFUL
        if isinstance(verdict, Whole):
            if None not in (sizes := {known.size, verdict.resource.size}) and len(sizes) > 1:
                return Ending.ANOTHER_VERSION
            return Ending.DOUBTFUL if verdict.contradicts else Ending.UNRANGED
        if isinstance(verdict, Refuse):
            return Ending.REFUSED
        return Ending.BROKEN if error is not None or not self.brought else Ending.WELL
