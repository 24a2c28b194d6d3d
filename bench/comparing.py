"""Promises about rheo's figures beside a peer's, as far as both were measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bench.goals import Goal, beside, broken, unmeasured
from bench.programs import RHEO, Recipe
from bench.turns import Outcome

Outcomes = Mapping[Recipe, Outcome]


def compare(
    key: str,
    text: str,
    outcomes: Outcomes,
    peer: Recipe,
    factor: float,
    *,
    ours: Recipe = RHEO,
    strict: bool = False,
    of: Callable[[Outcome], float] = lambda outcome: outcome.wall.median,
) -> Goal:
    """Return a promise about the ratio of rheo's figure to a peer's."""
    if (missing := gap(key, text, outcomes, ours, peer)) is not None:
        return missing
    return beside(key, text, measured=of(outcomes[ours]), other=of(outcomes[peer]), factor=factor, strict=strict)


def gap(key: str, text: str, outcomes: Outcomes, *recipes: Recipe) -> Goal | None:
    """Return the goal as far as it goes without figures of them all; None where there are."""
    for recipe in recipes:
        if recipe not in outcomes:
            return unmeasured(key, text, f"no {recipe.program}")
        failure = outcomes[recipe].failure
        if failure is not None and recipe.program == RHEO.program:
            return broken(key, text)
        if failure is not None:
            return unmeasured(key, text, f"{recipe.program} failed")
    return None


def ran(outcomes: Outcomes, recipe: Recipe) -> bool:
    """Return whether there are figures of it."""
    return recipe in outcomes and outcomes[recipe].failure is None
