"""What the engine may ask of a transport, and what a transport hands back while bytes arrive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

from rheo.domain.connection_counts import ConnectionCounts
from rheo.domain.http_wishes import IDEMPOTENT
from rheo.domain.login import Login
from rheo.domain.network import HttpVersion, Route
from rheo.domain.result import Timings
from rheo.domain.url import Url

if TYPE_CHECKING:
    from rheo.domain.tls_session import TlsSession  # loaded where a connection is inspected
    from rheo.transport.meter import Meter  # which holds exchanges up


class Head(NamedTuple):
    """Status and header fields of one final answer."""

    version: str
    """`1.0`, `1.1`, `2` or `3`."""
    status: int
    fields: Mapping[str, str]
    """Names in lower case; fields that came more than once are joined by a comma and a blank (RFC 9110, 5.3).

    `set-cookie` alone is joined by line ends: commas stand in cookies, too.
    """


class Deadlines(NamedTuple):
    """How long each wait of an exchange may last, in seconds."""

    connect: float
    """Until the connection stands, to the proxy if there is one."""
    tls: float
    """From there until it can be used: a proxy's tunnel and TLS included."""
    first_byte: float
    """From there, or from when the request's body last moved, until the answer begins."""
    stall: float
    """Without `least` bytes more of the body."""
    least: int = 1024
    """Fewer bytes do not reset `stall`."""
    total: float | None = None
    """Of the whole exchange; None: as long as it makes progress."""

    def hastier(self, silence: float) -> Deadlines:
        """Return the same, but with less patience for a machine that accepts a connection and shakes no hands.

        An answer may take its time: it is work, and asking elsewhere would have it done twice.
        """
        return self._replace(tls=min(self.tls, silence))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, as it goes to one host; redirects are the engine's business."""

    url: Url = field(compare=False)
    """Counts for nothing where requests are compared: what was set up for one serves all that are alike."""
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    deadlines: Deadlines
    route: Route = Route()
    method: str = "GET"
    body: bytes | None = field(default=None, repr=False)
    login: Login | None = None
    """What answers a challenge for Digest, NTLM or Negotiate; Basic and tokens are headers."""
    http_version: HttpVersion = HttpVersion.AUTO
    alternative: tuple[str, int] | None = None
    """Host and port that serve this origin over HTTP/3 (RFC 7838); None: its own."""
    multiplexed: bool = False
    """Whether to wait for a connection that can be shared, where one is under way."""
    meter: Meter | None = field(default=None, compare=False)
    """What counts the body's bytes, and holds them up; None: nobody does."""
    inspected: bool = False
    """Whether the outcome is to tell all of the connection, which is then one of its own."""

    @property
    def plain(self) -> bool:
        """Whether it sends nothing but its head."""
        return self.method == "GET" and self.body is None

    @property
    def shared(self) -> bool:
        """Whether its answer may come as one of several streams of a connection (RFC 9113, RFC 9114)."""
        return self.multiplexed or self.http_version is HttpVersion.HTTP2 or self.http_version is HttpVersion.HTTP3

    @property
    def repeatable(self) -> bool:
        """Whether asking twice is as good as asking once."""
        return self.body is None and self.method in IDEMPOTENT


class Flow(Enum):
    """What a receiver wants to happen next."""

    GO_ON = "go on"
    PAUSE = "pause"
    """The chunk was not taken: bring it again after `Exchange.resume()`."""
    STOP = "stop"
    """Enough: end the exchange as a success, without the rest of the body."""


class Exchange(Protocol):
    """An exchange under way, as its receiver may steer it."""

    def resume(self) -> None:
        """Let a paused body flow again; soon, not within the call."""

    def stop(self) -> None:
        """End the exchange as a success, without the rest of the body; soon, not within the call."""

    def fail(self, error: BaseException) -> None:
        """End the exchange with this error; soon, not within the call. One that has ended is not touched."""

    def round_trip(self) -> float | None:
        """Return the seconds that connecting took, about one round trip; None on a connection that was open.

        Not to be asked within a callback.
        """


class Receiver(Protocol):
    """Takes one answer as it arrives; called on the engine's thread, never to wait."""

    def begin(self, head: Head, exchange: Exchange) -> Flow:
        """Take the final answer's head, before any of its body."""

    def chunk(self, data: bytes) -> Flow:
        """Take the body's next bytes."""

    def tick(self, now: float) -> None:
        """Be reminded, a few times a second, that time passes; `now` is monotonic."""


class Outcome(NamedTuple):
    """An exchange that ended as it should: the body whole, or stopped by its receiver."""

    head: Head
    timings: Timings
    address: str | None
    """Of the machine at the connection's other end, which is a proxy's where there is one."""
    fresh: bool
    """Whether a connection was made for it."""
    port: int | None = None
    """Of the machine at the other end."""
    tls: TlsSession | None = None
    """Of a connection that was to be inspected; None over plain http."""


class Transport(Protocol):
    """Moves bytes between one URL and one receiver."""

    @property
    def connections(self) -> ConnectionCounts:
        """What came of the requests so far; any thread may ask, also after the end."""

    def check(self, login: Login) -> None:
        """Raise UnsupportedError where it cannot log in like that."""

    def knows(self, url: Url, route: Route) -> bool:
        """Whether the addresses of who is connected to are at hand, so that a fetch would not begin with a lookup."""

    def met(self, url: Url, route: Route) -> bool:
        """Whether they are, or were before."""

    async def look_up(self, url: Url, route: Route) -> None:
        """Return once they are at hand, or raise ResolveError; many may be asked for at once, and wait their turn."""

    async def fetch(self, request: Request, receiver: Receiver) -> Outcome:
        """Ask and hand over the answer until its end; the receiver is not called any more once this is left.

        Raises the TransferError that describes what went wrong, or whatever the receiver raised.
        """
