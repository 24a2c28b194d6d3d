"""How many requests a second a host takes, learnt from those that it refused: pure, told the time.

A host that refused none has no rate. After a refusal the rate is a little under what the host took just before. What a
burst shows is a guess, so it is doubled each second until the next refusal; that one was met at a known rate, which is
returned to quickly, lingered at, and then left behind, ever faster: the curve of TCP's Cubic (RFC 9438, 4.2). Each
refusal near the same rate makes the lingering longer.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from typing import Final, NamedTuple

UNDER: Final = 0.9
"""The part of what a host took that is asked of it after a refusal."""

DOUBLING: Final = 1.0
"""Seconds in which a guess is doubled."""

LINGERING: Final = 15.0
LINGERING_MOST: Final = 120.0
"""Seconds until a rate that was refused is tried again: doubled each time that it is refused once more."""

ALIKE: Final = 0.8
"""Where a rate is at least this part of the one before, it is the same limit that was met."""

FREE: Final = 1000.0
"""Requests per second from which on there is no rate: no host of one client takes more."""

FEWEST: Final = 3
"""Intervals that are looked back at the least: in a shorter while a slow rate shows nothing."""

ROUNDING: Final = 0.05
ROUNDING_MOST: Final = 0.2
"""The part, and the seconds, by which is looked back farther than the host counts: one request on the edge is a lot of
a few.
"""

_REMEMBERED: Final = 1024
_MOST_DOUBLINGS: Final = 64


class Climb(NamedTuple):
    """A rate that grows from a time on."""

    limit: float
    """Requests per second that the host took when it refused one more."""
    begins: float
    guessed: bool
    """Whether a burst showed it, in which rates cannot be told."""
    lingering: float = LINGERING

    def at(self, now: float) -> float:
        """Return the requests per second; before it begins, as at its beginning."""
        passed = max(0.0, now - self.begins)
        if self.guessed:
            doublings: float = 2.0 ** min(passed / DOUBLING, _MOST_DOUBLINGS)
            return self.limit * UNDER * doublings
        return self.limit * (1 + (1 - UNDER) * (passed / self.lingering - 1) ** 3)


class RequestRate:
    """The rate at which one host is asked."""

    def __init__(self) -> None:
        self._sent: deque[float] = deque(maxlen=_REMEMBERED)
        """When requests were sent that were not refused, as far as is known."""
        self.climb: Climb | None = None
        """How the rate grows; None: nothing limits it."""
        self._before: Climb | None = None
        """The climb that the present volley of refusals ended."""
        self._volley: tuple[float, float] = (0.0, 1.0)
        """When that volley began, and how many seconds before it count."""

    def at(self, now: float) -> float | None:
        """Return the requests per second that are asked now; None where nothing limits them."""
        rate = None if self.climb is None else self.climb.at(now)
        return None if rate is None or rate >= FREE else rate

    def interval(self, now: float) -> float:
        """Return the seconds between two requests; 0.0 where nothing limits them."""
        rate = self.at(now)
        return 0.0 if rate is None else 1 / rate

    def count(self, sent: float) -> None:
        """Note that a request was sent."""
        self._sent.append(sent)

    def refused(self, sent: float, now: float, *, first: bool, window: float) -> int:
        """Note that a request was refused; return how many others the host took in the `window` seconds before.

        Of a volley the `first` one lowers the rate; later ones correct what was believed to be taken.
        """
        self._forget(sent)
        if first:
            self._before = self.climb
            self._volley = sent, max(window, FEWEST * self.interval(now))
        began, seconds = self._volley
        taken = self._taken(began - seconds - min(ROUNDING * seconds, ROUNDING_MOST), began)
        if taken:
            self.climb = self._lowered(taken / seconds, began, now)
        elif self._before is not None:
            self.climb = self._before._replace(begins=now)
        return taken

    def forget(self, sent: float, now: float) -> None:
        """Note that a request was refused as all before it were: what the host takes, that does not tell."""
        self._forget(sent)
        self.hold(now)

    def go_back(self, climb: Climb | None, now: float) -> None:
        """Climb as before a refusal that told nothing, from its beginning."""
        self.climb = climb
        self.hold(now)

    def hold(self, until: float) -> None:
        """Begin to climb only then, as nothing is asked before."""
        if self.climb is not None and self.climb.begins < until:
            self.climb = self.climb._replace(begins=until)

    def _forget(self, sent: float) -> None:
        if sent in self._sent:
            self._sent.remove(sent)

    def _taken(self, start: float, stop: float) -> int:
        sent = list(self._sent)
        return bisect_right(sent, stop) - bisect_right(sent, start)

    def _lowered(self, measured: float, refused: float, now: float) -> Climb:
        """Return the climb after a refusal of which one was `measured` before."""
        before = self._before
        asked = None if before is None else before.at(refused)
        if before is None or asked is None or asked >= FREE:
            return Climb(measured, begins=now, guessed=True)
        limit = min(measured, asked)
        again = not before.guessed and limit >= ALIKE * before.limit
        lingering = min(2 * before.lingering, LINGERING_MOST) if again else LINGERING
        return Climb(limit, begins=now, guessed=False, lingering=lingering)
