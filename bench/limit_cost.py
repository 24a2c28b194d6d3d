"""The row of what a limit costs: the same bytes without one, under one, and from a server that sends that slowly."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Final

from bench.goals import Goal, broken, unmeasured
from bench.ground import Ground
from bench.measure import Run
from bench.origin import PACED
from bench.programs import RHEO, Recipe, present
from bench.scale import size_text
from bench.section import Section, rounds_text, spread_text
from bench.turns import Outcome, spread, take_turns

LIMITED: Final = Recipe("rheo -x1 --limit-rate", f"{RHEO.words} -x1 --limit-rate {PACED}")
UNLIMITED: Final = Recipe("rheo -x1", f"{RHEO.words} -x1")
FACTOR: Final = 1.02


@dataclass(frozen=True, slots=True)
class Try:
    """A way to call rheo, and the path below which the server is asked."""

    name: str
    recipe: Recipe
    below: str = ""


FREE: Final = Try("no limit", UNLIMITED)
UNDER_LIMIT: Final = Try("a limit of 200 MB/s", LIMITED)
SLOW_SERVER: Final = Try("no limit, a server that sends 200 MB/s", UNLIMITED, "/paced")
TRIES: Final = (FREE, UNDER_LIMIT, SLOW_SERVER)


def measure(ground: Ground, name: str) -> Section:
    """Fetch the same file in three ways in turns, and compare the CPU of each round's runs."""
    payload = ground.shelf.one(ground.scale.big)

    def attempt(one: Try) -> Run:
        with ground.fetching(one.recipe, payload, origin=ground.origin.http + one.below) as finish:
            return finish()

    rounds = ground.scale.short_rounds
    tries = TRIES if present((RHEO,)) else ()
    outcomes = take_turns(tries, attempt, rounds=rounds)
    return Section(
        title=f"What a limit costs: {size_text(payload.size)}, HTTP, memory file system, one connection",
        method=(
            "nginx sends as fast as it is read, or 200 MB/s by its own `limit_rate`: a program that reads slowly finds "
            "its caches and clocks cold each time, whoever makes it slow. CPU, user and system; ratios are the medians "
            f"of those within each round. {rounds_text(rounds)}"
        ),
        table=[
            ["rheo with", "wall s, median (min to max)", "CPU s, median (min to max)", "CPU ÷ no limit"],
            *(_line(one, outcome, outcomes[FREE]) for one, outcome in outcomes.items()),
        ],
        goals=[
            _goal(name, f"CPU ≤ {FACTOR} x without a limit", outcomes, FREE),
            _goal(f"{name}-line", f"CPU ≤ {FACTOR} x from a server that slow", outcomes, SLOW_SERVER),
        ],
    )


def _line(one: Try, outcome: Outcome, reference: Outcome) -> list[str]:
    if outcome.failure is not None:
        return [one.name, f"failed: {outcome.failure}", "", ""]
    cpu = spread_text(spread(run.cpu for run in outcome.runs))
    ratio = "" if reference.failure is not None else f"{_ratio(outcome, reference):.2f}"
    return [one.name, spread_text(outcome.wall), cpu, ratio]


def _ratio(outcome: Outcome, reference: Outcome) -> float:
    """Return the median of the ratios of CPU within each round."""
    return median(ours.cpu / other.cpu for ours, other in zip(outcome.runs, reference.runs, strict=False))


def _goal(key: str, text: str, outcomes: dict[Try, Outcome], reference: Try) -> Goal:
    if not outcomes:
        return unmeasured(key, text, "no rheo")
    limited, other = outcomes[UNDER_LIMIT], outcomes[reference]
    if limited.failure is not None or other.failure is not None:
        return broken(key, text)
    ratio = _ratio(limited, other)
    return Goal(key=key, text=text, measured=f"{ratio:.2f} x", met=ratio <= FACTOR)
