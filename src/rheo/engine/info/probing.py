"""Asks for a file as a download does, and stops at the answer's head: nothing of it is read, nothing written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from rheo.domain.download import DownloadRequest
from rheo.domain.errors import RedirectError, RheoError, TimeLimitError
from rheo.domain.information import Information
from rheo.domain.url import DEFAULT_PORTS, Url
from rheo.engine.answers.gatekeeper import Ask, Plainly, Refuse, Verdict, judge
from rheo.engine.info.information import Facts, information_of
from rheo.engine.sources.source import Source
from rheo.engine.surroundings import Surroundings
from rheo.transport.base import Exchange, Flow, Head


class Glance:
    """The receiver of an answer of which nothing but the head is wanted."""

    def __init__(self, ask: Ask, now: Callable[[], datetime]) -> None:
        self.ask = ask
        self.head: Head | None = None
        self.verdict: Verdict | None = None
        self._now = now

    def begin(self, head: Head, exchange: Exchange) -> Flow:
        """Decide what the answer is."""
        del exchange
        self.head = head
        try:
            self.verdict = judge(self.ask, head, None, self._now)
        except RheoError as error:  # what it contradicts itself in is worth knowing, too
            self.verdict = Refuse(error)
        return Flow.STOP

    def chunk(self, data: bytes) -> Flow:
        """Take nothing."""
        del data
        return Flow.STOP

    def tick(self, now: float) -> None:
        """Wait for nothing but the head."""


class Probe:
    """One look at what a request would bring."""

    def __init__(self, request: DownloadRequest, around: Surroundings) -> None:
        self._request = request
        self._around = around
        self._source = Source(request, around, inspected=True)
        self._glances: list[Glance] = []

    async def run(self) -> Information:
        """Return what the answer says; raises the RheoError that kept it from coming. Nothing is tried again."""
        limit = self._around.settings.max_time
        try:
            async with asyncio.timeout(limit):
                error = await self._ask()
        except TimeoutError:
            raise TimeLimitError(f"{self._request.url.origin}: nothing is known after {limit:g} s") from None
        return self._told(error)

    async def _ask(self) -> RheoError | None:
        """Ask, without a Range where the server refuses that; return what a redirect would not lead to."""
        ask = Ask(url=self._request.url, ranged=self._request.http.ranged, opening=True)
        try:
            glance = await self._source.fetch(ask, self._receive)
            if isinstance(glance.verdict, Plainly):
                await self._source.fetch(ask._replace(ranged=False), self._receive)
        except RedirectError as error:
            return error
        return None

    def _receive(self, ask: Ask) -> Glance:
        glance = Glance(ask, self._around.clock.now)
        self._glances.append(glance)
        return glance

    def _told(self, error: RheoError | None) -> Information:
        source, around = self._source, self._around
        glance = self._glances[-1]
        final, now = glance.ask.url, around.clock.unix()
        assert source.answers.last is not None  # it raises where there is none
        http3 = around.memory.alt_svc.alternative(final, "h3", now)
        return information_of(
            Facts(
                request=self._request,
                settings=around.settings.for_host(final.host),
                start=source.start,
                final=final,
                heads=[one.head for one in self._glances if one.head is not None],
                verdict=glance.verdict,
                error=error,
                outcome=source.answers.last,
                verified=source.answers.verified,
                redirects=source.redirects,
                proxy=source.answers.proxy,
                hsts=around.memory.hsts.upgrade(_plain(final), now).scheme == "https",
                http3=None if http3 is None else (http3[0] or final.host, http3[1]),
            )
        )


def _plain(url: Url) -> Url:
    """Return the same over plain http."""
    return replace(url, scheme="http", port=DEFAULT_PORTS["http"])
