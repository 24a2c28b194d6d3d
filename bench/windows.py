"""How evenly bytes came: the rates over all windows of a length, at any start. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Final, NamedTuple

from bench.taken import History

STEP: Final = 0.01
"""Seconds between the starts of two windows."""


class Deviations(NamedTuple):
    """The least and the most that a window had, as parts of what it should have had, less 1."""

    least: float
    most: float

    @property
    def worst(self) -> float:
        """The larger one, whichever side it is on."""
        return max(abs(self.least), abs(self.most))


def first_byte(history: History) -> float | None:
    """Return when something had come; None where nothing has."""
    return next((sample.at for sample in history if sample.taken), None)


def deviations(history: History, rate: float, *, seconds: float, since: float, until: float) -> Deviations | None:
    """Return what windows of such a length had between two times; None where none fits in."""
    found = [
        (taken_by(history, start + seconds) - taken_by(history, start)) / seconds / rate - 1
        for start in starts(since, until - seconds)
    ]
    return Deviations(min(found), max(found)) if found else None


def starts(since: float, until: float) -> Iterator[float]:
    """Yield the times at which windows begin."""
    yield from (since + number * STEP for number in range(int((until - since) / STEP) + 1) if since <= until)


def taken_by(history: History, at: float) -> float:
    """Return the bytes that had come at a time; between two samples they came evenly."""
    behind = min(max(1, bisect_right(history, at, key=lambda sample: sample.at)), len(history) - 1)
    before, after = history[behind - 1], history[behind]
    part = min(max(0.0, (at - before.at) / (after.at - before.at)), 1.0)
    return before.taken + part * (after.taken - before.taken)


def average(history: History, since: float, until: float) -> float:
    """Return bytes per second between two times."""
    return (taken_by(history, until) - taken_by(history, since)) / (until - since)
