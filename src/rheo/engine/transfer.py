"""One run of a download: from its first request to the published file.

Leaving `run` in any way closes everything it opened, connections first. A run that fails discards its part; one
that is interrupted keeps it, unless told otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from os.path import basename
from pathlib import Path

from rheo.domain.download import STANDARD_OUTPUT, DownloadRequest
from rheo.domain.errors import RedirectError, RheoError, TransferError, TruncatedBodyError
from rheo.domain.progress import Phase
from rheo.domain.result import DownloadResult, Verification
from rheo.domain.url import Url
from rheo.engine.connection import Connection
from rheo.engine.content import suspicious
from rheo.engine.destination import free_path
from rheo.engine.existing import already_there, left_alone
from rheo.engine.incoming import IncomingFile, path_for
from rheo.engine.redirects import MAX_REDIRECTS, headers_for
from rheo.engine.surroundings import Surroundings
from rheo.transport.base import Head, Outcome, Request


class Transfer:
    """Fetches one file once; its counters may be read at any time."""

    def __init__(
        self, request: DownloadRequest, around: Surroundings, *, multiplexed: bool, on_fetched: Callable[[], None]
    ) -> None:
        """`on_fetched` is told once that no more is asked of the network, unless the end comes at once anyway."""
        self.phase = Phase.CONNECTING
        self.name: str | None = None
        """The file's name; None until it is settled."""
        self.total: int | None = None
        self.http_version: str | None = None
        """Of the last answer; None before it."""
        self.keep_part = True
        """Whether being cancelled leaves the part for a later run."""
        self._request = request
        self._around = around
        self._multiplexed = multiplexed
        self._on_fetched = on_fetched
        self._connection: Connection | None = None
        self._file: IncomingFile | None = None
        self._existing: Path | None = None

    @property
    def received(self) -> int:
        """Bytes of the file that came in this run."""
        return 0 if self._connection is None else self._connection.received

    async def run(self) -> DownloadResult:
        """Return the published file's result, or raise the RheoError that ended the run."""
        already = await already_there(self._request)
        if already is not None:
            return already
        started = self._around.clock.monotonic()
        try:
            outcome, final_url = await self._fetch()
            if self._file is None:
                assert self._existing is not None
                return await left_alone(self._request, self._existing)
            path = await self._complete(self._file, outcome.head)
        except RheoError as error:
            await self._release()
            self._give_up(keep=False)
            if self._request.output == STANDARD_OUTPUT and self.received:
                error.transient = False
                error.add_note("a part of it has left through standard output, so it is not tried again")
            raise
        except BaseException:
            await self._release()
            self._give_up(keep=self.keep_part)
            raise
        seconds = self._around.clock.monotonic() - started
        return self._result(path, seconds, outcome, final_url)

    async def _fetch(self) -> tuple[Outcome, Url]:
        """Ask, follow redirects, and return once the whole body of the file came, or nobody wants it."""
        url = self._request.url
        for _ in range(MAX_REDIRECTS + 1):
            connection = Connection(url, accept=self._accept, clock=self._around.clock)
            self._connection = connection
            outcome = await self._exchange(url, connection)
            if connection.refusal is not None:
                raise connection.refusal
            if connection.redirect is None:
                assert outcome is not None
                return outcome, url
            url = connection.redirect
        raise RedirectError(f"{self._request.url.origin} redirects more than {MAX_REDIRECTS} times")

    async def _exchange(self, url: Url, connection: Connection) -> Outcome | None:
        """Ask once; None where the answer was no file and then broke: what it said holds nevertheless."""
        try:
            outcome = await self._around.transport.fetch(self._ask(url), connection)
        except TransferError:
            if connection.refusal is None and connection.redirect is None:
                raise
            return None
        self.http_version = outcome.head.version
        return outcome

    def _ask(self, url: Url) -> Request:
        return Request(
            url=url,
            headers=headers_for(url, self._request, user_agent=self._around.user_agent),
            deadlines=self._around.deadlines,
            multiplexed=self._multiplexed and url.scheme == "https",
        )

    def _accept(self, head: Head, length: int | None) -> IncomingFile | None:
        """Settle the name of the file that follows; None where it is taken and the file is to be skipped."""
        chosen = path_for(self._request, head)
        path = None if chosen is None else free_path(chosen, self._request.on_exists)
        if chosen is not None and path is None:
            self._existing = Path(chosen)
            return None
        self.phase = Phase.FETCHING
        self.name = STANDARD_OUTPUT if path is None else basename(path)
        self.total = length
        self._file = IncomingFile(self._request, self._around, path=path, length=length)
        return self._file

    async def _complete(self, file: IncomingFile, head: Head) -> Path:
        """See the promises kept, length and digests, and give the file its name."""
        connection = self._connection
        assert connection is not None
        source = str(self._request.url.origin)
        if self.total is not None and connection.received != self.total:
            raise TruncatedBodyError(f"{source}: {connection.received} of {self.total} bytes came")
        self.phase = Phase.VERIFYING
        if file.waits:
            self._on_fetched()
        await file.finish(*connection.rest(), source=source)
        self.phase = Phase.PUBLISHING
        return await file.publish(head)

    def discard(self) -> None:
        """Remove the part that was kept."""
        self._give_up(keep=False)

    async def _release(self) -> None:
        if self._file is not None:
            await self._file.release()

    def _give_up(self, *, keep: bool) -> None:
        if self._file is not None:
            self._file.give_up(keep=keep)

    def _result(self, path: Path, seconds: float, outcome: Outcome, final_url: Url) -> DownloadResult:
        connection, request = self._connection, self._request
        assert connection is not None
        content_type = outcome.head.fields.get("content-type")
        promised = Verification.UNVERIFIED if self.total is None else Verification.CONSISTENT
        return DownloadResult(
            path=path,
            size=connection.received,
            seconds=seconds,
            url=request.url.text,
            final_url=final_url.text,
            checksums=request.checksums,
            verification=Verification.VERIFIED if request.checksums else promised,
            timings=outcome.timings,
            content_type=content_type,
            content_suspicious=suspicious(
                content_type=content_type, name=self.name or "", beginning=connection.beginning
            ),
            http_version=outcome.head.version,
        )
