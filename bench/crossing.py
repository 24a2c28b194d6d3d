"""A program that fetches a file over a link, from servers that limit their connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from bench.ground import Ground
from bench.link import CONGESTION, Link
from bench.measure import PATIENCE, Run
from bench.payload import Payload
from bench.programs import AXEL, CURL, RHEO, Recipe, aria2c
from bench.relay import open_relays
from bench.terms import LinkTerms, RelayLimits

MEGABYTE: Final = 1e6
MOST: Final = 16
"""Connections that programs open at most, here."""

FAST: Final = LinkTerms(round_trip=0.05, rate=25 * MEGABYTE)
LOSSY: Final = LinkTerms(round_trip=0.08, rate=25 * MEGABYTE, loss=0.01)
CAPPED: Final = RelayLimits(each=MEGABYTE, congestion=CONGESTION)
FREE: Final = RelayLimits(congestion=CONGESTION)

ARIA2C_SINGLE: Final = aria2c()
ARIA2C_SPLIT: Final = aria2c("-x16", "-s16", "-k1M")
SPLITTING: Final = (RHEO, ARIA2C_SPLIT, AXEL)
SINGLE: Final = (ARIA2C_SINGLE, CURL)
"""Those that use one connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """Which file comes over which link, from servers with which limits."""

    ground: Ground
    link: Link
    payload: Payload
    limits: RelayLimits
    mirrors: tuple[RelayLimits, ...] = ()
    """Of further servers of the same file, which the program is told after the first one."""
    patience: float = PATIENCE

    @contextmanager
    def begin(self, recipe: Recipe) -> Iterator[Callable[[], Run]]:
        """Let a program begin, and yield what waits for its end and checks the file."""
        ground = self.ground
        with (
            open_relays(
                ground.origin, [self.limits, *self.mirrors], environment=ground.environment, link=self.link
            ) as relays,
            ground.fetching(
                recipe,
                self.payload,
                origin=relays[0].origin,
                mirrors=[relay.origin for relay in relays[1:]],
                around=self.link.at_client,
                patience=self.patience,
            ) as finish,
        ):
            yield finish

    def run(self, recipe: Recipe) -> Run:
        """Let a program fetch it."""
        with self.begin(recipe) as finish:
            return finish()

    def with_limits(self, limits: RelayLimits) -> Crossing:
        """Return the same but for the limits."""
        return replace(self, limits=limits)


def describe(terms: LinkTerms) -> str:
    """Return a link's terms as people write them."""
    loss = f", {terms.loss:.0%} of the segments lost each way" if terms.loss else ""
    return f"{terms.rate * 8 / 1e6:.0f} Mbit/s, {terms.round_trip * 1e3:.0f} ms round trip{loss}"
