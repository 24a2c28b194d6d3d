"""A URL that supplies the file: asks there, follows redirects, and logs in."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from rheo.domain.download import DownloadRequest
from rheo.domain.errors import HttpStatusError, NetworkError, RedirectError, RheoError, TransferError
from rheo.domain.expiry import is_over
from rheo.domain.network import HttpVersion
from rheo.domain.result import Redirect
from rheo.domain.url import Url
from rheo.engine.answers.gatekeeper import Ask, Follow, Plainly, Refuse, Unchanged, Verdict
from rheo.engine.answers.proxy_answers import whose
from rheo.engine.answers.redirects import Hop
from rheo.engine.answers.tally import Answers
from rheo.engine.politeness.line import Heard
from rheo.engine.requests.access import NOTHING, UNAUTHORIZED, Access, Shown
from rheo.engine.requests.carried import Carried
from rheo.engine.requests.connection import Connection
from rheo.engine.retries.healing import request_by_link
from rheo.engine.retries.once import UNSENT
from rheo.engine.sources.mirrors import request_to
from rheo.engine.surroundings import Surroundings
from rheo.transport.base import Head, Receiver, Request

if TYPE_CHECKING:
    from rheo.engine.requests.unpacking import Unpacking  # loaded where it is needed


class Answer(Receiver, Protocol):
    """A receiver that tells what its answer is."""

    ask: Ask
    head: Head | None
    """None before it came."""
    verdict: Verdict | None
    """Likewise."""


Received = TypeVar("Received", bound=Answer)

MISDIRECTED = 421


def sources_of(request: DownloadRequest, around: Surroundings, *, banned: Container[Url]) -> tuple[Source, ...]:
    """Return the user's own URL as a source, or the link in its place, and then the mirrors.

    Those whose host rests come last; none that is banned, unless all are.
    """
    home = request_by_link(request)
    if not request.mirrors:
        return (Source(home, around),)
    now = around.clock.monotonic()
    known = around.hosts.bans.of(request.url, now)
    several = [url for url in (home.url, *request.mirrors) if url not in banned and url not in known]
    several.sort(key=lambda url: around.hosts[url.origin].rest.lasts(now))
    asked = [home if url == home.url else request_to(request, url) for url in several] or [home]
    return tuple(Source(each, around) for each in asked)


class Source:
    """Where one download gets its bytes from."""

    def __init__(self, request: DownloadRequest, around: Surroundings, *, inspected: bool = False) -> None:
        """`inspected` gives each request a connection of its own, and its outcome tells all of that."""
        self.start = around.asked(request.url)
        """The user's own URL; over https where its host said that it wants no other."""
        self.url = self.asked = self.start
        """Where the file was found: what the last redirect led to, the user's own URL before that is known; and what
        was asked last.
        """
        self.answers = Answers()
        self.redirects: tuple[Redirect, ...] = ()
        """Those on the way from the user's own URL to where the file was found."""
        self.linking: dict[Url, Head] = {}
        """Heads of redirects that name other homes of the file, by the URL that they answered."""
        self._ways: dict[Url, tuple[Redirect, ...]] = {}
        """The redirects that led from there to each URL; kept apart, as a request may end before its answer does.

        Empty as long as nobody redirects.
        """
        self.spent = False
        """Whether a request was sent, or perhaps so, that must not be sent again by itself."""
        self.silent = False
        """Whether the last request ended without the head of an answer."""
        self._request = request
        self._around = around
        self._inspected = inspected
        self._access = Access(request.http.login, patience=around.settings.first_byte_timeout)
        self._carried = Carried(
            request.http,
            (request.url.origin, self.start.origin),
            cookies=around.cookies,
            is_public_suffix=around.public_suffixes.has,
            everywhere=around.settings.location_trusted,
        )

    @property
    def given(self) -> Url:
        """The URL as it was given."""
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
        from_start = self._is_start(ask.url)  # what we send goes with it where nobody led us elsewhere
        wishes = self._request.http
        hop = Hop(self.start, wishes.method, wishes.body) if from_start else Hop(ask.url)
        redirects: list[Redirect] = []
        renewed = False
        while True:
            if ask.url is not hop.url:
                ask = ask._replace(url=hop.url)
            shown = await self._access.shown(hop.url) if wishes.login and self._carried.is_own(hop.url) else NOTHING
            connection = receive(ask)
            self.asked = hop.url
            request = self._prepared(connection.ask, hop, shown, validator, multiplexed=multiplexed)
            await self._exchange(connection, hop, request)
            verdict = connection.verdict
            if request.alternative is not None and _is_misdirected(connection.head):
                self._forget_alternative(hop.url)  # so that the next one goes where the URL says, whatever its method
            elif isinstance(verdict, Follow):
                if connection.head is not None and "link" in connection.head.fields:
                    self.linking[hop.url] = connection.head
                hop, renewed = self._followed(hop, verdict, redirects), False
                if from_start:
                    self._ways.setdefault(self.start, ())
                    self._ways[hop.url] = tuple(redirects)
            elif isinstance(verdict, Refuse) and await self._may_fare_better(connection, shown, renewed=renewed):
                renewed = shown != NOTHING
            else:
                self._note_way(hop.url, opening=from_start and ask.opening)
                return connection

    def found(self, connection: Answer) -> None:
        """Note that an answer brings the file: later requests go where it came from."""
        self.url = connection.ask.url
        if self._ways:
            self._note_way(self.url)

    def leave_where_over(self) -> None:
        """Go back to the user's own URL from one that says that its time is over; a clock that is wrong costs a hop."""
        if self.url != self.start and is_over(self.url, self._around.clock.now()):
            self.url = self.start

    def leave(self, expired: Url) -> bool:
        """Go back from there to the URL that the user gave; whether there is another one to ask now.

        Of several who find it expired the first one goes back, perhaps to be led elsewhere before the next one does.
        """
        if expired == self.url:
            self.url = self.start
        return expired != self.url

    def _is_start(self, url: Url) -> bool:
        return url is self.start or url in {self._request.url, self.start}

    def _note_way(self, url: Url, *, opening: bool = False) -> None:
        """Take note of the redirects that led to a URL; where it is the `opening` one, others may be led there, too."""
        if opening:
            self._around.hosts.led(self.start.origin, url.origin)
        if self._ways:
            self.redirects = self._ways.get(url, self.redirects)

    def _followed(self, hop: Hop, verdict: Follow, redirects: list[Redirect]) -> Hop:
        """Return the next hop, and note the redirect; raises RedirectError where that leads nowhere."""
        url = self._around.asked(verdict.url)
        try:
            following = self._following(hop, url, verdict.status, followed=len(redirects))
        except RedirectError:
            self.redirects = tuple(redirects)
            raise
        referer = self._around.settings.for_host(self.start.host).referer
        withheld = self._carried.withheld(url, referer=referer)
        redirects.append(Redirect(status=verdict.status, url=url.text, withheld=withheld))
        return following

    def _following(self, hop: Hop, url: Url, status: int, *, followed: int) -> Hop:
        """Return the next hop; raises RedirectError where it is one too many, or must not be taken."""
        settings = self._around.settings
        most = settings.max_redirects
        if followed >= most:
            how = f"more than {most} times" if most else "and --max-redirects 0 follows none"
            raise RedirectError(f"{self._request.url.origin} redirects {how}")
        trusted = self._carried.is_own(url)
        return hop.following(url, status, trusted=trusted, allow_downgrade=settings.allow_downgrade)

    async def _may_fare_better(self, connection: Answer, shown: Shown, *, renewed: bool) -> bool:
        """Whether a login can be shown after all, or another one than was refused; says what would help where not.

        One that was `renewed` is the last.
        """
        error = connection.verdict.error if isinstance(connection.verdict, Refuse) else None
        if not isinstance(error, HttpStatusError) or error.status != UNAUTHORIZED or connection.head is None:
            return False
        url, own = connection.ask.url, self._carried.is_own(connection.ask.url)
        if own and not renewed and await self._access.refused(shown, connection.head, url):
            return True
        error.add_note(self._access.advice(connection.head, url, own=own))
        return False

    async def _exchange(self, connection: Answer, hop: Hop, request: Request) -> None:
        try:
            await self._asked(connection, hop, request)
        except NetworkError:
            if request.alternative is None or connection.head is not None or not request.repeatable:
                raise
            # Who does not serve there is asked where the URL says (RFC 7838, 2.4).
            self._forget_alternative(hop.url)
            await self._asked(connection, hop, replace(request, alternative=None))

    def _forget_alternative(self, url: Url) -> None:
        self._around.memory.alt_svc.note(url, "clear", self._around.clock.unix())

    async def _asked(self, connection: Answer, hop: Hop, request: Request) -> None:
        host, line = self._around.hosts[hop.url.origin], self._around.lines[hop.url.origin]
        began = await line.turn() if host.gate.guarded else line.go()
        unpacking = None if connection.ask.coding is None else _unpacking(connection)
        counts = connection.ask.opening and not (request.multiplexed and host.multiplexed)  # a crew counts its own
        host.add(counts)
        sent = True
        try:
            outcome = await self._around.transport.fetch(request, Heard(unpacking or connection, line, hop.url, began))
        except RheoError as error:
            sent, self.silent = not isinstance(error, UNSENT), connection.head is None
            self._explain(error, hop.url)
            if isinstance(error, TransferError) and isinstance(connection.verdict, _WITHOUT_FILE):
                return
            raise
        finally:
            line.ended(began)
            host.drop(counts)
            self.spent = self.spent or (sent and not request.repeatable)
        self.silent = False
        self.answers.take(request, outcome)
        if isinstance(connection.verdict, Refuse):
            words = whose(outcome.head, hop.url, request.route.proxy)
            if words is not None:
                connection.verdict.error.add_note(words)
        host.multiplexed = outcome.head.version == "2"
        if "domain" in outcome.head.fields.get("set-cookie", "").lower():
            await self._around.public_suffixes.read()  # off this thread
        self._learn(hop.url, outcome.head, verified=request.route.tls.verified)
        if unpacking is not None:
            unpacking.finish()

    def _explain(self, error: RheoError, url: Url) -> None:
        """Add what nobody expects who asked for http."""
        if isinstance(error, NetworkError) and url == self.start != self._request.url:
            error.add_note("https was asked, as the host said in an earlier answer that it wants no http (HSTS)")

    def _prepared(self, ask: Ask, hop: Hop, shown: Shown, validator: str | None, *, multiplexed: bool) -> Request:
        url, around, wishes = hop.url, self._around, self._request.http
        network = around.networks.of(url, wishes, own=self._carried.is_home(url))
        now = around.clock.unix()
        body = hop.body is not None
        headers = self._carried.headers(url, network, shown, body=body, coding=ask.coding, now=now)
        version = network.http_version if network.route.proxy is None else _through_proxy(network.http_version)
        return Request(
            url=url,
            headers=(*headers, *_range(ask, validator), *(() if ask.unless is None else (ask.unless,))),
            deadlines=network.deadlines,
            route=network.route,
            method=hop.method,
            body=hop.body,
            login=shown.login,
            http_version=version,
            alternative=around.memory.alt_svc.alternative(url, "h3", now) if version is HttpVersion.HTTP3 else None,
            multiplexed=multiplexed and version is not HttpVersion.HTTP1 and url.scheme == "https",
            meter=around.meter(url),
            inspected=self._inspected,
        )

    def _learn(self, url: Url, head: Head, *, verified: bool) -> None:
        """Remember what an answer says of its host."""
        around, fields = self._around, head.fields
        if fields.keys().isdisjoint(_NOTED):
            return
        now = around.clock.unix()
        self._carried.take_cookies(url, fields.get("set-cookie"), now)
        around.take_cookies(url, fields.get("set-cookie"), now)
        if verified:  # whoever stands between us and the host must not speak for it
            if "strict-transport-security" in fields:
                around.memory.hsts.note(url, fields["strict-transport-security"], now)
            if "alt-svc" in fields and not _is_misdirected(head):
                around.memory.alt_svc.note(url, fields["alt-svc"], now)


_WITHOUT_FILE = (Follow, Plainly, Refuse, Unchanged)

_NOTED = frozenset({"set-cookie", "strict-transport-security", "alt-svc"})


def _is_misdirected(head: Head | None) -> bool:
    """Whether the machine says that it is not for this origin (RFC 9110, 15.5.20; RFC 7838, 6)."""
    return head is not None and head.status == MISDIRECTED


def _unpacking(connection: Answer) -> Unpacking | None:
    """Return what unpacks an answer on its way to the connection; None where nothing may be coded."""
    if not isinstance(connection, Connection):
        return None
    from rheo.engine.requests.unpacking import Unpacking  # noqa: PLC0415  (few ask for it)

    return Unpacking(connection)


def _through_proxy(version: HttpVersion) -> HttpVersion:
    """Return what can be spoken through a proxy: no HTTP/3, which comes in datagrams."""
    return HttpVersion.AUTO if version is HttpVersion.HTTP3 else version


def _range(ask: Ask, validator: str | None) -> tuple[tuple[str, str], ...]:
    """Return the headers that ask for a range (RFC 9110, 14.2 and 13.1.5)."""
    if not ask.ranged:
        return ()
    asked = ("Range", f"bytes={ask.start}-{'' if ask.stop is None else ask.stop - 1}")
    return (asked,) if validator is None else (asked, ("If-Range", validator))
