"""How many connections one file gets: more in rounds as long as that brings more, fewer where it does not.

One; four as soon as size and ranges are known; sixteen after two round trips of body, unless the total fell. Later
rounds are judged over a longer while, and taken back where they brought under a tenth. Where the total sags afterwards,
a round is tried again: what was enough is so no longer. Time comes as an argument.
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

QUORUM: Final = 0.75
"""The part of a round's connections that must deliver before it is judged: one lost packet holds a newcomer up for a
second."""

PATIENCE: Final = 5.0
"""Seconds after which a round is judged though not so many of its connections deliver."""

WATCH: Final = 2.0
"""Seconds over which the total is measured once no further round is tried."""

SAG: Final = 0.7
"""Where the total is below this part of its best, a further round is tried after all."""

COOLING: Final = 1.0
"""Seconds without a new connection after one was lost; doubled each time, up to `COOLING_MOST`."""
COOLING_MOST: Final = 30.0

_Count = tuple[float, int]
"""When, and how many bytes had come by then."""


class _Cooling:
    """A time that is waited after a loss, longer each time."""

    def __init__(self) -> None:
        self.until = 0.0
        self.times = 0
        """Losses in a row."""
        self.holds = False
        """Whether something is held up that is to be tried again then."""

    def begin(self, now: float) -> None:
        """Wait after one more loss."""
        self.times += 1
        self.last(now + min(COOLING * 2.0 ** min(self.times - 1, 8), COOLING_MOST))

    def last(self, until: float) -> None:
        """Wait until then at the least."""
        self.until = max(self.until, until)


class Rounds:
    """The number of connections that one file should have now."""

    def __init__(self, *, most: int, begin_with: int | None = None, fixed: bool = False) -> None:
        """`begin_with` is what served the host well before; `fixed` takes `most` at once, and for good."""
        self.most = most
        self.settled = fixed or begin_with is not None
        """Whether no further round is under way."""
        self.target = most if fixed else min(most, begin_with or GROWTH)
        self.due: float | None = None
        """When the round under way can be judged; None as long as too few of it deliver."""
        self._final = fixed
        self._first = begin_with is None
        """Whether no round was judged yet."""
        self._last = 1
        """The target of the round before."""
        self._last_rate: float | None = None
        """What that brought, in bytes per second; None where it was not measured."""
        self._began: _Count | None = None
        """When the first connection was looked at; `_alone` is the last time that it was the only one."""
        self._alone: _Count | None = None
        self._mark: _Count | None = None
        """When the round under way, or the watch, began to be measured."""
        self._opened = 0.0
        """When the round under way began."""
        self._best: float | None = None
        """The most that was measured since no further round was tried."""
        self.judged: int | None = None
        """The number that served well; None as long as nothing was judged."""
        self._more = _Cooling()
        """Holds up more connections, after a refusal."""
        self._any = _Cooling()
        """Holds up any connection, after a loss."""

    def look(self, now: float, *, received: int, flowing: int, round_trip: float) -> None:
        """Judge the round under way; `flowing` connections deliver, `received` bytes came in all."""
        self._forgive(now)
        if self._final:
            return
        if self.settled:
            self._watch(now, received)
        else:
            self._look(now, received, flowing, round_trip)

    def _look(self, now: float, received: int, flowing: int, round_trip: float) -> None:
        if self._began is None:
            self._began, self._opened = (now, received), now
        if self._mark is None:
            if flowing <= 1:
                self._alone = (now, received)
            if flowing >= QUORUM * self.target or now - self._opened >= PATIENCE:
                self._begin_judging(now, received, round_trip)
        elif self.due is not None and now >= self.due:
            self._judge(now, received, _rate(self._mark, now, received))

    def hold(self) -> None:
        """Judge nothing as long as it is we who keep the connections slow."""
        self._began = self._alone = self._mark = self.due = None

    def refused(self, now: float, *, running: int) -> None:
        """Note that the host would not have one more: no more than these for a while, which grows each time.

        Of those one that ends may be replaced meanwhile.
        """
        if now >= self._more.until:
            self._more.begin(now)
        self.settled = self._more.holds = True
        self._mark = self.due = None
        self.target = max(1, min(self.target, running))

    def broke(self, now: float) -> None:
        """Note that a connection broke that had delivered: it is replaced, but not in a hot loop."""
        self._any.begin(now)

    def wait(self, until: float) -> None:
        """Open no connection before a time that the server asked for."""
        self._any.last(until)
        self._more.last(until)

    def delivered(self) -> None:
        """Note that a connection delivers: earlier losses are forgotten."""
        self._any.times = 0

    def may_open(self, now: float) -> bool:
        """Whether a connection may be opened now."""
        return now >= self._any.until

    def _forgive(self, now: float) -> None:
        """Ask a host for a few more that would not have them some time ago."""
        if self._more.holds and now >= self._more.until:
            self._more.holds = False
            self.target = min(self.most, self.target + max(1, self.target // 2))

    def _begin_judging(self, now: float, received: int, round_trip: float) -> None:
        """Look at this round from now on; the first one is compared with what one connection brought alone."""
        if self._first and self._began is not None and self._alone is not None:
            alone = self._alone[0] - self._began[0]
            self._last_rate = _rate(self._began, *self._alone) if alone >= LEAST_LOOK else None
        self._mark = (now, received)
        self.due = now + (max(2 * round_trip, FIRST_LOOK) if self._first else max(4 * round_trip, LEAST_LOOK))

    def _judge(self, now: float, received: int, rate: float) -> None:
        """Go on to the next round, stay, or go back."""
        before = self._last_rate
        if before is not None and rate < before * (FALL if self._first else GAIN):
            self.target = self._last
            self._settle(now, received, before)
        elif self.target >= self.most:
            self._settle(now, received, rate)
        else:
            self._grow(now, rate)

    def _grow(self, now: float, rate: float) -> None:
        self._last, self._last_rate = self.target, rate
        self.target = min(self.most, self.target * GROWTH)
        self._opened = now
        self.settled = self._first = False
        self._mark = self.due = None

    def _settle(self, now: float, received: int, rate: float) -> None:
        self.settled = True
        self.judged = self.target
        self.due = None
        self._mark, self._best = (now, received), rate

    def _watch(self, now: float, received: int) -> None:
        """Try a further round where the total sags, as on lines that lose packets, or when others have left them."""
        if self._mark is None:
            self._mark = (now, received)
        if now - self._mark[0] < WATCH:
            return
        rate = _rate(self._mark, now, received)
        self._mark = (now, received)
        if self._best is not None and rate < SAG * self._best and self.target < self.most:
            self._grow(now, rate)
        else:
            self._best = max(rate, self._best or 0.0)


def _rate(since: _Count, now: float, received: int) -> float:
    """Return the bytes per second between two counts."""
    return (received - since[1]) / (now - since[0])
