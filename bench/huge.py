"""The row of the memory that a file larger than the machine's takes."""

from __future__ import annotations

import subprocess
from typing import Final

from bench.goals import Goal, broken, unmeasured, within
from bench.ground import Ground
from bench.holes import kept_hollow
from bench.measure import Run, run
from bench.payload import Payload
from bench.programs import RHEO, Recipe, aria2c, present
from bench.scale import size_text
from bench.section import Section, outcomes_table
from bench.turns import Outcome, take_turns

RESERVES_NOT: Final = "--no-reserve"
OURS: Final = Recipe(f"rheo {RESERVES_NOT}", f"{RHEO.words} {RESERVES_NOT}")
PEERS: Final = (aria2c("-x16", "-s16", "--file-allocation=none"),)
MEGABYTES: Final = 60.0
TEXT: Final = "memory ≤ 60 MB"
PATIENCE: Final = 300.0


def measure(ground: Ground, name: str) -> Section:
    """Fetch zeros into a file that is made hollow again while it grows."""
    payload = ground.shelf.hollow(ground.scale.huge)
    recipes = present((OURS, *PEERS) if _knows(ground, RESERVES_NOT) else PEERS)

    def attempt(recipe: Recipe) -> Run:
        return _fetch(ground, payload, recipe)

    outcomes = take_turns(recipes, attempt, rounds=1, warm_up=False)
    return Section(
        title=f"Memory for a file of {size_text(payload.size)}",
        method=(
            "nginx serves a sparse file over HTTP; it arrives on the memory file system, where holes are punched into "
            "what was written, twenty times a second: so it needs neither a disk nor that much memory, and still reads "
            "as it should. Nothing is reserved beforehand. Each program once; look at the memory."
        ),
        table=outcomes_table(outcomes, reference=OURS),
        goals=[_goal(ground, name, outcomes)],
    )


def _fetch(ground: Ground, payload: Payload, recipe: Recipe) -> Run:
    with ground.fresh_folder() as folder:
        command = recipe.command(payload.urls(ground.origin.http), folder=folder, ca=ground.origin.ca)
        with kept_hollow(folder):
            took = run([command], environment=ground.environment, patience=PATIENCE)
        payload.check(folder)
        return took


def _knows(ground: Ground, option: str) -> bool:
    """Return whether this rheo has an option; it would reserve the whole file in memory without this one."""
    if not present((RHEO,)):
        return True  # it is missed as a program, not for its option
    words = ["rheo", "download", "--help"]
    ended = subprocess.run(words, env=dict(ground.environment), capture_output=True, text=True, check=False)
    return option in ended.stdout


def _goal(ground: Ground, name: str, outcomes: dict[Recipe, Outcome]) -> Goal:
    if OURS not in outcomes:
        return unmeasured(
            name, TEXT, "no rheo" if _knows(ground, RESERVES_NOT) else f"this rheo has no `{RESERVES_NOT}`"
        )
    if outcomes[OURS].failure is not None:
        return broken(name, TEXT)
    return within(name, TEXT, measured=outcomes[OURS].peak / 1e6, limit=MEGABYTES, unit="MB")
