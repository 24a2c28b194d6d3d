"""Contenders in turns: each once per round, so that what the machine does meanwhile meets them all."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import TypeVar

from bench.measure import Run, RunError

C = TypeVar("C", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some measurements, and how far apart they are."""

    median: float
    least: float
    most: float


@dataclass(slots=True)
class Outcome:
    """How a contender fared: its measured runs, or what went wrong; who fails once is out."""

    runs: list[Run] = field(default_factory=list)
    failure: str | None = None

    @property
    def wall(self) -> Spread:
        """Seconds."""
        return spread(run.wall for run in self.runs)

    @property
    def cpu(self) -> float:
        """Seconds, the median."""
        return statistics.median(run.cpu for run in self.runs)

    @property
    def peak(self) -> float:
        """Bytes, the median."""
        return statistics.median(run.peak for run in self.runs)


def take_turns(
    contenders: Sequence[C], attempt: Callable[[C], Run], *, rounds: int, warm_up: bool = True
) -> dict[C, Outcome]:
    """Let each contender run once for warming up and then once in every round."""
    outcomes = {contender: Outcome() for contender in contenders}
    for number in range(0 if warm_up else 1, rounds + 1):
        _tell(number, rounds)
        for contender, outcome in outcomes.items():
            _take_turn(contender, outcome, attempt, counts=number > 0)
    return outcomes


def side_by_side(
    contenders: Sequence[C], begin: Callable[[C], AbstractContextManager[Callable[[], Run]]]
) -> dict[C, Outcome]:
    """Let contenders that do not disturb each other run once, all at the same time."""
    print("  side by side", end="", file=sys.stderr, flush=True)
    outcomes = {contender: Outcome() for contender in contenders}
    with ExitStack() as stack:
        ends = {contender: stack.enter_context(begin(contender)) for contender in contenders}
        for contender in contenders:
            _take_turn(contender, outcomes[contender], lambda one: ends[one](), counts=True)
    return outcomes


def spread(values: Iterable[float]) -> Spread:
    """Return the spread of at least one value."""
    several = list(values)
    return Spread(statistics.median(several), min(several), max(several))


def _take_turn(contender: C, outcome: Outcome, attempt: Callable[[C], Run], *, counts: bool) -> None:
    if outcome.failure is not None:
        return
    try:
        run = attempt(contender)
    except RunError as error:
        outcome.failure = str(error)
        return
    if counts:
        outcome.runs.append(run)


def _tell(number: int, rounds: int) -> None:
    print("  warm-up" if number == 0 else f" {number}/{rounds}", end="", file=sys.stderr, flush=True)
