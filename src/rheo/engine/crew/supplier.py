"""One source of a file as its crew uses it: the connections that it has, and how many it is to have.

It judges nothing by itself: `Rounds` says how many connections are worth it, and what an end means is the crew's to
tell the others.
"""

from __future__ import annotations

from typing import Final

from rheo.domain.errors import RheoError, TruncatedBodyError
from rheo.domain.expiry import has_died
from rheo.domain.ranges import Range
from rheo.domain.settings import Settings
from rheo.engine.answers.gatekeeper import Refuse
from rheo.engine.answers.range_refusal import Refused, is_of_the_range
from rheo.engine.crew.asking import Asking
from rheo.engine.crew.member import Member
from rheo.engine.hosts.host import Host, Hosts, Rest
from rheo.engine.planning.planner import middle
from rheo.engine.planning.rounds import Rounds
from rheo.engine.sources.source import Source

SETUP: Final = 2
"""Round trips until a new connection brings its first byte."""

UNKNOWN_ROUND_TRIP: Final = 0.05
"""Seconds, where nothing was measured."""


class Supplier:
    """A source, and the connections to it that bring one file."""

    def __init__(
        self,
        source: Source,
        asking: Asking,
        *,
        hosts: Hosts,
        settings: Settings,
        most: int | None,
    ) -> None:
        """Take its host's `settings`; `most` is how many connections it has at the most, None as they say."""
        self.source = source
        self.asking = asking
        self.members: list[Member] = []
        self._hosts = hosts
        self._limit = settings.host_limit
        self._ended = 0
        """Bytes of members that have ended."""
        self.banned: str | None = None
        """Why nothing is asked of it any more; None while something may be."""
        self.error: RheoError | None = None
        """What left it without a connection the last time; None where nothing did."""
        self._lost = 0
        """Bytes that came from there and are not believed."""
        self._speed = 0.0
        """Bytes per second of one connection, as far as they were measured; 0.0: nobody knows."""
        self._rest = Rest()
        fixed = most is not None or settings.connections is not None
        self.rounds = Rounds(most=most or settings.connections or self._limit, begin_with=self.host.level, fixed=fixed)

    @property
    def host(self) -> Host:
        """Where the file was found last."""
        return self._hosts[self.source.url.origin]

    @property
    def received(self) -> int:
        """Bytes that came from there in this run."""
        return self._ended + sum(member.brought for member in self.members) - self._lost

    @property
    def setup(self) -> float:
        """Seconds that pass until a new connection brings its first byte."""
        return SETUP * self.round_trip

    @property
    def round_trip(self) -> float:
        """Seconds; a guess where nothing was measured."""
        return self.host.round_trip or UNKNOWN_ROUND_TRIP

    @property
    def first_byte(self) -> float:
        """Seconds that its first answer took to begin; 0.0 before it."""
        return self.source.answers.timings.first_byte or 0.0

    @property
    def speed(self) -> float | None:
        """Bytes per second that one more connection will probably bring; None where nobody knows."""
        return self._speed or self.host.speed

    def usable(self, now: float) -> bool:
        """Whether anything may be asked of it now."""
        return self.banned is None and not self._rest.lasts(now)

    def rest(self, now: float) -> None:
        """Ask nothing of it for a while; and others first for the next file, too."""
        self._rest.begin(now)
        self.host.rest.begin(now)

    def ban(self, because: str) -> list[Range]:
        """Ask nothing of it any more, and take nothing more of what it sends; return what is dropped of that."""
        self.banned = because
        for member in self.members:
            member.stop()
        return [member.connection.disown() for member in self.members if member.connection is not None]

    def take(self, member: Member) -> None:
        """Have one more connection."""
        self.members.append(member)

    def credit(self, size: int) -> None:
        """Take note that it brought so many bytes, from the first one on, before there was a crew."""
        self.asking.delivered.add(0, size)
        self._ended += size

    def has_brought(self, position: int) -> bool:
        """Whether a byte came from there in this run, handed on or not."""
        gathered = [member.connection.gathered for member in self.members if member.connection is not None]
        handed_on = self.asking.delivered.containing(position) is not None
        return handed_on or any(start <= position < stop for start, stop in gathered)

    def lose(self, start: int, stop: int) -> None:
        """Take note that what it brought of a range is not believed."""
        delivered = self.asking.delivered
        before = delivered.size
        delivered.remove(start, stop)
        self._lost += before - delivered.size

    def let_go(self, member: Member) -> None:
        """Have one fewer."""
        self.members.remove(member)
        self._ended += member.brought

    def look(self, now: float, *, limited: bool) -> None:
        """See whether the number of connections is still the right one; `limited` where it is we who keep them slow."""
        for member in self.members:
            measured = member.round_trip()
            if measured is not None:
                self.host.met(measured)
        self._measure()
        flowing = sum(member.flowing for member in self.members)
        if limited:
            self.rounds.hold()
        else:
            self.rounds.look(now, received=self.received, flowing=flowing, round_trip=self.round_trip)
        if self.rounds.judged is not None:
            self.host.level = self.rounds.judged
        if flowing:
            self.host.speed = self.speed
            self._rest.end()
            self.host.rest.end()

    def _measure(self) -> None:
        """Find out what a connection brings; what one alone says is too little where it stalls."""
        speeds = [member.pace.speed for member in self.members if member.pace.speed > 0]
        if len(speeds) > 1:
            self._speed = middle(speeds)
        else:
            self._speed = max([self._speed, *speeds])

    def may_have_another(self, now: float) -> bool:
        """Whether one more connection is allowed, and worth it."""
        return (
            self.asking.answers > 0
            and self.asking.resource.ranged
            and len(self.members) < self.rounds.target
            and self.rounds.may_open(now)
            and self.host.may_add(self._limit, now)
        )

    def retire(self, *, enough: int | None) -> None:
        """Let connections go that bring nothing, or that another download of the host is entitled to.

        `enough` is how many bring all that a limit allows; None where no limit keeps them slow.
        """
        target = self.rounds.target if enough is None else min(self.rounds.target, enough)
        surplus = len(self.members) - target if self.asking.resource.ranged else 0
        if self.host.must_give(len(self.members), self._limit):
            surplus = max(surplus, 1)
        if surplus > 0:
            for member in sorted(self.members, key=lambda member: member.pace.speed)[:surplus]:
                member.stop()

    def replace(self, member: Member, now: float) -> None:
        """End a connection that is too slow; one that has not brought a byte is one more than the host serves."""
        member.stop()
        if not member.flowing:
            self.rounds.refused(now, running=sum(other.flowing for other in self.members))

    def refused(self, member: Member, now: float) -> tuple[Refused, RheoError | None]:
        """Take in a refusal; return what is refused, and the error where nobody could have done better."""
        assert member.connection is not None
        assert isinstance(member.connection.verdict, Refuse)
        error = member.connection.verdict.error
        refused = self._what_is_refused(error)
        if refused is not Refused.FILE:
            return refused, None
        if has_died(error, worked=True, over=True, expected=True) and self.source.leave(member.url):
            self.rounds.broke(now)
            return refused, None
        self.rounds.refused(now, running=len(self.members))
        if error.retry_after is not None:
            self.rounds.wait(now + error.retry_after)
        return refused, error

    def _what_is_refused(self, error: RheoError) -> Refused:
        if not self.asking.answers:
            return self.asking.refusal.refused(error)
        whole_only = not self.asking.resource.ranged and is_of_the_range(error)
        return Refused.RANGE if whole_only else Refused.FILE

    def broke(self, member: Member, error: RheoError | None, now: float) -> RheoError:
        """Take in that a connection broke; return the error."""
        if member.flowing:
            self.rounds.broke(now)
        else:
            self.rounds.refused(now, running=len(self.members))
        return error or TruncatedBodyError(f"{self.source.url.origin}: the answer ended before its first byte")
