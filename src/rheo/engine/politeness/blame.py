"""Whom to blame for a refusal, the host or the URL: what becomes of the URL shows it; pure.

One that is refused once more, though the host took others meanwhile, is broken, and the refusal told nothing of the
host. One that is taken then was one too many.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final, NamedTuple

from rheo.engine.politeness.request_limit import RequestLimit
from rheo.engine.politeness.request_rate import Climb

REMEMBERED: Final = 1024
"""URLs of one host; beyond that those are forgotten that were refused longest ago, and what was done stands."""


class Pace(NamedTuple):
    """How a host is asked."""

    climb: Climb | None
    limit: RequestLimit


class Blame:
    """The URLs that one host refused last."""

    def __init__(self) -> None:
        self._refused: OrderedDict[Hashable, None] = OrderedDict()
        self._open: set[Hashable] = set()
        """Those for which the host was slowed down, until it shows whether they are broken."""
        self._before: Pace | None = None
        """How it was asked before the first of these was refused."""
        self._proven = False
        """Whether one that they were refused together with, or after, is broken."""

    def refused(self, url: Hashable) -> bool:
        """Note that a URL was refused, and return whether it is broken; None is no URL, and always refused anew.

        One that was refused together with others counts as refused before once it shows that one of these is broken.
        """
        before = url in self._refused or (self._proven and url in self._open)
        if url is not None:
            self._refused[url] = None
            self._refused.move_to_end(url)
        if len(self._refused) > REMEMBERED:
            self._refused.popitem(last=False)
        return before

    def begin(self, url: Hashable, pace: Pace) -> None:
        """Note that a host is slowed down for a URL, and at which pace it was asked before."""
        if not self._open or self._full:
            self.forget()
            self._before = pace
        self._open.add(url)

    def join(self, url: Hashable) -> None:
        """Note that a URL was refused together with another one, if it does not show yet what became of that."""
        if self._open and not self._full and url not in self._refused:
            self._open.add(url)

    def broken(self, url: Hashable) -> Pace | None:
        """Note that a URL is broken; return the pace to go back to once all are, and None before."""
        if url not in self._open:
            return None
        self._open.remove(url)
        self._proven = True
        return None if self._open else self._before

    def taken(self, url: Hashable) -> None:
        """Note that a URL was taken: if the host was slowed down for it, that was right."""
        self._refused.pop(url, None)
        if url in self._open:
            self.forget()

    def forget(self) -> None:
        """Let everything that was done stand."""
        self._open.clear()
        self._before, self._proven = None, False

    @property
    def _full(self) -> bool:
        return len(self._open) >= REMEMBERED
