"""How many connections one file gets: more in rounds as long as that brings more, fewer where it does not.

One; four as soon as size and ranges are known; sixteen after two round trips of body, unless the total fell. Later
rounds are judged over a longer while, and taken back where they brought under a tenth. Time comes as an argument.
"""

from __future__ import annotations

from typing import Final

GROWTH: Final = 4
"""By how much each round multiplies the last one."""

GAIN: Final = 1.1
"""What a later round must bring, compared with the one before."""

FALL: Final = 0.9
"""Where the total is below this part of what it was, it fell."""

FIRST_LOOK: Final = 0.1
LEAST_LOOK: Final = 0.25
"""Seconds that the first round, and a later one, is looked at at the least: bytes come in bursts."""

PATIENCE: Final = 5.0
"""Seconds after which a round is judged though not all of its connections deliver."""

COOLING: Final = 1.0
"""Seconds without a new connection after one was lost; doubled each time, up to `COOLING_MOST`."""
COOLING_MOST: Final = 30.0


class Rounds:
    """The number of connections that one file should have now."""

    def __init__(self, *, most: int, begin_with: int | None = None, fixed: bool = False) -> None:
        """`begin_with` is what served the host well before; `fixed` takes `most` at once, and for good."""
        self.most = most
        self.settled = fixed
        """Whether no further round is tried."""
        self.due: float | None = None
        """When the round under way can be judged; None as long as not all of it delivers."""
        self.target = most if fixed else min(most, begin_with or GROWTH)
        self._last = 1
        """The target of the round before."""
        self._last_rate: float | None = None
        """What that brought, in bytes per second; None where it was not measured."""
        self._began: tuple[float, int] | None = None
        """When the round began, and what had come until then; `_mark` is the same for when all of it delivered."""
        self._mark: tuple[float, int] | None = None
        self._losses = 0
        self._closed_until = 0.0
        if begin_with is not None:
            self.settled = True

    def look(self, now: float, *, received: int, flowing: int, round_trip: float) -> None:
        """Judge the round under way; `flowing` connections deliver, `received` bytes came in all."""
        if self.settled:
            return
        if self._began is None:
            self._began = (now, received)
        if self._mark is None:
            if flowing >= self.target or now - self._began[0] >= PATIENCE:
                self._begin_judging(now, received)
                window = max(2 * round_trip, FIRST_LOOK) if self._first else max(4 * round_trip, LEAST_LOOK)
                self.due = now + window
        elif self.due is not None and now >= self.due:
            since, before = self._mark
            self._judge((received - before) / (now - since))

    def refused(self, now: float, *, running: int) -> None:
        """Note that the host would not have one more: no more than these, and none for a while."""
        self._pause(now)
        self.settled = True
        self.target = max(1, min(self.target, running))

    def broke(self, now: float) -> None:
        """Note that a connection broke that had delivered: it is replaced, but not in a hot loop."""
        self._pause(now)

    def wait(self, until: float) -> None:
        """Open no connection before a time that the server asked for."""
        self._closed_until = max(self._closed_until, until)

    def delivered(self) -> None:
        """Note that a connection delivers: earlier losses are forgotten."""
        self._losses = 0

    def may_open(self, now: float) -> bool:
        """Whether a connection may be opened now."""
        return now >= self._closed_until

    @property
    def _first(self) -> bool:
        return self._last == 1

    def _pause(self, now: float) -> None:
        self._losses += 1
        self._closed_until = max(self._closed_until, now + min(COOLING * 2.0 ** min(self._losses - 1, 8), COOLING_MOST))

    def _begin_judging(self, now: float, received: int) -> None:
        """Look at this round from now on; what came meanwhile is what the first connection brings alone."""
        assert self._began is not None
        since, before = self._began
        if self._first and now - since >= LEAST_LOOK:
            self._last_rate = (received - before) / (now - since)
        self._mark = (now, received)

    def _judge(self, rate: float) -> None:
        """Go on to the next round, stay, or go back."""
        before = self._last_rate
        if before is not None and rate < before * (FALL if self._first else GAIN):
            self.target, self.settled = self._last, True
        elif self.target >= self.most:
            self.settled = True
        else:
            self._last, self._last_rate = self.target, rate
            self.target = min(self.most, self.target * GROWTH)
        self._mark = self._began = self.due = None
