"""How many requests a host has under way at once, after it refused one more: pure, told the time.

Halved with each volley of refusals, never below one; then one more each few seconds, and each refusal on the way makes
that slower. Where it comes to as many as there were, nothing limits them any more.
"""

from __future__ import annotations

from typing import Final

STEP: Final = 5.0
STEP_MOST: Final = 80.0
"""Seconds until one more is tried; doubled with each refusal that comes before there is no limit any more."""


class RequestLimit:
    """The number of requests that one host may have under way."""

    def __init__(self) -> None:
        self._least: int | None = None
        """How many it was when it was halved last; None where nothing limits them."""
        self._full = 0
        """From which number on nothing limits them."""
        self._since = 0.0
        self._step = STEP

    def at(self, now: float) -> int | None:
        """Return how many there may be now; None: as many as the settings allow."""
        if self._least is None:
            return None
        most = self._least + int(max(0.0, now - self._since) / self._step)
        return most if most < self._full else None

    def has_room(self, under_way: int, now: float) -> bool:
        """Whether there may be one more."""
        most = self.at(now)
        return most is None or under_way < most

    def refused(self, now: float, *, under_way: int) -> None:
        """Halve them: the first of a volley was refused when so many were under way, itself included."""
        before = self.at(now)
        if before is None:
            self._full, self._step = under_way, STEP
        else:
            self._full, self._step = max(self._full, under_way), min(2 * self._step, STEP_MOST)
        present = under_way if before is None else min(before, max(1, under_way))
        self._least = max(1, (present + 1) // 2)
        self._since = now

    def hold(self, until: float) -> None:
        """Try more only from then on, as nothing is asked before."""
        self._since = max(self._since, until)
