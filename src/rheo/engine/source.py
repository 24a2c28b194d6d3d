"""A URL that supplies the file: asks there, follows redirects, logs in, and remembers what the answers were like."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace
from typing import Protocol, TypeVar

from rheo.domain.download import DownloadRequest
from rheo.domain.errors import HttpStatusError, NetworkError, RedirectError, TransferError
from rheo.domain.network import HttpVersion
from rheo.domain.result import Redirect, Timings
from rheo.domain.url import Url
from rheo.engine.access import UNAUTHORIZED, Access, Shown
from rheo.engine.carried import Carried
from rheo.engine.connection import Connection
from rheo.engine.gatekeeper import Ask, Follow, Plainly, Refuse, Verdict
from rheo.engine.mirrors import request_to
from rheo.engine.once import UNSENT
from rheo.engine.redirects import Hop
from rheo.engine.surroundings import Surroundings
from rheo.engine.unpacking import Unpacking
from rheo.transport.base import Head, Outcome, Receiver, Request


class Answer(Receiver, Protocol):
    """A receiver that tells what its answer is."""

    ask: Ask
    head: Head | None
    """None before it came."""
    verdict: Verdict | None
    """Likewise."""


Received = TypeVar("Received", bound=Answer)

MOST_LOGINS = 3
"""Requests to one URL that a login may take: without it, with the one that the server wants, with a new token."""


def sources_of(request: DownloadRequest, around: Surroundings, *, banned: Container[Url]) -> tuple[Source, ...]:
    """Return the user's own URL as a source, and then its mirrors; none that is banned, unless all are."""
    own = () if request.url in banned and request.mirrors else (Source(request, around),)
    mirrors = [mirror for mirror in request.mirrors if mirror not in banned]
    return (*own, *(Source(request_to(request, mirror), around) for mirror in mirrors)) or (Source(request, around),)


class Source:
    """Where one download gets its bytes from."""

    def __init__(self, request: DownloadRequest, around: Surroundings, *, inspected: bool = False) -> None:
        """`inspected` gives each request a connection of its own, and its outcome tells all of that."""
        wishes = request.http
        self.start = around.memory.hsts.upgrade(request.url, around.clock.now().timestamp())
        """The user's own URL; over https where its host said that it wants no other."""
        self.url = self.start
        """Where the file was found: what the last redirect led to, the user's own URL before that is known."""
        self.http_version: str | None = None
        """Of the last answer; None before it."""
        self.timings = Timings()
        """Of the first answer that brought bytes."""
        self.redirects: tuple[Redirect, ...] = ()
        """Those on the way from the user's own URL to where the file was found."""
        self.linking: dict[Url, Head] = {}  # heads of redirects that name other homes, by the URL that they answered
        self._ways: dict[Url, tuple[Redirect, ...]] = {self.start: ()}
        """The redirects that led from there to each URL; kept apart, as a request may end before its answer does."""
        self.outcome: Outcome | None = None
        """Of the last request; None before it."""
        self.proxy: str | None = None
        """What the last answer came through."""
        self.address: str | None = None
        """Of the machine that it came from."""
        self.fresh = self.reused = 0
        """Answers over a connection of their own, and over one that was open."""
        self.insecure = self.spent = False
        """Whether an answer came from a server that was not verified, as was wished; and whether a request was sent,
        or perhaps so, that must not be sent again by itself.
        """
        self._request = request
        self._around = around
        self._inspected = inspected
        self._access = Access(wishes.login)
        self._carried = Carried(
            wishes,
            (request.url.origin, self.start.origin),
            cookies=around.cookies,
            everywhere=around.settings.location_trusted,
        )

    @property
    def given(self) -> Url:
        """The user's own URL, as it was given."""
        return self._request.url

    async def fetch(
        self,
        ask: Ask,
        receive: Callable[[Ask], Received],
        *,
        validator: str | None = None,
        multiplexed: bool = False,
    ) -> Received:
        """Ask, follow redirects, and return the receiver of the final answer once that has ended.

        `receive` makes the receiver of what is asked, for each request anew.
        `validator` goes into If-Range. An answer that brings no bytes holds, even where it broke. Raises the
        TransferError of one that does, and RedirectError where redirects find no end.
        """
        from_start = ask.url in {self._request.url, self.start}
        hop = self._first_hop(ask.url)
        redirects: list[Redirect] = []
        logins = 1
        while True:
            ask = replace(ask, url=hop.url, allow_downgrade=self._around.settings.allow_downgrade)
            shown = await self._access.shown() if self._carried.is_own(hop.url) else Shown()
            connection = receive(ask)
            await self._exchange(connection, hop, shown, validator, multiplexed=multiplexed)
            verdict = connection.verdict
            if isinstance(verdict, Follow):
                if connection.head is not None and "link" in connection.head.fields:
                    self.linking[hop.url] = connection.head
                hop = self._followed(hop, verdict, redirects)
                if from_start:
                    self._ways[hop.url] = tuple(redirects)
            elif logins < MOST_LOGINS and await self._may_fare_better(connection, shown):
                logins += 1
            else:
                self.redirects = self._ways.get(hop.url, self.redirects)
                return connection

    def found(self, connection: Answer) -> None:
        """Note that an answer brings the file: later requests go where it came from."""
        self.url = connection.ask.url
        self.redirects = self._ways.get(self.url, self.redirects)

    def leave(self, expired: Url) -> bool:
        """Go back from there to the URL that the user gave; whether there is another one to ask now.

        Of several who find it expired the first one goes back, perhaps to be led elsewhere before the next one does.
        """
        if expired == self.url:
            self.url = self.start
        return expired != self.url

    def _first_hop(self, url: Url) -> Hop:
        """Return the first request; what we send goes with it where nobody led us elsewhere."""
        wishes = self._request.http
        first = url in {self._request.url, self.start}
        return Hop(self.start, wishes.method, wishes.body) if first else Hop(url)

    def _followed(self, hop: Hop, verdict: Follow, redirects: list[Redirect]) -> Hop:
        """Return the next hop; raises RedirectError where it is one too many."""
        most = self._around.settings.max_redirects
        if len(redirects) >= most:
            self.redirects = tuple(redirects)
            raise RedirectError(f"{self._request.url.origin} redirects more than {most} times")
        url = self._around.memory.hsts.upgrade(verdict.url, self._around.clock.now().timestamp())
        withheld = self._carried.withheld(url)
        redirects.append(Redirect(status=verdict.status, url=url.text, withheld=withheld))
        return hop.following(url, verdict.status, trusted=self._carried.is_own(url))

    async def _may_fare_better(self, connection: Answer, shown: Shown) -> bool:
        """Whether a refused login can be tried in another way; says what would help where it cannot."""
        error = connection.verdict.error if isinstance(connection.verdict, Refuse) else None
        if not isinstance(error, HttpStatusError) or error.status != UNAUTHORIZED or connection.head is None:
            return False
        url, own = connection.ask.url, self._carried.is_own(connection.ask.url)
        if own and await self._access.refused(shown, connection.head, url):
            return True
        self._access.explain(error, connection.head, url, own=own)
        return False

    async def _exchange(
        self, connection: Answer, hop: Hop, shown: Shown, validator: str | None, *, multiplexed: bool
    ) -> None:
        request = self._prepared(connection.ask, hop, shown, validator, multiplexed=multiplexed)
        try:
            await self._asked(connection, hop, request)
        except NetworkError:
            if request.alternative is None or connection.head is not None or not request.repeatable:
                raise
            # Who does not serve there is asked where the URL says (RFC 7838, 2.4).
            self._around.memory.alt_svc.note(hop.url, "clear", self._around.clock.now().timestamp())
            await self._asked(connection, hop, replace(request, alternative=None))

    async def _asked(self, connection: Answer, hop: Hop, request: Request) -> None:
        host = self._around.hosts[hop.url.origin]
        receiver: Answer | Unpacking = connection
        if connection.ask.coding is not None and isinstance(connection, Connection):
            receiver = Unpacking(connection)
        counts = connection.ask.opening and not (request.multiplexed and host.multiplexed)  # a crew counts its own
        host.add(counts)
        sent = True
        try:
            outcome = await self._around.transport.fetch(request, receiver)
        except TransferError as error:
            sent = not isinstance(error, UNSENT)
            if isinstance(connection.verdict, (Follow, Plainly, Refuse)):
                return
            raise
        finally:
            host.drop(counts)
            self.spent = self.spent or (sent and not request.repeatable)
        self.proxy = None if request.route.proxy is None else str(request.route.proxy)
        self.insecure = self.insecure or not (request.route.tls.verified or hop.url.scheme == "http")
        self._learn(hop.url, outcome, verified=request.route.tls.verified)
        if isinstance(receiver, Unpacking):
            receiver.finish()

    def _prepared(self, ask: Ask, hop: Hop, shown: Shown, validator: str | None, *, multiplexed: bool) -> Request:
        url, around, wishes = hop.url, self._around, self._request.http
        network = around.networks.of(url, wishes, own=self._carried.is_home(url))
        now = around.clock.now().timestamp()
        body = hop.body is not None
        headers = self._carried.headers(url, network, shown, body=body, coding=ask.coding, now=now)
        version = network.http_version if network.route.proxy is None else _through_proxy(network.http_version)
        return Request(
            url=url,
            headers=(*headers, *_range(ask, validator)),
            deadlines=network.deadlines,
            route=network.route,
            method=hop.method,
            body=hop.body,
            login=shown.login,
            http_version=version,
            alternative=around.memory.alt_svc.alternative(url, "h3", now) if version is HttpVersion.HTTP3 else None,
            multiplexed=multiplexed and version is not HttpVersion.HTTP1 and url.scheme == "https",
            inspected=self._inspected,
        )

    def _learn(self, url: Url, outcome: Outcome, *, verified: bool) -> None:
        """Remember what an answer says of its host, and what it was like."""
        around, fields = self._around, outcome.head.fields
        self.outcome = outcome
        self.http_version, self.address = outcome.head.version, outcome.address
        around.hosts[url.origin].multiplexed = outcome.head.version == "2"
        if self.timings.first_byte is None:
            self.timings = outcome.timings
        self.fresh, self.reused = self.fresh + outcome.fresh, self.reused + (not outcome.fresh)
        if fields.keys().isdisjoint(_NOTED):
            return
        now = around.clock.now().timestamp()
        self._carried.take_cookies(url, fields.get("set-cookie"), now)
        around.take_cookies(url, fields.get("set-cookie"), now)
        if verified:  # whoever stands between us and the host must not speak for it
            if "strict-transport-security" in fields:
                around.memory.hsts.note(url, fields["strict-transport-security"], now)
            if "alt-svc" in fields:
                around.memory.alt_svc.note(url, fields["alt-svc"], now)


_NOTED = frozenset({"set-cookie", "strict-transport-security", "alt-svc"})


def _through_proxy(version: HttpVersion) -> HttpVersion:
    """Return what can be spoken through a proxy: no HTTP/3, which comes in datagrams."""
    return HttpVersion.AUTO if version is HttpVersion.HTTP3 else version


def _range(ask: Ask, validator: str | None) -> tuple[tuple[str, str], ...]:
    """Return the headers that ask for a range (RFC 9110, 14.2 and 13.1.5)."""
    if not ask.ranged:
        return ()
    asked = ("Range", f"bytes={ask.start}-{'' if ask.stop is None else ask.stop - 1}")
    return (asked,) if validator is None else (asked, ("If-Range", validator))
