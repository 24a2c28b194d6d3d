"""What a row hands to the report: a table, what it means, and goals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.goals import Goal, unmeasured
from bench.programs import Recipe
from bench.scale import MIB
from bench.turns import Outcome, Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One row of the comparison, measured."""

    title: str
    method: str
    table: Sequence[Sequence[str]]
    """The header first."""
    goals: Sequence[Goal] = ()


def left_out(title: str, reason: str, goals: Iterable[tuple[str, str]]) -> Section:
    """Return the section of a row that cannot be measured here, with its goals by key and text."""
    return Section(
        title=title,
        method=f"Not measured: {reason}.",
        table=[["Program"], ["not measured"]],
        goals=[unmeasured(key, text, reason) for key, text in goals],
    )


def spread_text(spread: Spread, digits: int = 2) -> str:
    """Return the median and the range it lies in."""
    return f"{spread.median:.{digits}f} ({spread.least:.{digits}f} to {spread.most:.{digits}f})"


def rounds_text(rounds: int) -> str:
    """Return how often it was measured, as a sentence."""
    return "1 round." if rounds == 1 else f"{rounds} rounds."


def outcomes_table(outcomes: Mapping[Recipe, Outcome], *, reference: Recipe, digits: int = 2) -> list[list[str]]:
    """Return a line for each program, with its ratios to the reference."""
    compared = outcomes.get(reference, Outcome(failure="absent"))
    by = reference.name
    header = ["Program", "wall s, median (min to max)", "CPU s", "peak MiB", f"wall ÷ {by}", f"CPU ÷ {by}"]
    return [header, *_lines(outcomes.items(), compared, digits)]


def _lines(outcomes: Iterable[tuple[Recipe, Outcome]], compared: Outcome, digits: int) -> Iterable[list[str]]:
    for recipe, outcome in outcomes:
        if outcome.failure is not None:
            yield [recipe.name, f"failed: {outcome.failure}", "", "", "", ""]
            continue
        wall, cpu = spread_text(outcome.wall, digits), f"{outcome.cpu:.{digits}f}"
        yield [recipe.name, wall, cpu, f"{outcome.peak / MIB:.1f}", *_ratios(outcome, compared)]


def _ratios(outcome: Outcome, compared: Outcome) -> tuple[str, str]:
    if compared.failure is not None:
        return "", ""
    return f"{outcome.wall.median / compared.wall.median:.2f}", f"{outcome.cpu / compared.cpu:.2f}"
