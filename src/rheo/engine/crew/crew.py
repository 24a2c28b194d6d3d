"""The connections that bring one file: opens more while that helps, replaces slow ones, gives back what fails.

What to fetch is the planner's to say, how many connections are worth it `Rounds`, who is too slow `Pace`; here they
are asked and obeyed. An error of one connection ends that connection; that of the last one ends the run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from rheo.domain.errors import RheoError, TransferError
from rheo.domain.ranges import Range
from rheo.domain.resource import Resource
from rheo.domain.strategy import Strategy
from rheo.engine.answers.range_refusal import Refused
from rheo.engine.crew.asking import Asking
from rheo.engine.crew.belief import Belief
from rheo.engine.crew.member import Ending, Member
from rheo.engine.crew.supplier import Supplier
from rheo.engine.crew.suppliers import Suppliers
from rheo.engine.file.incoming import IncomingFile
from rheo.engine.file.versions import StartOver
from rheo.engine.planning.pace import Paces
from rheo.engine.planning.planner import Planner
from rheo.engine.planning.sizes import claim
from rheo.engine.requests.connection import Connection, Intake
from rheo.engine.retries.retry import PROGRESS
from rheo.engine.sources.source import Source
from rheo.engine.surroundings import Surroundings

LOOK: Final = 0.1
"""Seconds between two looks at all connections."""


class Crew:
    """All connections of one file; lives on the loop, and its tasks in the group that `run` is given."""

    def __init__(
        self,
        sources: Sequence[Source],
        around: Surroundings,
        *,
        file: IncomingFile,
        plan: Planner,
        resource: Resource,
        strategy: Strategy,
        homes: Callable[[], Sequence[Source]],
        resumed: bool = False,
        alone: bool = False,
    ) -> None:
        """Of the sources the first one is believed where two differ; `strategy` chooses among them.

        `homes` returns further sources that servers tell of; there may be more of them later, behind those.
        `resource` is what the first answer said, perhaps in an earlier run; later ones are held against it.
        `alone` has one connection at a time, since the bytes must come in order.
        """
        self.plan = plan
        self.file = file
        self.supervised = False
        """Whether `run` has begun."""
        self._settings = around.settings.for_host(sources[0].url.host)
        self._around = around
        self._homes = homes
        self._clock = around.clock
        self._tasks: asyncio.TaskGroup
        self._wake = asyncio.Event()
        self._most = self._settings.connections or self._settings.host_limit
        several = [
            self._supplier(source, resource, resumed=resumed, mirror=source is not sources[0], alone=alone)
            for source in sources[: 1 if alone else None]
        ]
        self.suppliers = Suppliers(several, strategy, dice=around.dice)
        self.belief = Belief(self.suppliers, file, plan)
        self._began = self._clock.monotonic()
        self._members: list[Member] = []
        self._error: BaseException | None = None
        self._paces = Paces()
        self._listen()

    def _supplier(self, source: Source, resource: Resource, *, resumed: bool, mirror: bool, alone: bool) -> Supplier:
        asking = Asking(
            source=source,
            file=self.file,
            plan=self.plan,
            resource=replace(resource.unvouched(), ranged=True) if mirror else resource,
            clock=self._clock,
            resumed=resumed,
            on_accepted=self._wake.set,  # the version is known to be the same: others may follow
            mirror=mirror,
        )
        settings = self._around.settings.for_host(source.url.host)
        return Supplier(source, asking, hosts=self._around.hosts, settings=settings, most=1 if alone else None)

    @property
    def received(self) -> int:
        """Bytes that came in this run."""
        return self.suppliers.received

    @property
    def one_version(self) -> bool:
        """Whether all bytes are sure to be of one version: from one answer, or pinned by a strong validator."""
        return not self.suppliers.mirrored and self.suppliers.reference.asking.one_version

    @property
    def resource(self) -> Resource:
        """What the answers said that the file is, as far as it is believed."""
        return self.suppliers.reference.asking.resource

    def join(self, connection: Connection, intake: Intake) -> Member:
        """Take in the opening connection, which its opener counts and ends; its answer begins at the first byte."""
        supplier = self.suppliers.reference
        pace = self._paces.begin(self._clock.monotonic())
        member = Member(intake.segment, pace, supplier.source.url, supplier, connection)
        supplier.asking.answers += 1
        supplier.asking.delivered.add(0, connection.handed_on)
        intake.by, intake.delivered = supplier, supplier.asking.delivered
        self._take(member)
        self._meet()
        return member

    async def run(self, tasks: asyncio.TaskGroup) -> None:
        """Return once every byte has come; raises what keeps the rest from coming, or StartOver."""
        self._tasks = tasks
        self.supervised = True
        self.suppliers.begin()
        try:
            while self._error is None and not await self._is_over():
                self._look(self._clock.monotonic())
                await self._pause()
                await self.belief.withdraw()
            if self._error is not None:
                raise self._error
        finally:
            self.suppliers.end()
            for member in self._members:
                member.stop()
            await self.belief.end()

    async def want_again(self, bad: Sequence[Range]) -> None:
        """Take out of a file that came what is wrong of it, so that the next `run` brings that anew."""
        await self.belief.withdraw_ranges(bad)
        self._listen()

    def _listen(self) -> None:
        self.file.on_failure = self.fail
        self.file.on_beat = self._hand_on

    async def _is_over(self) -> bool:
        """Whether every byte is there, and so is what is to be compared with its neighbour."""
        if not self.plan.finished or not self.belief.settled or any(member.at_seam for member in self._members):
            return False
        if len(self.suppliers) > 1:  # a mirror that lied is found out while others can still do better
            await self.file.ready()
            self._error = self._error or self.belief.compare()
        return self.belief.settled

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
        member.supplier.let_go(member)
        self._paces.end(member.pace)
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
        supplier = member.supplier
        if supplier.banned is not None:
            return
        lost: RheoError | None = None
        match member.ending(error):
            case Ending.ANOTHER_VERSION:
                self._error = self._error or self.belief.differ(member)
            case Ending.DOUBTFUL:
                self._error = self._error or supplier.asking.doubt()
            case Ending.UNRANGED if not supplier.asking.refusal.came_whole():
                self._give_up_ranges(supplier)
            case Ending.REFUSED:
                lost = self._refused(member)
            case Ending.BROKEN:
                lost = supplier.broke(member, error, self._clock.monotonic())
        if lost is not None and not supplier.members and not self.plan.finished:
            self._lose(supplier, lost)

    def _praise(self, member: Member, error: RheoError | None) -> None:
        """Forget earlier losses where a connection did what it should."""
        if member.brought >= PROGRESS:
            member.supplier.rounds.delivered()
        if error is None and not member.stopped:
            self._paces.forgive()

    # --- a look at everything, ten times a second and whenever a connection ended

    def _meet(self) -> None:
        """Take in the further sources that servers tell of; a stream has one alone."""
        homes = () if self.file.target is None else self._homes()
        for source in self.suppliers.new_among(homes):
            self.suppliers.add(self._supplier(source, self.resource, resumed=False, mirror=True, alone=False))

    def _look(self, now: float) -> None:
        self._meet()
        for member in self._members:
            member.measure(now)
        self._paces.compare()
        self._error = self._error or self.belief.compare()
        for supplier in self.suppliers:
            supplier.look(now, limited=self._around.limited)
        self.plan.window = self._window()
        self._replace_slow(now)
        self._open(now)
        for supplier in self.suppliers:
            supplier.retire(enough=self._around.enough)
        self.file.holding.keep(self.plan.raced)

    def _replace_slow(self, now: float) -> None:
        """End connections that crawl; what they leave is the next thing that is taken."""
        if self.file.full or self._around.limited:
            return  # it is we who hold them up
        for member in self._members:
            supplier = member.supplier
            if not member.stopped and self._paces.crawls(
                member.pace, now, round_trip=supplier.round_trip, first_byte=supplier.first_byte
            ):
                supplier.replace(member, now)
                if self.suppliers.others_flow(supplier) and len(supplier.members) == 1:
                    supplier.rest(now)

    def _open(self, now: float) -> None:
        while (supplier := self.suppliers.choose(partial(self._may_open, now=now))) is not None:
            setup, speed = supplier.setup, supplier.speed
            segment = self.plan.claim(setup=setup, speed=speed)
            if segment is None and not self._around.limited:  # bytes that come twice are taken of a limit twice
                room = self.file.holding.room_to_keep
                segment = self.plan.race(speed=speed or self._paces.typical, setup=setup, room=room)
            if segment is None:
                return
            supplier.source.leave_where_over()
            host = supplier.host
            member = Member(segment, self._paces.begin(now), supplier.source.url, supplier, host=host)
            host.add()
            self._take(member)
            member.task = self._tasks.create_task(self._bring(member))
            member.task.add_done_callback(member.leave_host)  # it may never have begun

    def _take(self, member: Member) -> None:
        self._members.append(member)
        member.supplier.take(member)

    def _may_open(self, supplier: Supplier, now: float) -> bool:
        if not supplier.usable(now):
            return False
        if not self._members:
            # Somebody must fetch what is left, and a lone one needs no leave of the host's other downloads.
            return self.plan.free > 0
        return (
            self.suppliers.may_have_another(supplier, now, waited=now - self._began)
            and not self.file.unproven
            and len(self._members) < min(self._most, self._around.enough or self._most)
            and (self._settings.connections is not None or not self._around.limited)  # they would bring no more
            and (self.plan.free > 0 or self._paces.seconds(self.plan.rest) > 2 * supplier.setup)
        )

    def _window(self) -> int | None:
        """Return how much one claim takes at the most."""
        if self._settings.segment_size is not None or not self.file.assured.promise:
            return self._settings.segment_size
        return claim(self._paces.typical, self.suppliers.reference.round_trip)

    async def _pause(self) -> None:
        dues = [supplier.rounds.due for supplier in self.suppliers if supplier.rounds.due is not None]
        wait = min([LOOK, *(max(0.0, due - self._clock.monotonic()) for due in dues)])
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
            error = await member.supplier.asking.fetch(member)
        finally:
            self.end(member)
        self.conclude(member, error)

    # --- what an end means

    def _lose(self, supplier: Supplier, error: RheoError) -> None:
        """Do without a source for a while, or for good; where none is left, the run ends."""
        now = self._clock.monotonic()
        supplier.error = error
        if supplier is self.suppliers.reference or error.transient:
            supplier.rest(now)
        else:
            self.belief.ban(supplier, error.message)
        if not self._members and not self.suppliers.usable(now):
            self._error = self._error or self.suppliers.error()

    def _give_up_ranges(self, supplier: Supplier) -> None:
        """Open no further connection; whoever brings bytes goes on, and if nobody does, one stream brings all."""
        supplier.asking.give_up_ranges()
        if supplier is not self.suppliers.reference:
            self.belief.ban(supplier, "it does not serve parts of the file")
        if not self._members and (supplier is self.suppliers.reference or not self.suppliers.ranged):
            self._error = StartOver("the server does not serve parts of the file", single=True, changed=False)

    def _refused(self, member: Member) -> RheoError | None:
        refused, error = member.supplier.refused(member, self._clock.monotonic())
        if refused is Refused.RANGE:
            self._give_up_ranges(member.supplier)
        return error
