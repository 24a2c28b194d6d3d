"""The row of starting up: what a call costs before it does anything."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bench.goals import Goal, beside, broken, unmeasured
from bench.ground import Ground
from bench.measure import Run
from bench.programs import CURL, RHEO, WGET2, Recipe, aria2c, present
from bench.scale import KIB
from bench.section import Section, outcomes_table, rounds_text
from bench.turns import Outcome, take_turns

NOTHING: Final = Recipe("python -c pass", "python -c pass")
VERSION: Final = Recipe("rheo --version", "rheo --version")
DOWNLOAD: Final = replace(RHEO, name="rheo download, 1 KiB")
PEERS: Final = tuple(replace(peer, name=f"{peer.name}, 1 KiB") for peer in (aria2c(), CURL, WGET2))


def measure(ground: Ground, name: str) -> Section:
    """Start each program, and let those that download fetch 1 KiB."""
    payload = ground.shelf.one(KIB)

    def attempt(recipe: Recipe) -> Run:
        if recipe in (NOTHING, VERSION):
            return ground.run([recipe.words.split()])
        return ground.fetch(recipe, payload)

    rounds = ground.scale.start_rounds
    outcomes = take_turns(present((NOTHING, VERSION, DOWNLOAD, *PEERS)), attempt, rounds=rounds)
    return Section(
        title="Start-up",
        method=f"1 KiB over HTTP to a memory file system; the same Python. {rounds_text(rounds)}",
        table=outcomes_table(outcomes, reference=NOTHING, digits=3),
        goals=[
            _goal(f"{name}-version", "`rheo --version` ≤ 4 x `python -c pass`", outcomes, VERSION, 4),
            _goal(f"{name}-download", "`rheo download` of 1 KiB ≤ 9 x `python -c pass`", outcomes, DOWNLOAD, 9),
        ],
    )


def _goal(key: str, text: str, outcomes: dict[Recipe, Outcome], recipe: Recipe, factor: float) -> Goal:
    if recipe not in outcomes or NOTHING not in outcomes:
        return unmeasured(key, text, "no rheo")
    ours, nothing = outcomes[recipe], outcomes[NOTHING]
    if ours.failure is not None or nothing.failure is not None:
        return broken(key, text)
    return beside(key, text, measured=ours.wall.median, other=nothing.wall.median, factor=factor)
