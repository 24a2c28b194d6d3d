"""The row of the memory that a thousand downloads at once take, beside a single one of as many bytes."""

from __future__ import annotations

from typing import Final

from bench.goals import Goal, broken, within
from bench.ground import Ground
from bench.measure import Run, run
from bench.payload import Payload
from bench.programs import RHEO, Recipe, present
from bench.scale import MIB, size_text
from bench.section import Section, left_out
from bench.turns import Outcome, take_turns

MEGABYTES: Final = 250.0
TEXT: Final = "memory of a thousand ≤ 250 MB"
PATIENCE: Final = 300.0
EACH: Final = 2 * MIB
"""Bytes of each of the many files: so large that none is gathered whole."""


def measure(ground: Ground, name: str) -> Section:
    """Fetch many files over as many connections at once, and one file of all their bytes over one."""
    count = ground.scale.at_once
    title = f"Memory of {count:,} downloads at once"
    many, one = ground.shelf.hollow(EACH, count), ground.shelf.hollow(EACH * count)
    payloads = {
        Recipe(f"rheo -x1 --max-concurrent {count}", f"{RHEO.words} -x1 --max-concurrent {count}"): many,
        Recipe("rheo -x1, one file", f"{RHEO.words} -x1"): one,
    }
    if not present(tuple(payloads)):
        return left_out(title, "no rheo", [(name, TEXT)])
    outcomes = take_turns(
        tuple(payloads), lambda recipe: _fetch(ground, payloads[recipe], recipe), rounds=1, warm_up=False
    )
    return Section(
        title=title,
        method=(
            f"nginx serves {count:,} sparse files of {size_text(EACH)} over HTTP, each over its own connection, all "
            "at once, onto the memory file system; and one file of as many bytes. Each once; look at the memory."
        ),
        table=[["Downloads", "wall s", "CPU s", "peak MiB"], *map(_line, outcomes.items())],
        goals=[_goal(name, next(iter(outcomes.values())))],
    )


def _fetch(ground: Ground, payload: Payload, recipe: Recipe) -> Run:
    with ground.fresh_folder() as folder:
        command = recipe.command(payload.urls(ground.origin.http), folder=folder, ca=ground.origin.ca)
        took = run([command], environment=ground.environment, patience=PATIENCE)
        payload.check(folder)
        return took


def _line(entry: tuple[Recipe, Outcome]) -> list[str]:
    recipe, outcome = entry
    if outcome.failure is not None:
        return [recipe.name, f"failed: {outcome.failure}", "", ""]
    return [recipe.name, f"{outcome.wall.median:.1f}", f"{outcome.cpu:.1f}", f"{outcome.peak / MIB:.0f}"]


def _goal(name: str, outcome: Outcome) -> Goal:
    if outcome.failure is not None:
        return broken(name, TEXT)
    return within(name, TEXT, measured=outcome.peak / 1e6, limit=MEGABYTES, unit="MB")
