"""The first request of a run: finds out what the file is and what to call it, and brings its first bytes.

It asks for `bytes=0-`: an answer that serves ranges is probe and first segment in one. Where servers may compress
files on the way it asks plainly: what is unpacked is neither ranged nor gone on with.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rheo.domain.download import DownloadRequest
from rheo.domain.errors import NoFileError, StorageError, TransferError, TruncatedBodyError
from rheo.domain.resource import Resource
from rheo.domain.result import DownloadResult
from rheo.domain.settings import LEAVING
from rheo.domain.url import Url
from rheo.engine.answers.content import ACCEPTED, suspicious, to_unpack
from rheo.engine.answers.gatekeeper import Ask, Plainly, Refuse, Take, Unchanged
from rheo.engine.file.incoming import SMALL, IncomingFile
from rheo.engine.file.place import part_for
from rheo.engine.metalinks.following import is_one
from rheo.engine.names.destination import free_path, name_at, path_for
from rheo.engine.planning.planner import ENDLESS, Planner
from rheo.engine.planning.sizes import CLAIMED_LEAST
from rheo.engine.planning.widening import single_because
from rheo.engine.promises.assurance import Assurance
from rheo.engine.requests.connection import Connection, Intake
from rheo.engine.retries.retry import PROGRESS
from rheo.engine.sources.mirrors import check_size
from rheo.engine.sources.source import Source
from rheo.engine.sources.turns import Turns
from rheo.engine.surroundings import Surroundings
from rheo.engine.unchanged import Present
from rheo.storage.parts.finding import has_part
from rheo.storage.parts.part_file import PartFile
from rheo.transport.base import Head

if TYPE_CHECKING:
    from rheo.engine.crew.crew import Crew  # loaded where one answer is not enough
    from rheo.engine.crew.member import Member


class Opening:
    """One first request, and what came of it."""

    def __init__(
        self,
        request: DownloadRequest,
        around: Surroundings,
        sources: Sequence[Source],
        assurance: Assurance,
        *,
        ranged: bool,
        multiplexed: bool,
        knows: Callable[[str], bool],
        aside: PartFile | None,
        begin: Callable[[IncomingFile, Resource], None],
        widen: Callable[[Crew], None],
    ) -> None:
        """Ask the first source, and others where that one fails or stays silent.

        `ranged` False asks plainly, for one stream; `knows` tells where nothing is to be looked for.
        `aside` holds the claim of an older version on its name.
        `begin` is told, inside a callback of the transport, that the file comes; `widen` that one answer will not do.
        """
        self.instead: DownloadResult | Path | str | Url | None = None
        """What there is instead of bytes to take: the file that is there and is to be skipped, and that may be known to
        be right; the target, as text, of what an earlier run left; or the Metalink that was found.
        """
        self.resource: Resource | None = None
        """What the answer says that the file is; None before it."""
        self.rest: tuple[int, list[bytes]] = (0, [])
        """What is gathered and not handed on, where one answer brought everything."""
        self._request = request
        self._around = around
        self.source = sources[0]
        """Where the file comes from: the one that answered first."""
        self._turns = Turns(sources, around.clock)
        self._assurance = assurance
        self._present = Present(request, assurance, around.owners)
        self._coding = ACCEPTED if around.settings.compressed else None
        self._ranged = ranged and self._coding is None
        self._multiplexed = multiplexed
        self._knows = knows
        self._aside = aside
        self._begin = begin
        self._widen = widen
        self._tasks: asyncio.TaskGroup
        self._intake: Intake | None = None
        self._connection: Connection | None = None
        """What brings the file; None as long as none does."""
        self._member: Member | None = None
        """The same as a member of a crew; None where it is alone."""
        self._crew: Crew | None = None
        self._over = False

    @property
    def brought(self) -> int:
        """Bytes that this answer brought."""
        return 0 if self._connection is None else self._connection.brought

    async def run(self, tasks: asyncio.TaskGroup) -> None:
        """Return once everything came, or `instead` says why nothing shall; raises what went wrong."""
        self._tasks = tasks
        error: TransferError | None = None
        try:
            await self._turns.run(self._ask)
        except TransferError as failure:
            error = failure
        except BaseException:
            self._abandon()
            raise
        finally:
            self._over = True
            self._remember(error)
        if self._intake is None or self._connection is None:
            if error is not None:
                raise error
            return  # nobody wants the bytes, or there are none
        await self._go_on(self._intake, self._connection, error)

    def _leave_page(self, source: Source, head: Head, name: str) -> None:
        """Raise NoFileError of what looks like a page of a login or a parked domain, as long as others may have more.

        Where a digest is known, that decides.
        """
        if len(self._turns.sources) == 1:
            return
        kind = head.fields.get("content-type")
        if self._assurance.promise or not suspicious(content_type=kind, name=name, beginning=b""):
            return
        if self._turns.may_leave(source):
            raise NoFileError(f"{source.start.bare} is a web page: perhaps a login, or an error", page=True)

    async def _ask(self, source: Source) -> None:
        fetch = partial(source.fetch, receive=partial(self._receive, source), multiplexed=self._multiplexed)
        unless = await self._present.condition() if self._request.on_exists in LEAVING else None
        if source.given != self._request.url:
            unless = None  # what is known of its versions says nothing to other servers
        ask = Ask(url=source.start, ranged=self._ranged, coding=self._coding, unless=unless, opening=True)
        connection = await fetch(ask)
        if isinstance(connection.verdict, Plainly):
            ask = Ask(url=source.start, ranged=False, unless=unless, opening=True)
            connection = await fetch(ask)
        if self._present.doubtful is not None:
            self.instead = await self._present.read(self._present.doubtful)
            connection = connection if self.instead is not None else await fetch(ask)
        if isinstance(connection.verdict, Unchanged):
            there = self._present.unchanged()
            if there is None:
                connection = await fetch(ask._replace(unless=None))
            elif self._turns.decide(source):
                self.instead = there
        if isinstance(connection.verdict, Refuse):
            raise connection.verdict.error

    def _remember(self, error: TransferError | None) -> None:
        """Have the next file, or the next run, ask the hosts first that did well this time."""
        if len(self._turns.sources) == 1:
            return
        broke = [self.source] if error is not None and self._connection is not None and not self._mirrored else []
        for source in (*self._turns.passed_over, *broke):
            self._around.hosts[source.url.origin].rest.begin(self._around.clock.monotonic())

    def _abandon(self) -> None:
        """Hand on what came before somebody stopped us."""
        if self._intake is None or self._connection is None:
            return
        with contextlib.suppress(StorageError):  # what stopped us matters more
            if self._crew is not None and self._member is not None:
                self._crew.end(self._member)
            elif self._intake.file.begun or self._connection.brought >= PROGRESS:
                self._connection.flush()

    async def _go_on(self, intake: Intake, connection: Connection, error: TransferError | None) -> None:
        """Bring what this answer did not, if anything."""
        segment = intake.segment
        if error is None and segment.stop >= ENDLESS:
            intake.plan.end(segment)
        if self._crew is None:
            if error is None and intake.plan.finished:
                self.rest = connection.rest()
                return
            if error is not None and not intake.file.begun and connection.brought < PROGRESS and not self._mirrored:
                connection.rest()  # so little of a file that is not whole is not worth a part
        crew = self._crew or self._make_crew(intake, connection)
        assert self._member is not None
        crew.end(self._member)
        crew.conclude(self._member, error)
        if crew.supervised:
            return
        if error is not None and not self._mirrored:
            raise error
        lost = intake.file.target is None and crew.resource.validator is None
        if lost or not self._request.http.ranged:
            raise TruncatedBodyError(
                f"{connection.ask.url.origin} sent less than the whole, and nothing says what its rest is of"
            )
        await crew.run(self._tasks)

    @property
    def _mirrored(self) -> bool:
        """Whether other sources can bring what this one does not; where one answer is to bring all, they cannot."""
        several = len(self._turns.sources) > 1 or len(self._assurance.homes) > 0
        return several and self._ranged and self.resource is not None and self.resource.size is not None

    def _receive(self, source: Source, ask: Ask) -> Connection:
        return Connection(ask, known=None, accept=partial(self._accept, source), clock=self._around.clock)

    def _accept(self, source: Source, connection: Connection, head: Head) -> Intake | None:
        """Settle what the file is and what it is called; None where its bytes are not wanted (now)."""
        verdict = connection.verdict
        if not isinstance(verdict, Take):
            return None
        if is_one(self._request, head, connection.ask.url):
            if self._turns.decide(source):
                self.instead = connection.ask.url
            return None
        check_size(self._request.size, verdict.resource.size, url=source.start)
        named_by = connection.ask.url if source is self._turns.sources[0] else self._request.url
        chosen = path_for(self._request, head, final=named_by)
        name = name_at(chosen)
        self._leave_page(source, head, name)
        if not self._turns.decide(source):
            return None
        self.source = source
        self.resource = resource = verdict.resource
        coding = to_unpack(head, name, asked=self._coding)
        if coding is not None and resource.size != 0:  # nothing is nothing, whatever it is called
            self.resource = resource = replace(resource, size=None)
        path = None if chosen is None else self._free_path(chosen, connection, head, resource)
        if self.instead is not None or self._present.doubtful is not None:
            return None
        part = None if path is None else part_for(path, self._request, chosen=chosen, aside=self._aside)
        intake = self._take_in(connection, head, resource, part)
        if intake is not None:
            intake.coding = coding
        return intake

    def _free_path(self, chosen: str, connection: Connection, head: Head, resource: Resource) -> str | None:
        """Return where the file is to go, unless `instead` says what there is, or something there may be the file."""
        hear = partial(self._assurance.hear, head, connection.ask.url, way=self.source.linking, anew=True)
        own = self.source.given == self._request.url
        self.instead = self._present.judge(chosen, resource, hear, own=own)
        if self.instead is not None or self._present.doubtful is not None:
            return None
        path = free_path(chosen, self._request.on_exists)
        if path is None and self._present.belongs_to_another(chosen):
            path = chosen  # none that could be left: ours is numbered when it is named
        if path is None:
            self.instead = Path(chosen)
        elif self._request.http.ranged:
            self.instead = self._left_at(path)
            if path != chosen and (resource.size is None or resource.size > SMALL):
                self.instead = self.instead or self._left_at(chosen)  # its name was taken since
        return path

    def _left_at(self, path: str) -> str | None:
        """Return the path again, where an earlier run may have left something that was not looked at yet."""
        return path if not self._knows(path) and has_part(path) else None

    def _take_in(self, connection: Connection, head: Head, resource: Resource, part: PartFile | None) -> Intake | None:
        settings = self._around.settings
        self._assurance.hear(head, connection.ask.url, way=self.source.linking, anew=True)
        file = IncomingFile(
            self._request,
            self._around,
            self._assurance,
            part=part,
            resource=resource,
            replaces=None if self._aside is None else self._aside.target,
        )
        file.lasting = self._coding is None and self._request.http.ranged
        size = ENDLESS if resource.size is None else resource.size
        window = CLAIMED_LEAST if self._assurance.promise else settings.segment_size
        if resource.size is None:
            window = None  # whoever does not know where it ends takes it to its end
        plan, segment = Planner.whole(size, min_split=settings.min_split_size, window=window)
        self.source.found(connection)
        self._begin(file, resource)
        if self.source is not self._turns.sources[0]:
            file.describe(resource.unvouched())  # another server's validators say nothing to the URL's own
        if segment is None:
            return None  # an empty file
        self._connection = connection
        self._intake = intake = Intake(file, plan, segment)
        if part is None or single_because(resource, settings) is not None:
            file.on_failure = connection.fail
            return intake
        shared = head.version not in {"1.0", "1.1"}
        crew = self._make_crew(intake, connection)
        asyncio.get_running_loop().call_soon(self._supervise, crew, self._member if shared else None)
        return intake

    def _make_crew(self, intake: Intake, connection: Connection) -> Crew:
        from rheo.engine.crew.crew import Crew  # noqa: PLC0415  (a small file needs none)

        assert self.resource is not None
        crew = self._crew = Crew(
            [self.source, *(source for source in self._turns.sources if source is not self.source)],
            self._around,
            file=intake.file,
            plan=intake.plan,
            resource=self.resource,
            strategy=self._request.strategy,
            homes=lambda: self._assurance.homes,
            alone=intake.file.target is None,
        )
        self._member = crew.join(connection, intake)
        self._widen(crew)
        return crew

    def _supervise(self, crew: Crew, shared: Member | None) -> None:
        """Let further connections bring what they can; a stream of HTTP/2 goes on over HTTP/1.1 like they do."""
        if crew.plan.finished or self._over:
            return
        crew.supervised = True
        self._tasks.create_task(crew.run(self._tasks))
        if shared is not None:
            shared.stop()
