"""One connection of a crew, what it fetches, and what its end means."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from rheo.domain.errors import RheoError
from rheo.domain.resource import Likeness
from rheo.domain.url import Url
from rheo.engine.answers.gatekeeper import Changed, Refuse, Take, Verdict, Whole
from rheo.engine.hosts.host import Host
from rheo.engine.planning.pace import Pace
from rheo.engine.planning.planner import Segment
from rheo.engine.planning.sizes import gathering
from rheo.engine.requests.connection import Connection
from rheo.transport.base import Exchange

if TYPE_CHECKING:
    from rheo.engine.crew.supplier import Supplier  # which has members


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
    url: Url
    """Where it asks, before redirects."""
    supplier: Supplier
    connection: Connection | None = None
    """None before its request is made."""
    task: asyncio.Task[None] | None = None
    """None for the opening one, which somebody else runs."""
    stopped: bool = False
    """Whether we ended it early."""
    host: Host | None = None
    """Where it counts as a connection; None where it does not, or no longer."""

    @property
    def brought(self) -> int:
        """Bytes that it brought."""
        return 0 if self.connection is None else self.connection.brought

    def measure(self, now: float) -> None:
        """Find out how fast it is, and have it gather accordingly."""
        self.pace.measure(self.segment, self.brought, now)
        if self.connection is not None:
            self.connection.gathering = gathering(self.pace.speed)

    @property
    def flowing(self) -> bool:
        """Whether bytes have come."""
        return self.connection is not None and self.connection.flowing

    @property
    def at_seam(self) -> bool:
        """Whether it looks at what lies behind its segment."""
        return self.connection is not None and self.connection.at_seam

    def leave_host(self, _task: object = None) -> None:
        """Count no longer as a connection."""
        if self.host is not None:
            self.host.drop()
            self.host = None

    def stop(self) -> None:
        """End it early; soon."""
        self.stopped = True
        if self.task is not None:
            self.task.cancel()
        elif self._exchange is not None:
            self._exchange.stop()

    def fail(self, error: BaseException) -> None:
        """End it with this error; soon."""
        if self._exchange is not None:
            self._exchange.fail(error)

    def round_trip(self) -> float | None:
        """Return the seconds that connecting took; None where no connection was made, or nothing came over it yet."""
        return self._exchange.round_trip() if self._exchange is not None and self.flowing else None

    @property
    def _exchange(self) -> Exchange | None:
        return None if self.connection is None else self.connection.exchange

    def ending(self, error: RheoError | None) -> Ending:
        """Return what its end means; `error` is what the transport raised."""
        verdict = None if self.connection is None else self.connection.verdict
        if self.connection is not None and self.connection.differs_at is not None:
            return Ending.ANOTHER_VERSION
        if isinstance(verdict, Changed):
            return Ending.ANOTHER_VERSION if verdict.certain else Ending.DOUBTFUL
        if isinstance(verdict, Whole):
            return self._ending_of_whole(verdict)
        if isinstance(verdict, Refuse):
            return Ending.REFUSED
        if self.stopped or self.segment.finished or self._fell_short(verdict):
            return Ending.WELL  # nothing was expected of it any more, or nothing but what is there came
        return Ending.BROKEN if error is not None or not self.brought else Ending.WELL

    def _fell_short(self, verdict: Verdict | None) -> bool:
        """Whether the answer ended within what was asked for to be compared."""
        return isinstance(verdict, Take) and verdict.stop is not None and verdict.stop <= self.segment.position

    def _ending_of_whole(self, verdict: Whole) -> Ending:
        """Return what it means that the whole file came: some servers do not take the If-Range that was sent."""
        if verdict.likeness is Likeness.OTHER:
            return Ending.ANOTHER_VERSION
        connection = self.connection
        if connection is None or not connection.ask.ranged:
            return Ending.UNRANGED
        known = connection.known  # a sibling may have raised doubts since
        return Ending.UNRANGED if known is None or known.validator is None else Ending.DOUBTFUL
