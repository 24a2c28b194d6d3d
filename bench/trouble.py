"""The rows in which one of the connections of a file stalls for ever, or crawls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from bench.crossing import ARIA2C_SPLIT, CAPPED, FAST, MEGABYTE, Crossing, describe
from bench.goals import Goal, broken, unmeasured, within
from bench.ground import Ground
from bench.link import open_link
from bench.measure import Run
from bench.programs import AXEL, RHEO, Recipe, present
from bench.scale import size_text
from bench.section import Section, left_out, rounds_text, spread_text
from bench.terms import RelayLimits
from bench.turns import Outcome, take_turns

PEERS: Final = (ARIA2C_SPLIT, AXEL)
SENT: Final = 0.6
"""The part of the file that has been sent in all when a connection stalls."""
CRAWLER: Final = 3
"""Which connection crawls: neither the first, which asks what the file is, nor one of the last."""
TEXT: Final = "wall ≤ 1.1 x the time without it + 5 s"
NOT_CURL: Final = "curl, whose only connection it would be, is left out."


@dataclass(frozen=True, slots=True)
class Try:
    """A program, with or without the trouble."""

    recipe: Recipe
    troubled: bool


Outcomes = Mapping[Try, Outcome]


def stall(ground: Ground, name: str) -> Section:
    """Let the connection stall that sends the byte after which 60 % of the file have been sent."""
    limits = replace(CAPPED, stalls_after=int(ground.scale.troubled * SENT))
    what = "one of the connections stalls for ever"
    method = f"The one that brings the byte at {SENT:.0%} of all that is sent falls silent; it is not closed."
    return _measure(ground, name, what=what, method=method, limits=limits)


def crawl(ground: Ground, name: str) -> Section:
    """Let one connection bring a hundredth of what its siblings bring."""
    limits = replace(CAPPED, crawler=CRAWLER, crawls_at=MEGABYTE / 100)
    what = "one of the connections crawls"
    method = f"Connection {CRAWLER} brings 10 kB/s, from its beginning."
    return _measure(ground, name, what=what, method=method, limits=limits)


def _measure(ground: Ground, name: str, *, what: str, method: str, limits: RelayLimits) -> Section:
    title = f"{size_text(ground.scale.troubled)} at 1 MB/s a connection, {describe(FAST)}: {what}"
    with open_link(FAST, environment=ground.environment) as link:
        if isinstance(link, str):
            return left_out(title, link, [(name, TEXT)])
        payload = ground.shelf.one(ground.scale.troubled)
        calm = Crossing(ground=ground, link=link, payload=payload, limits=CAPPED, patience=ground.scale.trouble_ends)
        troubled = calm.with_limits(limits)

        def attempt(one: Try) -> Run:
            return (troubled if one.troubled else calm).run(one.recipe)

        rounds = ground.scale.long_rounds
        outcomes = {
            **take_turns(list(_tries(RHEO)), attempt, rounds=rounds, warm_up=False),
            **take_turns(list(_tries(*PEERS)), attempt, rounds=1, warm_up=False),
        }
    return Section(
        title=title,
        method=f"{method} {NOT_CURL} rheo: {rounds_text(rounds)} The others: once.",
        table=[["Program", "wall s without it", "wall s with it"], *_lines(outcomes)],
        goals=[_goal(name, outcomes)],
    )


def _tries(*recipes: Recipe) -> Iterator[Try]:
    for recipe in present(recipes):
        yield Try(recipe, troubled=False)
        yield Try(recipe, troubled=True)


def _lines(outcomes: Outcomes) -> Iterator[list[str]]:
    for recipe in dict.fromkeys(one.recipe for one in outcomes):
        calm, troubled = (outcomes[Try(recipe, troubled=troubled)] for troubled in (False, True))
        yield [recipe.name, _text(calm), _text(troubled)]


def _text(outcome: Outcome) -> str:
    return f"failed: {outcome.failure}" if outcome.failure is not None else spread_text(outcome.wall)


def _goal(name: str, outcomes: Outcomes) -> Goal:
    ours = [outcomes[one] for one in _tries(RHEO)]
    if not ours:
        return unmeasured(name, TEXT, "no rheo")
    if any(outcome.failure is not None for outcome in ours):
        return broken(name, TEXT)
    calm, troubled = (outcome.wall.median for outcome in ours)
    limit = 1.1 * calm + 5
    return within(name, f"{TEXT} (here {limit:.1f} s)", measured=troubled, limit=limit, unit="s")
