"""The rows of one file over a link: a server that caps each connection, and a link that loses segments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bench.comparing import Outcomes, compare, gap, ran
from bench.crossing import (
    ARIA2C_SINGLE,
    ARIA2C_SPLIT,
    CAPPED,
    FAST,
    FREE,
    LOSSY,
    MEGABYTE,
    MOST,
    SINGLE,
    SPLITTING,
    Crossing,
    describe,
)
from bench.goals import Goal, beside, unmeasured
from bench.ground import Ground
from bench.link import open_link
from bench.link_itself import ceiling_text
from bench.programs import RHEO, present
from bench.scale import size_text
from bench.section import Section, left_out, outcomes_table, rounds_text
from bench.terms import LinkTerms, RelayLimits
from bench.turns import side_by_side, take_turns

Promise = Callable[[str, str, Outcomes], Goal]
"""Takes a key, a text and what came out."""

TURNS: Final = (
    "Those that split a file run in turns, without warming up; `aria2c` and `curl`, which use one connection and so "
    "little of the link, once and side by side."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One row: a file, the link, the server's limits, and what is promised, by the goal's key and text."""

    size: int
    what: str
    method: str
    terms: LinkTerms
    limits: RelayLimits
    promises: Mapping[tuple[str, str], Promise]

    @property
    def title(self) -> str:
        """What, and over which link."""
        return f"{self.what}, {describe(self.terms)}"


def capped(ground: Ground, name: str) -> Section:
    """Fetch a file of which each connection brings 1 MB/s at most."""
    size = ground.scale.capped
    least = size / (MOST * MEGABYTE)

    def of_the_link(key: str, text: str, outcomes: Outcomes) -> Goal:
        if (missing := gap(key, text, outcomes, RHEO)) is not None:
            return missing
        return beside(key, text, measured=outcomes[RHEO].wall.median, other=least, factor=1.1)

    def of_aria2c(key: str, text: str, outcomes: Outcomes) -> Goal:
        return compare(key, text, outcomes, ARIA2C_SPLIT, 1.1)

    work = Work(
        size=size,
        what=f"{size_text(size)} from a server that caps a connection at 1 MB/s",
        method=f"{MOST} connections need {least:.2f} s, and one {size / MEGABYTE:.0f} s.",
        terms=FAST,
        limits=CAPPED,
        promises={
            (f"{name}-aria2c", "wall ≤ 1.1 x aria2c -x16"): of_aria2c,
            (f"{name}-limit", f"wall ≤ 1.1 x the least that {MOST} connections need"): of_the_link,
        },
    )
    return _measure(ground, work)


def lossy(ground: Ground, name: str) -> Section:
    """Fetch a file over a link that loses segments."""
    size = ground.scale.lossy
    work = Work(
        size=size,
        what=size_text(size),
        method="Real TCP on both ends, CUBIC at the sender; each segment is lost by itself, SYN and ACK as well.",
        terms=LOSSY,
        limits=FREE,
        promises={(f"{name}-aria2c", "wall ≤ aria2c's best settings"): _of_aria2c_at_best},
    )
    return _measure(ground, work)


def _measure(ground: Ground, work: Work) -> Section:
    with open_link(work.terms, environment=ground.environment) as link:
        if isinstance(link, str):
            return left_out(work.title, link, work.promises)
        payload = ground.shelf.one(work.size)
        crossing = Crossing(ground=ground, link=link, payload=payload, limits=work.limits)
        rounds = ground.scale.long_rounds
        outcomes = {
            **take_turns(present(SPLITTING), crossing.run, rounds=rounds, warm_up=False),
            **side_by_side(present(SINGLE), crossing.begin),
        }
    return Section(
        title=work.title,
        method=f"{work.method} {TURNS} {ceiling_text(ground)} {rounds_text(rounds)}",
        table=outcomes_table(outcomes, reference=RHEO),
        goals=[promise(*named, outcomes) for named, promise in work.promises.items()],
    )


def _of_aria2c_at_best(key: str, text: str, outcomes: Outcomes) -> Goal:
    measured = [recipe for recipe in (ARIA2C_SPLIT, ARIA2C_SINGLE) if ran(outcomes, recipe)]
    if not measured:
        return unmeasured(key, text, "no aria2c")
    best = min(measured, key=lambda recipe: outcomes[recipe].wall.median)
    return compare(key, f"{text} (here `{best.name}`)", outcomes, best, 1.0)
