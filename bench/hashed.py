"""The row of SHA-256 on top: the same file with and without a digest to compare."""

from __future__ import annotations

import hashlib
from typing import Final

from bench.goals import Goal, beside, broken, unmeasured
from bench.ground import Ground
from bench.measure import Run
from bench.programs import RHEO, Recipe, present
from bench.relay import open_relay
from bench.scale import size_text
from bench.section import Section, outcomes_table, rounds_text
from bench.terms import RelayLimits
from bench.turns import Outcome, take_turns

LINK: Final = RelayLimits(total=100e6)
TEXT: Final = "≤ 5 % more wall time with `--hash`"


def measure(ground: Ground, name: str) -> Section:
    """Fetch a file over a link of 100 MB/s, and see what comparing its digest adds."""
    payload = ground.shelf.one(ground.scale.hashed)
    with (payload.folder / payload.names[0]).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    hashing = Recipe("rheo --hash sha256", f"{RHEO.words} --hash sha256:{digest}")

    def attempt(recipe: Recipe) -> Run:
        with (
            open_relay(ground.origin, LINK, environment=ground.environment) as relay,
            ground.fetching(recipe, payload, origin=relay.origin) as finish,
        ):
            return finish()

    rounds = ground.scale.long_rounds
    outcomes = take_turns(present((RHEO, hashing)), attempt, rounds=rounds, warm_up=False)
    return Section(
        title=f"SHA-256 of {size_text(payload.size)} at 100 MB/s",
        method=(
            "A relay on loopback passes 100 MB/s on, for all connections together, without a round-trip time; the "
            f"memory file system. {rounds_text(rounds)}"
        ),
        table=outcomes_table(outcomes, reference=RHEO),
        goals=[_goal(name, outcomes, hashing)],
    )


def _goal(name: str, outcomes: dict[Recipe, Outcome], hashing: Recipe) -> Goal:
    if RHEO not in outcomes:
        return unmeasured(name, TEXT, "no rheo")
    plain, with_digest = outcomes[RHEO], outcomes[hashing]
    if plain.failure is not None or with_digest.failure is not None:
        return broken(name, TEXT)
    return beside(name, TEXT, measured=with_digest.wall.median, other=plain.wall.median, factor=1.05)
