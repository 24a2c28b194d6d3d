"""Whether a host is down: found out once for all downloads from there. Pure, told the time.

It is once several downloads in a row found nobody there, and none had an answer in between. From then on one alone
tries it, as often as one download would be tried again; whether, and when, is for whoever asks to decide. Then it is
given up, and tried once in a while. Any answer ends it.
"""

from __future__ import annotations

from collections.abc import Hashable
from math import inf
from typing import Final

from rheo.domain.errors import (
    ConnectError,
    ConnectionLostError,
    ConnectTimeoutError,
    FirstByteTimeoutError,
    ResolveError,
    RheoError,
)

NOBODY: Final = (ResolveError, ConnectError, ConnectTimeoutError, FirstByteTimeoutError, ConnectionLostError)
"""Errors that tell, where no head of an answer came, that nobody is there."""

SEVERAL: Final = 3
"""Downloads in a row that must find nobody until a host is down; of fewer each one is tried by itself."""

FRESH: Final = 60.0
"""Seconds that a host that was given up is not tried."""

STALE: Final = 600.0
"""Seconds after which what was found out is forgotten, if nobody tried again."""


class Outage:
    """What is known of one host; also where it answers, as most do."""

    __slots__ = ("_due", "_finders", "_last", "_reason", "_since", "_trier", "down", "given_up", "rounds", "tries")

    def __init__(self) -> None:
        self.down = False
        """Whether nobody but one asks there."""
        self.given_up = False
        """Whether downloads fail that were not asked for."""
        self.tries = 0
        """Requests in a row that found nobody."""
        self.rounds = 0
        """The same, where those count as one that were under way when the host went down."""
        self._finders: set[Hashable] = set()
        """Downloads that found nobody, before it was down."""
        self._trier: Hashable = None
        """The download that tries now."""
        self._reason: tuple[RheoError, str] | None = None
        """Why it is given up: how the last request failed, and after how many of them."""
        self._since = 0.0
        self._last = -inf
        """When the first, and the last, of these requests ended."""
        self._due = 0.0
        """Nobody tries before this time."""

    def failed(self, download: Hashable, now: float) -> bool:
        """Note that a download found nobody; return whether it is to be decided now when the host is tried again."""
        if self.stale(now):
            self.answered()
        if self.tries == 0:
            self._since = now
        self.tries += 1
        self._last = now
        if self.down and download != self._trier:
            return False  # it was under way already, or others led there
        if not self.down:
            self._finders.add(download)
            if len(self._finders) < SEVERAL:
                return False
        self._finders.clear()
        self._trier = None
        self.down = True
        self.rounds += 1
        return True

    def answered(self) -> None:
        """Note that somebody is there."""
        if self.noted:
            self.down, self.given_up, self.tries, self.rounds = False, False, 0, 0
            self._trier = self._reason = None
            self._finders.clear()
            self._last = -inf

    def wait(self, delay: float, now: float) -> None:
        """Have it tried again after so many seconds."""
        self._due = now + delay

    def give_up(self, error: RheoError, now: float) -> None:
        """Let all downloads fail as the last one did, until one finds somebody."""
        self.given_up = True
        tries = "1 try" if self.tries == 1 else f"{self.tries} tries"
        self._reason = error, f"{tries} in {self.failing_for(now):.0f} s; not asked again for this file"
        self._due = now + FRESH

    def error(self) -> RheoError:
        """Return what downloads fail with as the host is given up; each with its own."""
        assert self._reason is not None
        last, words = self._reason
        message = f"{last.args[0]}, {words}"
        if isinstance(last, ResolveError):
            return ResolveError(message, transient=last.transient)
        return type(last)(message)

    def insist(self, now: float) -> None:
        """Have one that was given up tried anew, as often as it was, and the first time now."""
        if self.down:
            self.given_up, self._due, self._since = False, now, now
            self.tries, self.rounds, self._last = 0, 0, now

    def turn(self, now: float) -> float:
        """Return when one more download may ask; infinity: not before the one that tries has ended."""
        if not self.down or self.stale(now):
            return now
        return inf if self._trier is not None else self._due

    def begin(self, download: Hashable) -> None:
        """Note that a download asks: where the host is down it is the one that tries."""
        if self.down:
            self._trier = download

    def ended(self, download: Hashable) -> None:
        """Note that a download asks no more: if it was the one that tried, another one may."""
        if self._trier == download:
            self._trier = None

    @property
    def noted(self) -> bool:
        """Whether anything is known that an answer ends."""
        return self.tries > 0 or self.down

    def failing_for(self, now: float) -> float:
        """Return for how many seconds nobody has been there."""
        return now - self._since

    def stale(self, now: float) -> bool:
        """Whether nothing is known any more."""
        return self._trier is None and now - self._last > STALE
