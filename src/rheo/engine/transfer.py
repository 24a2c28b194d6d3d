"""One run of a download: from its first request to the published file.

Leaving `run` in any way closes everything it opened, connections first. What has come is kept for the next run,
unless it is known to be wrong, or nobody could go on with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from rheo.domain.download import DownloadRequest
from rheo.domain.errors import (
    ChecksumMismatchError,
    RheoError,
    StorageError,
    TakenOverError,
    TargetBusyError,
)
from rheo.domain.progress import Phase
from rheo.domain.resource import Resource
from rheo.domain.result import DownloadResult
from rheo.engine.crew import Crew
from rheo.engine.existing import already_there, left_alone
from rheo.engine.incoming import IncomingFile
from rheo.engine.jobs import cancelled_afterwards, to_the_end
from rheo.engine.once import forbid_repeating
from rheo.engine.opening import Opening
from rheo.engine.outcome import result_of
from rheo.engine.planner import Planner
from rheo.engine.resuming import Found, Search
from rheo.engine.source import Source
from rheo.engine.surroundings import Surroundings
from rheo.engine.versions import StartOver, Versions, cause_of
from rheo.storage.part_file import PartFile

logger = logging.getLogger(__name__)


class Transfer:
    """Fetches one file once; its counters may be read at any time."""

    def __init__(
        self,
        request: DownloadRequest,
        around: Surroundings,
        *,
        versions: Versions | None = None,
        multiplexed: bool,
        on_fetched: Callable[[], None],
    ) -> None:
        """`versions` is what an earlier run of the same download learnt.

        `on_fetched` is told once that no more is asked of the network, unless the end comes at once anyway.
        """
        self.phase = Phase.CONNECTING
        self.name: str | None = None
        """The file's name; None until it is settled."""
        self.total: int | None = None
        self.keep_part = True
        """Whether being cancelled leaves the part for a later run."""
        self.stopped = False
        """Whether it is being cancelled: a group of tasks that ends at that moment does not always raise it."""
        self.versions = versions or Versions(request)
        """What was learnt so far, for a later run of the same download."""
        self._request = request
        self._around = around
        self._multiplexed = multiplexed
        self._on_fetched = on_fetched
        self.source = Source(request, around)
        self._file: IncomingFile | None = None
        self._resource = Resource()
        self._opening: Opening | None = None
        self._crew: Crew | None = None  # as long as one connection is enough
        self.anew = False
        """Whether what was there is of no use, and the file is fetched anew."""
        self._resumed = self._brought = 0
        """Bytes that were there when this run began, and those that it brought, once it has ended."""
        self._search = Search(
            request,
            settled=self.versions.target,
            vain=self.versions.vain,
            anew=self.versions.single,
            join=around.settings.join,
            clock=around.clock,
        )
        self._aside: PartFile | None = None
        """The part of an older version made way; the claim on its name is kept here for the new one."""

    @property
    def received(self) -> int:
        """Bytes of the file that are there."""
        return self._resumed + self.brought

    @property
    def brought(self) -> int:
        """Bytes of the file that this run brought."""
        if self._crew is not None:
            return self._crew.received
        return self._brought if self._opening is None else self._opening.brought

    @property
    def keeps_part(self) -> bool:
        """Whether a part is left on the disk."""
        return self._file is not None and self._file.begun

    async def run(self) -> DownloadResult:
        """Return the published file's result, or raise the RheoError that ended the run."""
        already = await already_there(self._request)
        if already is not None:
            return already
        started = self._around.clock.monotonic()
        try:
            came = await self._fetch()
            if isinstance(came, Path):
                result = await left_alone(self._request, came)
            else:
                self.phase = Phase.PUBLISHING
                result = self._result(came, await came.publish(), self._around.clock.monotonic() - started)
        except RheoError as error:
            await self._leave(keep=self._can_be_gone_on_with(error))
            forbid_repeating(error, self._request, spent=self.source.spent, brought=self.brought)
            raise
        except BaseException:
            await self._leave(keep=self.keep_part)
            raise
        finally:
            # They call us back: who is kept alive by that waits for Python's collector, which takes longer than a file.
            self._brought, self._opening, self._crew = self.brought, None, None
        await self._give_up_claim()
        return result

    async def discard(self) -> None:
        """Remove the part that was kept."""
        if self._file is not None:
            await self._file.discard()

    async def _fetch(self) -> IncomingFile | Path:
        """Return the file that came whole and is verified, or the one that is there and is left alone."""
        found = await self._search.begin(self._enter)
        while True:
            self._heed_stop()
            try:
                came = await self._bring(found)
                if isinstance(came, IncomingFile):
                    await self._verify(came)
                if isinstance(came, (IncomingFile, Path)):
                    return came
                found = came
            except StartOver as again:
                self._heed_stop()
                await self._start_over(again)
                found = None
            except (TargetBusyError, TakenOverError) as error:
                self._heed_stop()
                found = await self._look_again(error)

    def _enter(self, phase: Phase) -> None:
        self.phase = phase

    def _heed_stop(self) -> None:
        if self.stopped:
            raise asyncio.CancelledError

    async def _bring(self, found: Found | Path | None) -> IncomingFile | Found | Path | None:
        """Bring every byte that is missing of what was found, or of a new file.

        Returns what is to be looked at instead, where the file's name leads to that; None to ask again.
        """
        if isinstance(found, Path):
            return found
        if found is not None and not self._is_wanted(found):
            await self._clear(found)
            return None
        opening = await self._run(found)
        if opening is not None and opening.existing is not None:
            return opening.existing
        if opening is not None and opening.target is not None:
            return await self._search.at(opening.target, self._enter, opening.resource)
        assert self._file is not None
        return self._file

    async def _run(self, found: Found | None) -> Opening | None:
        """Return the first request, if one was needed, once no connection is at work; raises what went wrong first."""
        opening: Opening | None = None
        failure: BaseException | None = None
        try:
            async with asyncio.TaskGroup() as self._tasks:
                if found is not None:
                    await self._resume(found)
                else:
                    opening = self._opening = self._open()
                    await opening.run()
        except BaseExceptionGroup as several:
            failure = cause_of(several)
        if failure is not None:
            raise failure
        return opening

    def _is_wanted(self, found: Found) -> bool:
        wanted = self._around.settings.resume or self._request.resume_from is not None
        return wanted and found.serves and self._request.http.ranged

    async def _clear(self, found: Found) -> None:
        """Have a part make way that is ours and cannot be gone on with, or shall not."""
        if found.foreign:
            self._search.learn(found.target)
            return
        self._file = self._file_of(found)
        await self._file.ready()
        await self._make_way(self._file)

    async def _look_again(self, error: StorageError) -> Found | Path | None:
        """See what another process makes of a part that it claimed just before us; raises where it is at it."""
        if self._file is None or self._file.owned:
            raise error
        target = self._file.target
        assert target is not None
        self._search.forget(target)
        with cancelled_afterwards():
            await self._file.leave(keep=False)
        self._file, self._crew, self._opening, self._resumed = None, None, None, 0
        return await self._search.at(target, self._enter)

    def _open(self) -> Opening:
        return Opening(
            self._request,
            self._around,
            self.source,
            ranged=not self.versions.single and self._request.http.ranged,
            multiplexed=self._multiplexed,
            knows=self._search.knows,
            aside=self._aside,
            begin=self._begin,
            widen=self._widen,
            tasks=self._tasks,
        )

    async def _resume(self, found: Found) -> None:
        """Go on with what an earlier run left."""
        file = self._file_of(found)
        resource = found.remains.state.resource
        if found.foreign:
            file.describe(resource := resource.unvouched())
        assert resource.size is not None
        self._begin(file, resource)
        await file.ready()
        # Of a whole part of another URL the last byte is asked for, so that what lies before it is compared.
        missing = file.written.missing(resource.size) or ([(resource.size - 1, resource.size)] if file.borrowed else [])
        self._resumed = resource.size - sum(stop - start for start, stop in missing)
        plan = Planner(missing, min_split=self._around.settings.min_split_size)
        crew = Crew(
            source=self.source,
            hosts=self._around.hosts,
            file=file,
            plan=plan,
            resource=resource,
            settings=self._around.settings,
            clock=self._around.clock,
            tasks=self._tasks,
            resumed=True,
        )
        self._widen(crew)
        await crew.run()

    def _file_of(self, found: Found) -> IncomingFile:
        remains = found.remains
        resource = remains.state.resource
        return IncomingFile(self._request, self._around, path=found.target, resource=resource, remains=remains)

    def _begin(self, file: IncomingFile, resource: Resource) -> None:
        """Take note that the file comes."""
        self._file, self._resource = file, resource
        self.versions.target = file.target
        self.phase = Phase.FETCHING
        self.name = file.name
        self.total = resource.size

    def _widen(self, crew: Crew) -> None:
        """Take note that further connections bring it."""
        self._crew = crew

    async def _verify(self, file: IncomingFile) -> None:
        """See that digests and seams are as they should be."""
        self.phase = Phase.VERIFYING
        rest = (0, []) if self._opening is None else self._opening.rest
        await file.complete(*rest)
        if file.waits:
            self._on_fetched()
        await file.verify(source=str(self._request.url.origin))

    async def _start_over(self, again: StartOver) -> None:
        """Put aside what is there, until the new file is whole; raises where that happened too often."""
        self.anew = True
        if self._file is not None and self._file.borrowed and self._request.resume_from is None:
            await self._leave_alone(self._file, again)
            return
        self.versions.begin_anew(again)
        logger.warning("%s: %s; fetching it anew", self._request.url.bare, again.because)
        if self._file is not None:
            await self._make_way(self._file)
        self._crew, self._opening, self._resumed = None, None, 0

    async def _leave_alone(self, file: IncomingFile, again: StartOver) -> None:
        """Leave a part to the URL that it is of, and fetch the file beside it."""
        assert file.target is not None
        logger.info("%s: the part there is of another file: %s", self._request.url.bare, again.because)
        self._search.learn(file.target)
        self.versions.vain.add(file.target)
        with cancelled_afterwards():
            await file.leave(keep=True)
        self._file, self._crew, self._opening, self._resumed = None, None, None, 0

    async def _make_way(self, file: IncomingFile) -> None:
        """Put a part aside; its name stays ours."""
        with cancelled_afterwards():
            aside = await file.set_aside()
            await self._give_up_claim()
            self._aside, self._file = aside, None
        if self._aside is not None:
            self._search.learn(self._aside.target)

    def _can_be_gone_on_with(self, error: RheoError) -> bool:
        """Whether what has come helps a later run: not where it is wrong, or nobody could go on with it."""
        return self._file is not None and self._file.serves_later and not isinstance(error, ChecksumMismatchError)

    async def _leave(self, *, keep: bool) -> None:
        if self._file is not None:
            await self._file.leave(keep=keep)
        await self._give_up_claim()

    async def _give_up_claim(self) -> None:
        """Free the name of a part that made way, where no file comes to it."""
        if self._aside is not None and (self._file is None or self._file.target != self._aside.target):
            await to_the_end(self._aside.discard)

    def _result(self, file: IncomingFile, path: Path, seconds: float) -> DownloadResult:
        return result_of(
            self._request,
            source=self.source,
            file=file,
            resource=self._resource,
            path=path,
            size=self.received,
            resumed=self._resumed,
            seconds=seconds,
            one_version=self._crew is None or self._crew.one_version,
        )
