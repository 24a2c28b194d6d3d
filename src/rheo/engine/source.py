"""A URL that supplies the file: asks there, follows its redirects, and remembers what the answers were like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rheo.domain.download import DownloadRequest
from rheo.domain.errors import RedirectError, TransferError
from rheo.domain.result import Timings
from rheo.domain.url import Url
from rheo.engine.connection import Connection
from rheo.engine.gatekeeper import Ask, Follow, Plainly, Refuse
from rheo.engine.redirects import MAX_REDIRECTS, headers_for
from rheo.engine.surroundings import Surroundings
from rheo.transport.base import Request

Receive = Callable[[Ask], Connection]
"""Makes the receiver of what is asked."""


class Source:
    """Where one download gets its bytes from."""

    def __init__(self, request: DownloadRequest, around: Surroundings) -> None:
        self.url = request.url
        """Where the file was found: what the last redirect led to, the user's own URL before that is known."""
        self.http_version: str | None = None
        """Of the last answer; None before it."""
        self.timings = Timings()
        """Of the first answer that brought bytes."""
        self._request = request
        self._around = around

    async def fetch(
        self, ask: Ask, receive: Receive, *, validator: str | None = None, multiplexed: bool = False
    ) -> Connection:
        """Ask, follow redirects, and return the receiver of the final answer once that has ended.

        `validator` goes into If-Range. An answer that brings no bytes holds, even where it broke. Raises the
        TransferError of one that does, and RedirectError where redirects find no end.
        """
        for _ in range(MAX_REDIRECTS + 1):
            connection = receive(ask)
            await self._exchange(connection, validator, multiplexed=multiplexed)
            if not isinstance(connection.verdict, Follow):
                return connection
            ask = replace(ask, url=connection.verdict.url)
        raise RedirectError(f"{self._request.url.origin} redirects more than {MAX_REDIRECTS} times")

    def found(self, connection: Connection) -> None:
        """Note that an answer brings the file: later requests go where it came from."""
        self.url = connection.ask.url

    def leave(self, expired: Url) -> bool:
        """Go back from there to the URL that the user gave; whether there is another one to ask now.

        Of several who find it expired the first one goes back, perhaps to be led elsewhere before the next one does.
        """
        if expired == self.url:
            self.url = self._request.url
        return expired != self.url

    async def _exchange(self, connection: Connection, validator: str | None, *, multiplexed: bool) -> None:
        ask = connection.ask
        request = Request(
            url=ask.url,
            headers=(*headers_for(ask.url, self._request, user_agent=self._around.user_agent), *_range(ask, validator)),
            deadlines=self._around.deadlines,
            multiplexed=multiplexed and ask.url.scheme == "https",
        )
        host = self._around.hosts[ask.url.origin]
        counts = ask.opening and not (request.multiplexed and host.multiplexed)  # a crew counts its own beforehand
        host.connections += counts
        try:
            outcome = await self._around.transport.fetch(request, connection)
        except TransferError:
            if isinstance(connection.verdict, (Follow, Plainly, Refuse)):
                return
            raise
        finally:
            host.connections -= counts
        self.http_version = outcome.head.version
        host.multiplexed = outcome.head.version == "2"
        if self.timings.first_byte is None:
            self.timings = outcome.timings


def _range(ask: Ask, validator: str | None) -> tuple[tuple[str, str], ...]:
    """Return the headers that ask for a range (RFC 9110, 14.2 and 13.1.5)."""
    if not ask.ranged:
        return ()
    asked = ("Range", f"bytes={ask.start}-{'' if ask.stop is None else ask.stop - 1}")
    return (asked,) if validator is None else (asked, ("If-Range", validator))
