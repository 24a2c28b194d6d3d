"""The connections that bring one file: opens more while that helps, replaces slow ones, gives back what fails.

What to fetch is the planner's to say, how many connections are worth it `Rounds`, who is too slow `Pace`; here they
are asked and obeyed. An error of one connection ends that connection; that of the last one ends the run.
"""

from __future__ import annotations

import asyncio
from typing import Final

from rheo.domain.errors import HttpStatusError, RheoError, TransferError, TruncatedBodyError
from rheo.domain.resource import Resource
from rheo.domain.settings import Settings
from rheo.engine.asking import Asking
from rheo.engine.clock import Clock
from rheo.engine.connection import Connection
from rheo.engine.gatekeeper import Refuse
from rheo.engine.hosts import Host, Hosts
from rheo.engine.incoming import GATHERING, IncomingFile
from rheo.engine.member import Ending, Member
from rheo.engine.pace import Paces
from rheo.engine.planner import Planner, Segment
from rheo.engine.range_refusal import Refused
from rheo.engine.retry import PROGRESS
from rheo.engine.rounds import Rounds
from rheo.engine.source import Source
from rheo.engine.versions import StartOver

LOOK: Final = 0.1
"""Seconds between two looks at all connections."""

GATHERED_MOST: Final = 4 * 1024 * 1024
GATHERED_LEAST: Final = 128 * 1024
"""Bytes that all connections together gather, and each at the least."""

WINDOW: Final = 4.0
FIRST_WINDOW: Final = 4 * 1024 * 1024
"""Seconds, and bytes at the least, of one claim where a digest follows the bytes: so their prefix grows."""

EXPIRED: Final = frozenset({401, 403, 404, 410})
"""What the URL that a redirect led to says when its time is over."""

SETUP: Final = 2
"""Round trips until a new connection brings its first byte."""

UNKNOWN_ROUND_TRIP: Final = 0.05
"""Seconds, where nothing was measured."""


class Crew:
    """All connections of one file; lives on the loop, and its tasks in the group that it is given."""

    def __init__(
        self,
        *,
        source: Source,
        hosts: Hosts,
        file: IncomingFile,
        plan: Planner,
        resource: Resource,
        settings: Settings,
        clock: Clock,
        tasks: asyncio.TaskGroup,
        resumed: bool = False,
        alone: bool = False,
    ) -> None:
        """`resource` is what the first answer said, perhaps in an earlier run; later ones are held against it.

        `alone` has one connection at a time, since the bytes must come in order.
        """
        self.plan = plan
        self.file = file
        self.supervised = False
        """Whether `run` has begun."""
        self._source = source
        self._hosts = hosts
        self._settings = settings = settings.for_host(source.url.host)
        self._clock = clock
        self._tasks = tasks
        self._wake = asyncio.Event()
        self._asking = Asking(
            source=source,
            file=file,
            plan=plan,
            resource=resource,
            clock=clock,
            resumed=resumed,
            on_accepted=self._wake.set,  # the version is known to be the same: others may follow
        )
        self._limit = settings.host_limit
        self._rounds = Rounds(
            most=1 if alone else settings.connections or self._limit,
            begin_with=self._host.level,
            fixed=alone or settings.connections is not None,
        )
        self._members: list[Member] = []
        self._brought = 0
        """Bytes of members that have ended."""
        self._error: BaseException | None = None
        self._paces = Paces()
        file.on_failure = self.fail
        file.on_beat = self._hand_on

    @property
    def _host(self) -> Host:
        """Where the file was found last."""
        return self._hosts[self._source.url.origin]

    @property
    def received(self) -> int:
        """Bytes that came in this run."""
        return self._brought + sum(member.brought for member in self._members)

    @property
    def one_version(self) -> bool:
        """Whether all bytes are sure to be of one version: from one answer, or pinned by a strong validator."""
        return self._asking.one_version

    @property
    def resource(self) -> Resource:
        """What the answers said that the file is, as far as it is believed."""
        return self._asking.resource

    def join(self, connection: Connection, segment: Segment) -> Member:
        """Take in the opening connection, whose answer has just begun; its end is told to `end` and `conclude`.

        Whoever opened it counts it where it is.
        """
        member = Member(segment, self._paces.begin(self._clock.monotonic()), self._source.url, connection)
        self._asking.answers += 1
        self._members.append(member)
        return member

    async def run(self) -> None:
        """Return once every byte has come; raises what keeps the rest from coming, or StartOver."""
        self.supervised = True
        host = self._host
        host.transfers += 1
        try:
            while self._error is None and not self._over:
                self._look(self._clock.monotonic())
                await self._pause()
            if self._error is not None:
                raise self._error
        finally:
            host.transfers -= 1
            for member in self._members:
                member.stop()

    @property
    def _over(self) -> bool:
        """Whether every byte is there, and so is what is to be compared with its neighbour."""
        return self.plan.finished and not any(member.at_seam for member in self._members)

    def fail(self, error: BaseException) -> None:
        """End the run with this error."""
        self._error = self._error or error
        self._wake.set()
        if not self.supervised:
            for member in self._members:
                member.fail(error)

    def flush(self) -> None:
        """Hand on what all connections have gathered; raises StorageError."""
        for member in self._members:
            if member.connection is not None:
                member.connection.flush()

    def _hand_on(self) -> None:
        """Have slow bytes written, too; while the disk is the slow one they wait here, where connections pause."""
        if not self.file.full:
            self.flush()

    def end(self, member: Member) -> None:
        """Hand on what a connection brought, and give back what it did not; raises StorageError."""
        self._members.remove(member)
        self._paces.end(member.pace)
        self._brought += member.brought
        member.leave_host()
        try:
            if member.connection is not None:
                member.connection.end()
        finally:
            self.plan.release(member.segment)
            self._wake.set()

    def conclude(self, member: Member, error: RheoError | None) -> None:
        """Draw the consequence of a connection's end for the others."""
        self._praise(member, error)
        lost: RheoError | None = None
        match member.ending(error):
            case Ending.ANOTHER_VERSION:
                mixed = self._asking.is_mixed(member)
                self._error = self._error or StartOver("the file has changed on the server", single=mixed)
            case Ending.DOUBTFUL:
                self._error = self._error or self._asking.doubt()
            case Ending.UNRANGED if not self._asking.refusal.came_whole():
                self._give_up_ranges()
            case Ending.REFUSED:
                lost = self._refused(member)
            case Ending.BROKEN:
                lost = self._broke(member, error)
        if lost is not None and not self._members and not self.plan.finished:
            self._error = self._error or lost

    def _praise(self, member: Member, error: RheoError | None) -> None:
        """Forget earlier losses where a connection did what it should."""
        if member.brought >= PROGRESS:
            self._rounds.delivered()
        if error is None and not member.stopped:
            self._paces.forgive()

    # --- a look at everything, ten times a second and whenever a connection ended

    def _look(self, now: float) -> None:
        round_trip = self._round_trip()
        for member in self._members:
            member.pace.measure(member.segment, member.brought, now)
        self._paces.compare()
        self._error = self._error or self.file.torn()
        flowing = sum(member.flowing for member in self._members)
        self._rounds.look(now, received=self.received, flowing=flowing, round_trip=round_trip)
        if self._rounds.judged is not None:
            self._host.level = self._rounds.judged
        self.plan.window = self._window()
        self._replace_slow(now, round_trip)
        self._open(now, SETUP * round_trip)
        self._retire()
        self.file.gathering = min(GATHERING, max(GATHERED_LEAST, GATHERED_MOST // max(1, len(self._members))))

    def _replace_slow(self, now: float, round_trip: float) -> None:
        """End connections that crawl; what they leave is the next thing that is taken.

        One that has not brought a byte while others do is one more than the host serves.
        """
        if self.file.full:
            return  # it is we who hold them up
        first_byte = self._source.answers.timings.first_byte or 0.0
        for member in self._members:
            if not member.stopped and self._paces.crawls(
                member.pace, now, round_trip=round_trip, first_byte=first_byte
            ):
                member.stop()
                if not member.flowing:
                    self._rounds.refused(now, running=sum(other.flowing for other in self._members))

    def _open(self, now: float, setup: float) -> None:
        while self._may_open(now, setup):
            segment = self.plan.claim(setup=setup) or self.plan.race(speed=self._paces.typical, setup=setup)
            if segment is None:
                return
            member = Member(segment, self._paces.begin(now), self._source.url, host=self._host)
            self._host.add()
            self._members.append(member)
            member.task = self._tasks.create_task(self._bring(member))
            member.task.add_done_callback(member.leave_host)  # it may never have begun

    def _may_open(self, now: float, setup: float) -> bool:
        if not self._members:
            # Somebody must fetch what is left, and a lone one needs no leave of the host's other downloads.
            return self.plan.free > 0
        return (
            self._asking.answers > 0
            and self.resource.ranged
            and not self.file.borrowed
            and len(self._members) < self._rounds.target
            and self._rounds.may_open(now)
            and self._host.may_add(self._limit)
            and (self.plan.free > 0 or self._paces.seconds(self.plan.rest) > 2 * setup)
        )

    def _retire(self) -> None:
        """Let connections go that bring nothing, or that another download of the host is entitled to."""
        surplus = len(self._members) - self._rounds.target if self.resource.ranged else 0
        if self._host.must_give(len(self._members), self._limit):
            surplus = max(surplus, 1)
        if surplus > 0:
            for member in sorted(self._members, key=lambda member: member.pace.speed)[:surplus]:
                member.stop()

    def _window(self) -> int | None:
        """Return how much one claim takes at the most."""
        if self._settings.segment_size is not None or not self.file.digested:
            return self._settings.segment_size
        return max(FIRST_WINDOW, int(self._paces.typical * WINDOW))

    def _round_trip(self) -> float:
        for member in self._members:
            measured = member.round_trip()
            if measured is not None:
                self._host.met(measured)
        return self._host.round_trip or UNKNOWN_ROUND_TRIP

    async def _pause(self) -> None:
        due = self._rounds.due
        wait = LOOK if due is None else min(LOOK, max(0.0, due - self._clock.monotonic()))
        timer = self._clock.call_later(wait, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            timer.cancel()
        self._wake.clear()

    # --- one connection

    async def _bring(self, member: Member) -> None:
        """Fetch one segment, or as much of it as comes."""
        error: TransferError | None = None
        try:
            if member.segment.race is not None:
                self.flush()  # so that there is something to compare with
            error = await self._asking.fetch(member)
        finally:
            self.end(member)
        self.conclude(member, error)

    # --- what an end means

    def _give_up_ranges(self) -> None:
        """Open no further connection; whoever brings bytes goes on, and if nobody does, one stream brings all."""
        self._asking.give_up_ranges()
        if not self._members:
            self._error = StartOver("the server does not serve parts of the file", single=True, changed=False)

    def _refused(self, member: Member) -> RheoError | None:
        assert member.connection is not None
        assert isinstance(member.connection.verdict, Refuse)
        error = member.connection.verdict.error
        now = self._clock.monotonic()
        refused = Refused.FILE if self._asking.answers else self._asking.refusal.refused(error)
        if refused is not Refused.FILE:
            if refused is Refused.RANGE:
                self._give_up_ranges()
            return None
        if isinstance(error, HttpStatusError) and error.status in EXPIRED and self._source.leave(member.url):
            self._rounds.broke(now)
            return None
        self._rounds.refused(now, running=len(self._members))
        if error.retry_after is not None:
            self._rounds.wait(now + error.retry_after)
        return error

    def _broke(self, member: Member, error: RheoError | None) -> RheoError:
        now = self._clock.monotonic()
        if member.flowing:
            self._rounds.broke(now)
        else:
            self._rounds.refused(now, running=len(self._members))
        return error or TruncatedBodyError(f"{self._source.url.origin}: the answer ended before its first byte")
