"""Which source of a file gets the next connection. Pure: told what is known of each, and the dice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from rheo.domain.url import Url

AGAIN: Final = 0.05
"""How many of the connections measure anew: who was slow may have become quick."""


class MirrorStrategy(Enum):
    """How connections are shared among the sources of a file, by name."""

    FASTEST = "fastest"
    IN_ORDER = "in-order"
    RANDOM = "random"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A source that may have one more connection now."""

    url: Url
    rank: int
    """Its place in the order in which sources were given; 0 is the first one."""
    connections: int
    """Those that it has."""
    speed: float | None
    """Bytes per second that one more connection will probably bring; None where nobody knows."""


class Strategy(Protocol):
    """Chooses among sources; users may bring their own."""

    def choose(self, candidates: Sequence[Candidate], dice: float) -> Candidate:
        """Return one of the candidates, of which there is at least one; `dice` is a random number in [0, 1)."""


class Fastest:
    """Measures every source, then prefers who brings most per connection."""

    def choose(self, candidates: Sequence[Candidate], dice: float) -> Candidate:
        """Return a source that nobody has measured, first one that nobody asks yet; else the quickest one.

        In the given order where they are equal. Now and then it is any of them, to be measured again.
        """
        unmeasured = [each for each in candidates if each.speed is None]
        if unmeasured:
            return min(unmeasured, key=lambda each: (each.connections, each.rank))
        if dice < AGAIN:
            return candidates[int(dice / AGAIN * len(candidates))]
        return min(candidates, key=lambda each: (-(each.speed or 0.0), each.rank))


class InOrder:
    """Prefers sources in the order in which they were given."""

    def choose(self, candidates: Sequence[Candidate], dice: float) -> Candidate:
        """Return the first one that may have a connection."""
        del dice
        return min(candidates, key=lambda each: each.rank)


class Random:
    """Spreads connections evenly."""

    def choose(self, candidates: Sequence[Candidate], dice: float) -> Candidate:
        """Return any of them."""
        return candidates[int(dice * len(candidates))]


def strategy_named(name: MirrorStrategy) -> Strategy:
    """Return the strategy of that name."""
    match name:
        case MirrorStrategy.FASTEST:
            return Fastest()
        case MirrorStrategy.IN_ORDER:
            return InOrder()
        case MirrorStrategy.RANDOM:
            return Random()
