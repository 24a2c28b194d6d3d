"""When the next request may go to a host, whoever makes it: pure, told the time.

A host that never refused anything, and for which no delay is set, is asked at once, always. One that answers 429 or
503 is asked less: by `RequestRate` and `RequestLimit`, and not at all as long as it asks to wait. Then one request
tries whether it takes any, before others follow.
"""

from __future__ import annotations

from collections.abc import Hashable
from copy import copy
from dataclasses import dataclass, field
from math import inf
from typing import Final

from rheo.engine.politeness.blame import Blame, Pace
from rheo.engine.politeness.request_limit import RequestLimit
from rheo.engine.politeness.request_rate import RequestRate

TOO_MANY: Final = 429
UNAVAILABLE: Final = 503
SLOWED: Final = frozenset({TOO_MANY, UNAVAILABLE})
"""Statuses after which a host is asked less."""

BREAK: Final = 1.0
BREAK_MOST: Final = 60.0
"""Seconds that nothing is asked after a 429 that says nothing; doubled where nothing was taken in between."""

LONGEST: Final = 86_400.0
"""Seconds that a host may have nothing asked by a Retry-After; one that wants more is asked again then."""

LONGEST_QUOTA: Final = 3600.0
"""The same of a quota that is used up, which is not yet a refusal."""

SECOND: Final = 1.0
LONG: Final = 3.0
"""Most hosts count over a second. One that takes nothing for longer than `LONG` counts over as long as that."""


@dataclass(slots=True, eq=False)
class Gate:
    """Where all requests to one host pass."""

    delay: float = 0.0
    """Seconds between two requests, at the least."""
    guarded: bool = False
    """Whether anybody may have to wait; as long as not, `turn` need not be asked."""
    rate: RequestRate = field(default_factory=RequestRate)
    limit: RequestLimit = field(default_factory=RequestLimit)
    under_way: int = 0
    """Requests that were sent and have not ended."""
    opens: float = 0.0
    """Nothing is asked before this time."""
    vain: int = 0
    """Volleys of refusals in a row between which the host took nothing."""
    _blame: Blame = field(default_factory=Blame)
    _last: float = -inf
    """When the last request was sent."""
    _reacted: float = -inf
    """When the first refusal of the last volley came: whoever was sent before belongs to that."""
    _judged: float = -inf
    """When a URL was found broken last: of whoever was sent before that holds, too."""
    _vain_before: int = 0
    """How many there were before that volley."""
    _took: bool = True
    """Whether it took any between that volley and the one before: only then it tells how fast it may be asked."""
    _trying: bool = False
    """Whether one request goes alone now, to try whether the host takes any."""
    _tried: float | None = None
    """When that was sent; None while it was not."""
    _refusing_since: float | None = None
    """Since when the host has taken nothing; None where it has."""
    _window: float = SECOND
    """Over how many seconds it counts, as far as is known."""

    def __post_init__(self) -> None:
        self.guarded = self.guarded or self.delay > 0

    def turn(self, now: float) -> float:
        """Return when one more request may go, which may be over; infinity: not before another one has its answer."""
        if not self.guarded or self._lapses(now):
            return now
        if self._tried is not None or not self.limit.has_room(self.under_way, now):
            return inf
        return max(self.opens, self._last + self.interval(now))

    def interval(self, now: float) -> float:
        """Return the seconds between two requests; 0.0 where nothing limits them."""
        return max(self.delay, self.rate.interval(now)) if self.guarded else 0.0

    def go(self, now: float) -> None:
        """Note that a request is sent."""
        self.under_way += 1
        self._last = now
        self.rate.count(now)
        if self._trying and self._tried is None:
            self._tried = now

    def ended(self, sent: float) -> None:
        """Note that a request has ended, with an answer or without."""
        self.under_way -= 1
        if self._tried == sent:
            self._tried = None  # nobody answered: another one tries

    def taken(self, sent: float, url: Hashable = None) -> None:
        """Note that the host took a request: it answers, with a file or without."""
        self._blame.taken(url)
        if not self.guarded or sent <= self._reacted:
            return
        self.vain = 0
        self._trying, self._tried = False, None
        if self._refusing_since is not None:
            refused_for = sent - self._refusing_since
            self._window = refused_for if refused_for > LONG else SECOND
            self._refusing_since = None

    def refused(
        self, sent: float, now: float, *, status: int, wait: float | None, jitter: float, url: Hashable = None
    ) -> None:
        """Note that the host refused a request; `wait` are the seconds it asks for, None where it does not say.

        `jitter` is a random number in [0, 1): who was told the same second does not come back in the same instant.
        """
        first = sent > self._reacted
        if self._blame.knows(url) or (first and self._finds_broken(url, sent, now)):
            return
        if first:
            self._blame.begin(url, Pace(self.rate.climb, copy(self.limit)))
            self._reacted, self._vain_before = now, self.vain
        else:
            self._blame.join(url)
        if self._tried == sent:
            self._tried = None
        if status in SLOWED:
            self._slow_down(sent, now, first=first)
        elif not self._took:
            self.vain = self._vain_before + 1
        wait = self._break(status, first=first) if wait is None else max(wait, self._pause if self.vain > 1 else 0.0)
        if wait is not None:
            self._close(now, min(wait, LONGEST), jitter=jitter)
            self._trying = True
            if self._refusing_since is None:
                self._refusing_since = now
        self._hold()

    def used_up(self, now: float, wait: float, *, jitter: float) -> None:
        """Note that the host has told, in an answer that is no refusal, that it takes nothing for so many seconds."""
        self._close(now, min(wait, LONGEST_QUOTA), jitter=jitter)

    def insist(self, now: float) -> None:
        """Open now, as the user wants it tried: one request goes, and others where it is taken."""
        if self.closed(now):
            self.opens, self._trying = now, True

    def closed(self, now: float) -> bool:
        """Whether the host asked for a wait that lasts."""
        return now < self.opens

    @property
    def tries(self) -> bool:
        """Whether the next request goes alone."""
        return self._trying

    def _break(self, status: int, *, first: bool) -> float | None:
        """Return for how long nothing is asked where a refusal does not say.

        A 503 of a host that has taken none yet may be an outage: what each download waits by itself is enough then.
        """
        closes = status == TOO_MANY or (status == UNAVAILABLE and (not self.vain or self._refusing_since is not None))
        return self._pause if first and closes else None

    @property
    def _pause(self) -> float:
        """Seconds that nothing is asked by our own wish; longer where the host takes nothing, whatever that says."""
        return min(BREAK * 2.0 ** min(max(0, self.vain - 1), 16), BREAK_MOST)

    @property
    def _takes(self) -> bool:
        """Whether it has taken requests since it refused one."""
        return self.vain == 0 and self._refusing_since is None

    def _finds_broken(self, url: Hashable, sent: float, now: float) -> bool:
        """Undo what was done for a URL that a refusal shows to be broken, and return whether it does.

        It does where it is not the first, and the host took others since.
        """
        if sent > self._judged:
            self._took = self._takes
        broken = self._took and self._blame.refused(url)
        if broken:
            self._undo(url, now)
        return broken

    def _undo(self, url: Hashable, now: float) -> None:
        """Undo what was done for a URL that is broken: it is not how many come that the host minds.

        One request goes alone then, to show that: a host that takes one in a long time refuses a URL again, too.
        """
        self._judged = now
        self.guarded = self._trying = True
        if self._refusing_since is None:
            self._refusing_since = now
        pace = self._blame.broken(url)
        if pace is not None:
            self.limit = pace.limit
            self.rate.go_back(pace.climb, now)

    def _slow_down(self, sent: float, now: float, *, first: bool) -> None:
        self.guarded = True
        if first and self.under_way > 1:  # a lone one was not one too many
            self.limit.refused(now, under_way=self.under_way)
        taken = 0
        if self._took:
            taken = self.rate.refused(sent, now, first=first, window=self._window)
        else:
            self.rate.forget(sent, now)
        self.vain = 0 if taken else self._vain_before + 1

    def _close(self, now: float, wait: float, *, jitter: float) -> None:
        self.opens = max(self.opens, now + wait + jitter * min(1.0, wait / 10))
        self.guarded = True
        self._hold()

    def _hold(self) -> None:
        """Have nothing grow before anything is asked again."""
        self.rate.hold(self.opens)
        self.limit.hold(self.opens)

    def _lapses(self, now: float) -> bool:
        """Take the guard away where it holds nobody any more; whether that is so."""
        limited = self.rate.at(now) is not None or self.limit.at(now) is not None
        self.guarded = limited or self._trying or self.delay > 0 or now < self.opens
        if not self.guarded:
            self._blame.forget()
        return not self.guarded
