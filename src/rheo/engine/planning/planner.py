"""Which bytes each connection fetches next: shares the missing bytes of one file among its connections.

There is no initial partition. The first connection takes everything; each further one takes what nobody fetches,
else the tail of the segment that would end last, so large that both end together. One rule serves the start, the
slow tail and a piece that is given back. Docs: docs/internals/planner.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Self

from rheo.domain.ranges import Range, RangeSet
from rheo.engine.planning.proof import first_difference

ENDLESS: Final = 2**62
"""The stop of a segment of which nobody knows where it ends."""

RACED_MOST: Final = 8 * 1024 * 1024
"""Bytes that all raced segments may have left: they are kept to compare the later copy with."""

LEAST_SPLIT: Final = 1024 * 1024
"""Bytes that a split leaves on either side, where nobody says how many."""

BRISK: Final = 0.5
LEAST_OF_ALL: Final = 64 * 1024
"""Where a connection is slow, it may be fewer: what it brings in so many seconds, but at least these."""


@dataclass(slots=True, eq=False)
class Race:
    """The last bytes of a file, fetched twice at the same time; who brings a byte first, counts (invariant 1)."""

    start: int
    front: int
    """Up to here the bytes are there."""
    copy: bytearray = field(default_factory=bytearray)
    """The bytes from `start` to `front`."""
    runners: int = 2
    differs_at: int | None = None
    """The first byte of which the later copy was another one: then the two answers are not of one version."""


@dataclass(slots=True, eq=False)
class Segment:
    """The range that one connection fetches; `[position, stop)` is still to come."""

    position: int
    stop: int
    speed: float = 0.0
    """Bytes per second; 0.0 as long as nobody knows. Whoever measures it writes it here."""
    race: Race | None = None

    @property
    def rest(self) -> int:
        """Bytes that are still to come from this connection, if it is the quicker one."""
        return self.stop - max(self.position, self.race.front if self.race else 0)

    @property
    def finished(self) -> bool:
        """Whether its bytes are there, whoever brought them."""
        return self.rest <= 0


class Planner:
    """Hands out segments; lives on one thread, and nothing in it waits."""

    def __init__(self, missing: Iterable[Range], *, min_split: int | None) -> None:
        """`min_split` is the least number of bytes that a split leaves on either side; None: as is worth it."""
        self._free = RangeSet(missing)
        self._claimed: list[Segment] = []
        self._min_split = min_split
        self.window: int | None = None
        """Bytes that one claim takes at the most; None: as much as there is."""

    @classmethod
    def whole(cls, size: int, *, min_split: int | None, window: int | None) -> tuple[Self, Segment | None]:
        """Return a planner of a file of which nothing is there, and its first claim; None for an empty file."""
        stop = size if window is None else min(size, window)
        planner = cls([(stop, size)] if stop < size else (), min_split=min_split)
        planner.window = window
        if not size:
            return planner, None
        segment = Segment(0, stop)
        planner._claimed.append(segment)
        return planner, segment

    @property
    def finished(self) -> bool:
        """Whether every byte is there."""
        return not self._free and not self._claimed

    @property
    def free(self) -> int:
        """Bytes that nobody fetches."""
        return self._free.size

    @property
    def rest(self) -> int:
        """Bytes that are still to come; a raced one counts once."""
        raced = {id(segment.race): segment for segment in self._claimed if segment.race is not None}
        alone = [segment for segment in self._claimed if segment.race is None]
        return self._free.size + sum(segment.rest for segment in [*alone, *raced.values()])

    def claim(self, *, setup: float = 0.0, speed: float | None = None) -> Segment | None:
        """Take the first range that nobody fetches, else a tail; None where there is nothing worth a connection.

        `setup` is the seconds that pass until the newcomer's first byte, `speed` what it will then probably bring;
        None: as much as others do.
        """
        return self._take_free() or self._split(setup, self._typical_speed() if speed is None else speed)

    def advance(self, segment: Segment, count: int) -> int:
        """Count bytes that came as the next ones of a segment; return how many of them were still wanted."""
        wanted = min(count, segment.stop - segment.position)
        segment.position += wanted
        if wanted and segment.position >= segment.stop:
            self._claimed.remove(segment)
        return wanted

    def advance_raced(self, segment: Segment, data: bytes) -> slice:
        """Do the same for a raced segment; return the part of the data that was still wanted.

        What the other one brought before is compared with this copy, and `differs_at` is set where it is another.
        """
        race = segment.race
        assert race is not None
        start, stop = segment.position, min(segment.position + len(data), segment.stop)
        known = min(max(race.front, start), stop)
        found = first_difference(race.copy[start - race.start : known - race.start], data[: known - start])
        if found is not None:
            race.differs_at = start + found
        wanted = slice(known - start, stop - start)
        race.copy += data[wanted]
        race.front = max(race.front, stop)
        segment.position = stop
        if race.front >= segment.stop:
            self._claimed = [other for other in self._claimed if other.race is not race]
        return wanted

    def release(self, segment: Segment) -> None:
        """Give back what a connection could not bring; a segment that is finished, too, may be given back."""
        if segment not in self._claimed:
            return
        self._claimed.remove(segment)
        race = segment.race
        if race is not None:
            race.runners -= 1
            if race.runners:
                return  # the other one goes on
        self._free.add(segment.stop - segment.rest, segment.stop)

    def give_back(self, start: int, stop: int) -> None:
        """Want bytes again that came and are not believed; nobody fetches them now."""
        self._free.add(start, stop)

    def extend(self, segment: Segment, *, stop: int) -> bool:
        """Let a finished segment go on into the free bytes right behind it, up to `stop`; whether there were any."""
        following = self._free.starting_at(segment.stop)
        if following is None or segment.stop >= stop or segment.race is not None:
            return False
        limit = min(self._limit(following), stop)
        self._free.remove(segment.stop, limit)
        segment.stop = limit
        self._claimed.append(segment)
        return True

    def race(self, *, speed: float, setup: float, room: int = RACED_MOST) -> Segment | None:
        """Fetch the rest of the slowest segment a second time, where that would end in half of the time.

        `speed` and `setup` are those that the second connection will probably have; `room` is how many
        bytes there is memory for.
        """
        known = [each for each in self._claimed if each.race is None and each.speed > 0]
        slowest = max(known, key=self._seconds_left, default=None)
        if slowest is None or not 0 < slowest.rest <= min(room, RACED_MOST - self.raced):
            return None
        if speed <= 0 or self._seconds_left(slowest) < 2 * (setup + slowest.rest / speed):
            return None
        race = Race(slowest.position, slowest.position)
        slowest.race = race
        second = Segment(slowest.position, slowest.stop, race=race)
        self._claimed.append(second)
        return second

    @property
    def raced(self) -> int:
        """Bytes that the races under way keep, or will."""
        stops = {each.race.start: each.stop for each in self._claimed if each.race is not None}
        return sum(stop - start for start, stop in stops.items())

    def end(self, segment: Segment) -> None:
        """Note that a segment without an end is over: its answer said where that is, by ending."""
        if segment in self._claimed:
            self._claimed.remove(segment)
        segment.stop = segment.position

    def _take_free(self) -> Segment | None:
        first = self._free.first
        if first is None:
            return None
        segment = Segment(first[0], self._limit(first))
        self._free.remove(segment.position, segment.stop)
        self._claimed.append(segment)
        return segment

    def _limit(self, free: Range) -> int:
        """Return how far one claim may go into a free range."""
        start, stop = free
        return stop if self.window is None else min(stop, start + self.window)

    def _split(self, setup: float, newcomer: float) -> Segment | None:
        """Take the tail of the segment that would end last."""
        candidates = [each for each in self._claimed if each.race is None and each.rest >= 2 * self._least(each, setup)]
        victim = max(candidates, key=self._seconds_left, default=None)
        if victim is None or victim.stop >= ENDLESS:
            return None
        tail = Segment(victim.stop - self._share(victim, setup, newcomer), victim.stop)
        victim.stop = tail.position
        self._claimed.append(tail)
        return tail

    def _share(self, victim: Segment, setup: float, newcomer: float) -> int:
        """Return how many bytes a newcomer of that speed takes so that both end at the same moment."""
        speed = victim.speed or newcomer
        if newcomer <= 0:
            share = victim.rest // 2
        else:
            # The victim goes on alone for `setup` seconds; then both fetch, each at its own speed.
            share = int((victim.rest - speed * setup) * newcomer / (speed + newcomer))
        least = self._least(victim, setup)
        return max(least, min(share, victim.rest - least))

    def _least(self, segment: Segment, setup: float) -> int:
        """Return how many bytes a split leaves on either side: a slow tail is worth more connections."""
        if self._min_split is not None:
            return self._min_split
        if segment.speed <= 0:
            return LEAST_SPLIT
        return min(LEAST_SPLIT, max(LEAST_OF_ALL, int(segment.speed * max(BRISK, 2 * setup))))

    def _seconds_left(self, segment: Segment) -> float:
        """Return how long a segment will take; one of unknown speed counts as the typical one."""
        speed = segment.speed or self._typical_speed()
        return segment.rest / speed if speed > 0 else float(segment.rest)

    def _typical_speed(self) -> float:
        """Return the median speed of all that have one; 0.0 where none has."""
        speeds = [segment.speed for segment in self._claimed if segment.speed > 0]
        return middle(speeds)


def middle(speeds: list[float]) -> float:
    """Return the median, 0.0 of nothing; the library's own costs 10 ms of every start."""
    ordered, half = sorted(speeds), len(speeds) // 2
    if not ordered:
        return 0.0
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
