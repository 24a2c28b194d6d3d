"""The rows of one file from several mirrors: one dies halfway, or the first one is of no use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from bench.comparing import gap
from bench.crossing import ARIA2C_SPLIT, FAST, FREE, MEGABYTE, Crossing, describe
from bench.goals import Goal, beside, broken, unmeasured, within
from bench.ground import Ground
from bench.link import Link, open_link
from bench.measure import Run
from bench.programs import RHEO, Recipe, present
from bench.scale import Scale, size_text
from bench.section import Section, left_out, outcomes_table, rounds_text, spread_text
from bench.terms import RelayLimits
from bench.turns import Outcome, take_turns

RATES: Final = (4 * MEGABYTE, 2 * MEGABYTE, 1 * MEGABYTE)
"""Bytes a second of each mirror, all its connections together."""
MORTAL: Final = 1
"""Which of them dies when half of the file has been sent in all."""
FACTOR: Final = 1.15

HEALTHY: Final = replace(FREE, total=8 * MEGABYTE)
TROUBLES: Final = {
    "accepts and stays silent": replace(FREE, silent=True),
    "refuses connections": replace(FREE, refuses=True),
    "brings 10 kB/s": replace(FREE, total=MEGABYTE / 100),
}
COSTS: Final = 2.0
"""Seconds that each of them may cost."""

ONCE: Final = "aria2c, with the same URLs in the same order: once."


@dataclass(frozen=True, slots=True)
class Try:
    """A program, and what ails the first mirror; None where the file is fetched without it."""

    recipe: Recipe
    trouble: str | None


Outcomes = Mapping[Try, Outcome]


def ideal(size: int) -> float:
    """Return the seconds that a file takes at the sum of all rates until half of it is sent, and of those left then."""
    together = sum(RATES)
    return size / 2 / together + size / 2 / (together - RATES[MORTAL])


def dying(ground: Ground, name: str) -> Section:
    """Fetch a file from three mirrors, of which one dies when half of it has been sent."""
    size = ground.scale.mirrored
    title = f"{size_text(size)} from mirrors of 4, 2 and 1 MB/s, {describe(FAST)}: the second dies at half"
    text = f"wall ≤ {FACTOR} x the ideal of their sum"
    with open_link(FAST, environment=ground.environment) as link:
        if isinstance(link, str):
            return left_out(title, link, [(name, text)])
        first, *others = _mortal(size)
        payload = ground.shelf.one(size)
        crossing = Crossing(ground=ground, link=link, payload=payload, limits=first, mirrors=tuple(others))
        rounds = ground.scale.long_rounds
        outcomes = {
            **take_turns(present((RHEO,)), crossing.run, rounds=rounds, warm_up=False),
            **take_turns(present((ARIA2C_SPLIT,)), crossing.run, rounds=1, warm_up=False),
        }
    goal = gap(name, text, outcomes, RHEO)
    if goal is None:
        measured = outcomes[RHEO].wall.median
        goal = beside(name, text, measured=measured, other=ideal(size), factor=FACTOR)
    return Section(
        title=title,
        method=(
            "A rate is that of all connections to a mirror. When half of the file has been sent by all of them, the "
            "mirror of 2 MB/s ends its connections and refuses new ones. The ideal is half of the bytes at 7 MB/s and "
            f"half at 5 MB/s: {ideal(size):.2f} s. rheo: {rounds_text(rounds)} {ONCE}"
        ),
        table=outcomes_table(outcomes, reference=RHEO),
        goals=[goal],
    )


def useless_first(ground: Ground, name: str) -> Section:
    """See what a first mirror costs that is silent, refuses, or crawls."""
    scale = ground.scale
    title = f"{size_text(scale.mirrored_first)} from a mirror of 8 MB/s, {describe(FAST)}, after one of no use"
    promises = {trouble: (f"{name}-{trouble.split()[0]}", f"the first one {trouble}: < 2 s") for trouble in TROUBLES}
    with open_link(FAST, environment=ground.environment) as link:
        if isinstance(link, str):
            return left_out(title, link, promises.values())
        outcomes = _try_all(ground, link)
    return Section(
        title=title,
        method=(
            f"The same file without the first mirror, and with it. rheo: {rounds_text(scale.long_rounds)} {ONCE} "
            f"Whoever is not finished after {scale.first_ends:g} s is given up."
        ),
        table=[
            ["Program", "wall s without it", *(f"with one that {trouble}" for trouble in TROUBLES)],
            *_lines(outcomes),
        ],
        goals=[_goal(*promise, outcomes, trouble) for trouble, promise in promises.items()],
    )


def _mortal(size: int) -> Iterator[RelayLimits]:
    for index, rate in enumerate(RATES):
        yield replace(FREE, total=rate, dies_after=size // 2 if index == MORTAL else 0)


def _try_all(ground: Ground, link: Link) -> Outcomes:
    scale: Scale = ground.scale
    payload = ground.shelf.one(scale.mirrored_first)
    alone = Crossing(ground=ground, link=link, payload=payload, limits=HEALTHY, patience=scale.first_ends)

    def attempt(one: Try) -> Run:
        if one.trouble is None:
            return alone.run(one.recipe)
        return replace(alone, limits=TROUBLES[one.trouble], mirrors=(HEALTHY,)).run(one.recipe)

    return {
        **take_turns(list(_tries(RHEO)), attempt, rounds=scale.long_rounds, warm_up=False),
        **take_turns(list(_tries(ARIA2C_SPLIT)), attempt, rounds=1, warm_up=False),
    }


def _tries(recipe: Recipe) -> Iterator[Try]:
    for one in present([recipe]):
        yield from (Try(one, trouble) for trouble in (None, *TROUBLES))


def _lines(outcomes: Outcomes) -> Iterator[list[str]]:
    for recipe in dict.fromkeys(one.recipe for one in outcomes):
        yield [recipe.name, *(_text(outcomes[Try(recipe, trouble)]) for trouble in (None, *TROUBLES))]


def _text(outcome: Outcome) -> str:
    return f"failed: {outcome.failure}" if outcome.failure is not None else spread_text(outcome.wall)


def _goal(key: str, text: str, outcomes: Outcomes, trouble: str) -> Goal:
    ours = [outcomes[one] for one in _tries(RHEO) if one.trouble in {None, trouble}]
    if not ours:
        return unmeasured(key, text, "no rheo")
    if any(outcome.failure is not None for outcome in ours):
        return broken(key, text)
    without, beside_it = (outcome.wall.median for outcome in ours)
    return within(key, text, measured=beside_it - without, limit=COSTS, unit="s")
