"""What this process has learnt about the hosts that it fetches from, and how many connections each has now.

Nothing of it outlives the process, and nothing waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from rheo.domain.oldest import drop_oldest
from rheo.domain.url import Origin
from rheo.engine.hosts.bans import Bans
from rheo.engine.politeness.gate import Gate

REST: Final = 2.0
REST_MOST: Final = 60.0
"""Seconds until a source that failed, was silent, or crawled beside others is asked again; longer each time."""


@dataclass(slots=True)
class Rest:
    """How long to leave somebody alone; time is told on the monotonic clock, in seconds."""

    until: float = 0.0
    times: int = 0
    """How many there were in a row."""

    def begin(self, now: float) -> None:
        """Ask nothing for a while, longer each time in a row."""
        self.until = now + min(REST * 2.0**self.times, REST_MOST)
        self.times += 1

    def end(self) -> None:
        """Begin with a short one the next time: all went well."""
        self.until, self.times = 0.0, 0

    def lasts(self, now: float) -> bool:
        """Whether it is not over yet."""
        return now < self.until


@dataclass(slots=True, eq=False)
class Total:
    """The connections to all hosts together."""

    most: int | None = None
    """None: as many as the hosts allow."""
    open: int = 0


@dataclass(slots=True, eq=False)
class Host:
    """One origin: what all downloads from there share."""

    total: Total = field(default_factory=Total)
    connections: int = 0
    """Those under way now, for all downloads; a multiplexed stream is none, as far as we know of it."""
    transfers: int = 0
    """Downloads that have more than one connection, or want it."""
    level: int | None = None
    """The number of connections for one file that served well; None as long as nobody knows."""
    multiplexed: bool = False
    """Whether its last answer came over a connection that many share."""
    round_trip: float | None = None
    """Seconds, the least that a new connection took: a lost packet adds a second to one; None before."""
    speed: float | None = None
    """Bytes per second that one of its connections brought last; None before."""
    rest: Rest = field(default_factory=Rest)
    """As long as it lasts, sources elsewhere are asked first."""
    gate: Gate = field(default_factory=Gate)
    """Where every request passes."""

    def may_add(self, limit: int, now: float) -> bool:
        """Whether there may be one more connection."""
        total = self.total
        allowed = self.connections < limit and (total.most is None or total.open < total.most)
        return allowed and self.gate.turn(now) <= now

    def add(self, count: int = 1) -> None:
        """Count a connection that begins."""
        self.connections += count
        self.total.open += count

    def drop(self, count: int = 1) -> None:
        """Count one no more."""
        self.connections -= count
        self.total.open -= count

    def met(self, round_trip: float) -> None:
        """Take in how long the handshake of a new connection took."""
        self.round_trip = round_trip if self.round_trip is None else min(self.round_trip, round_trip)

    def idle(self, now: float) -> bool:
        """Whether nothing is under way, and it need not be remembered that it wants to be left alone."""
        gate = self.gate
        limited = gate.rate.at(now) is not None or gate.limit.at(now) is not None or gate.tries
        free = not limited and gate.under_way == 0 and gate.turn(now) <= now
        return free and self.connections == 0 and self.transfers == 0 and not self.rest.lasts(now)

    def must_give(self, mine: int, limit: int) -> bool:
        """Whether a download with so many connections must let one go, so that each gets its share."""
        return self.connections > limit and mine > max(1, limit // max(1, self.transfers))


MOST_LED: Final = 2048
"""Hosts of which is remembered where they led."""

SURE: Final = 3
"""Downloads in a row that a host must lead to the same one until others are expected to be led there."""


@dataclass(slots=True, eq=False)
class Hosts:
    """All origins that were asked."""

    most: int | None = None
    """Connections to all of them together; None: as many as each allows."""
    delay_of: Callable[[str], float] | None = None
    """Returns the least seconds between two requests to a host, by its name; None: there is no such delay."""
    bans: Bans = field(default_factory=Bans)
    _hosts: dict[Origin, Host] = field(default_factory=dict)
    _led: dict[Origin, tuple[Origin, int]] = field(default_factory=dict)
    """Where each one led downloads last, and how many in a row; empty as long as nobody redirects."""
    _total: Total = field(init=False)

    def __post_init__(self) -> None:
        self._total = Total(self.most)

    def __getitem__(self, origin: Origin) -> Host:
        host = self._hosts.get(origin)
        if host is None:
            delay = 0.0 if self.delay_of is None else self.delay_of(origin.host)
            host = self._hosts[origin] = Host(self._total, gate=Gate(delay))
        return host

    def __len__(self) -> int:
        return len(self._hosts)

    def __iter__(self) -> Iterator[Origin]:
        return iter(self._hosts)

    def forget(self, origin: Origin) -> None:
        """Know nothing of a host any more."""
        del self._hosts[origin]

    def led(self, start: Origin, end: Origin) -> None:
        """Note that redirects led a download from one host to another, or to none."""
        if end == start:
            self._led.pop(start, None)
            return
        before, times = self._led.get(start, (end, 0))
        self._led[start] = end, times + 1 if before == end else 1
        drop_oldest(self._led, most=MOST_LED)

    def leads_to(self, start: Origin) -> Origin | None:
        """Return where a host will probably lead the next download, too; None: nowhere, or nobody knows."""
        end, times = self._led.get(start, (start, 0))
        return end if times >= SURE else None
