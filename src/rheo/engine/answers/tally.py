"""What the answers to one download's requests were like, for its result and for who wants to know of the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rheo.domain.result import Timings
from rheo.transport.base import Outcome, Request

_NONE: Final = Timings()


@dataclass(slots=True, eq=False)
class Answers:
    """All answers so far; those that say nothing in words are of the last one."""

    last: Outcome | None = None
    """None before there was an answer."""
    http_version: str | None = None
    """The version of HTTP; None before there was an answer."""
    first_http_version: str | None = None
    """The version of the first answer; None before it."""
    address: str | None = None
    """The address of the machine that it came from."""
    timings: Timings = _NONE
    """Those of the first answer."""
    proxy: str | None = None
    """What it came through; None for directly."""
    verified: bool = True
    """Whether its server's certificate was, if it showed one."""
    insecure: bool = False
    """Whether any came from a server that was not verified, as was wished."""
    fresh: int = 0
    reused: int = 0
    """Answers over a connection of their own, and over one that was open."""

    def take(self, request: Request, outcome: Outcome) -> None:
        """Take in the answer to a request."""
        route = request.route
        if self.http_version is None:
            self.first_http_version, self.timings = outcome.head.version, outcome.timings
        self.last, self.http_version, self.address = outcome, outcome.head.version, outcome.address
        self.proxy = None if route.proxy is None else str(route.proxy)
        self.verified = route.tls.verified
        self.insecure = self.insecure or not (self.verified or request.url.scheme == "http")
        self.fresh, self.reused = self.fresh + outcome.fresh, self.reused + (not outcome.fresh)
