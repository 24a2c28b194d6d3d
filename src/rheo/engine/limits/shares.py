"""Who gets how much of what limits allow: max-min fair by weight, and no less than is needed in time. Pure.

The water is poured into all at the same height, which is the bytes per weight. Who can use no more stands aside, and
leaves the rest to the others; a limit that is spent ends it for all that it is of. Who needs more than that to be in
time gets it first, and no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import NamedTuple


class Want(NamedTuple):
    """What one of those who share can use."""

    weight: float
    """Its part of what is shared; above 0."""
    most: float = inf
    """Bytes that it can use."""
    least: float = 0.0
    """Bytes that it needs, to be in time."""
    limits: tuple[int, ...] = (0,)
    """Which of the budgets it is of; of none, it gets all that it can use."""


@dataclass(slots=True)
class _Pool:
    """What one budget still has for those that are not served yet."""

    left: float
    members: set[int]


def share_out(wants: Sequence[Want], budgets: Sequence[float]) -> list[float]:
    """Return the bytes that each gets; of a budget of which something is owed nobody gets anything."""
    least = [min(want.least, want.most) for want in wants]
    if any(least):
        needs = [want._replace(weight=least[i] or 1.0, most=least[i]) for i, want in enumerate(wants)]
        least = _pour(needs, budgets, [0.0] * len(wants))
    return _pour(wants, budgets, least)


def _pour(wants: Sequence[Want], budgets: Sequence[float], least: Sequence[float]) -> list[float]:
    """Fill up all to the same level; `least` is what each has at any level, which the budgets allow."""
    pools = [_Pool(max(0.0, budget), set()) for budget in budgets]
    for index, want in enumerate(wants):
        for limit in want.limits:
            pools[limit].members.add(index)
    got: dict[int, float] = {}
    waiting = [pool for pool in pools if pool.members]
    while waiting:
        level, spent = min(
            ((_level(pool.left, [(wants[i], least[i]) for i in pool.members]), pool) for pool in waiting),
            key=lambda pair: pair[0],
        )
        for index in list(spent.members):
            got[index] = _at(level, wants[index], least[index])
            for limit in wants[index].limits:
                pools[limit].members.discard(index)
                pools[limit].left = max(0.0, pools[limit].left - got[index])
        waiting = [pool for pool in waiting if pool.members]
    return [got.get(index, want.most) for index, want in enumerate(wants)]


def _at(level: float, want: Want, least: float) -> float:
    return min(want.most, max(least, want.weight * level))


def _level(budget: float, several: Sequence[tuple[Want, float]]) -> float:
    """Return the level up to which a budget fills them; endless where all of them have enough."""
    left = budget - sum(min(least, want.most) for want, least in several)
    steps = sorted(
        step
        for want, least in several
        if least < want.most
        for step in ((least / want.weight, want.weight), (want.most / want.weight, -want.weight))
    )
    level, rising = 0.0, 0.0
    for height, change in steps:
        if rising > 0 and left < rising * (height - level):
            return level + left / rising
        if rising > 0:
            left -= rising * (height - level)
        level, rising = height, rising + change
    return inf
