"""What the answers to one download's requests were like, for its result and for who wants to know of the way."""

from __future__ import annotations

from dataclasses import dataclass

from rheo.domain.result import Timings
from rheo.transport.base import Outcome, Request


@dataclass(slots=True)
class Answers:
    """All answers so far; those that say nothing in words are of the last one."""

    first: Outcome | None = None
    last: Outcome | None = None
    """Both None before there was one."""
    proxy: str | None = None
    """What it came through; None for directly."""
    verified: bool = True
    """Whether its server's certificate was, if it showed one."""
    insecure: bool = False
    """Whether any came from a server that was not verified, as was wished."""
    fresh: int = 0
    reused: int = 0
    """Answers over a connection of their own, and over one that was open."""

    @property
    def http_version(self) -> str | None:
        """The version of HTTP; None before there was an answer."""
        return None if self.last is None else self.last.head.version

    @property
    def address(self) -> str | None:
        """The address of the machine that it came from."""
        return None if self.last is None else self.last.address

    @property
    def first_http_version(self) -> str | None:
        """The version of the first answer; None before it."""
        return None if self.first is None else self.first.head.version

    @property
    def timings(self) -> Timings:
        """Those of the first answer."""
        return Timings() if self.first is None else self.first.timings

    def take(self, request: Request, outcome: Outcome) -> None:
        """Take in the answer to a request."""
        route = request.route
        self.first, self.last = self.first or outcome, outcome
        self.proxy = None if route.proxy is None else str(route.proxy)
        self.verified = route.tls.verified
        self.insecure = self.insecure or not (self.verified or request.url.scheme == "http")
        self.fresh, self.reused = self.fresh + outcome.fresh, self.reused + (not outcome.fresh)
