"""One run of a download: from its first request to the published file.

Leaving `run` in any way closes everything it opened, connections first. What has come is kept for the next run,
unless it is known to be wrong, or nobody could go on with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from os.path import exists
from pathlib import Path

from rheo.domain.download import DownloadRequest
from rheo.domain.errors import ChecksumMismatchError, RheoError, StorageError, TakenOverError, TargetBusyError
from rheo.domain.progress import Phase
from rheo.domain.resource import Resource
from rheo.domain.result import DownloadResult
from rheo.domain.url import Url
from rheo.engine.bringing import Bringing
from rheo.engine.existing import already_there, left_alone
from rheo.engine.file.incoming import IncomingFile
from rheo.engine.file.place import Found
from rheo.engine.file.versions import StartOver, Versions
from rheo.engine.jobs import cancelled_afterwards, to_the_end
from rheo.engine.metalinks.following import Listed, is_known_one
from rheo.engine.names.destination import expected_path
from rheo.engine.promises.assurance import Assurance
from rheo.engine.publishing import publish
from rheo.engine.repair import Repair
from rheo.engine.resuming import Search
from rheo.engine.retries.healing import Circumstances, Death, death_of, wrong_link
from rheo.engine.retries.once import forbid_repeating
from rheo.engine.sources.source import Source
from rheo.engine.surroundings import Surroundings
from rheo.storage.parts.names import Names
from rheo.storage.parts.part_file import PartFile

logger = logging.getLogger(__name__)

_Came = IncomingFile | DownloadResult | Path | Listed


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
        self._assurance = Assurance(request, around, banned=self.versions.banned)
        self._bringing = self._new_bringing()
        self.death: Death | None = None
        """What is known of a link that died in this run; None as long as none did."""
        self._proven = False
        """Whether every piece has the digest that was given for it."""
        self.anew = False
        """Whether what was there is of no use, and the file is fetched anew."""
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
    def source(self) -> Source:
        """Where the file comes from."""
        return self._bringing.source

    @property
    def received(self) -> int:
        """Bytes of the file that are there."""
        return self._bringing.resumed + self.brought

    @property
    def brought(self) -> int:
        """Bytes of the file that this run brought."""
        return self._bringing.brought

    @property
    def _file(self) -> IncomingFile | None:
        return self._bringing.file

    @property
    def keeps_part(self) -> bool:
        """Whether a part is left on the disk."""
        return self._file is not None and self._file.begun

    async def run(self) -> DownloadResult | Listed:
        """Return the published file's result, or what a Metalink lists; or raise the RheoError that ended the run."""
        if is_known_one(self._request):
            return await self._listed()
        await self._assurance.begin()
        already = await already_there(self._request, self._assurance.promise, self._around.owners)
        if already is not None:
            return already
        started = self._around.clock.monotonic()
        try:
            result = await self._finish(await self._fetch(), started)
        except RheoError as error:
            if self.versions.lie is not None:
                error.add_note(self.versions.lie)
            await self._leave(keep=self._can_be_gone_on_with(error))
            forbid_repeating(error, self._request, spent=self.source.spent, brought=self.brought)
            if error.repeatable:
                self.death = death_of(self._request, self._bringing.lost(error), self._circumstances())
            raise
        except BaseException:
            await self._leave(keep=self.keep_part)
            raise
        finally:
            self._bringing.let_go()
        if self._aside is not None:
            await self._give_up_claim()
        return result

    async def discard(self) -> None:
        """Remove the part that was kept."""
        if self._file is not None:
            await self._file.discard()

    def _new_bringing(self) -> Bringing:
        return Bringing(
            self._request, self._around, self._assurance, versions=self.versions, multiplexed=self._multiplexed
        )

    async def _fetch(self) -> _Came:
        """Return the file that came whole and is verified, the one that is there and is left alone, or files."""
        found = await self._search.begin(self._enter)
        while True:
            self._heed_stop()
            try:
                came = await self._bring(found)
                if isinstance(came, IncomingFile):
                    await self._verify(came)
                if isinstance(came, (IncomingFile, DownloadResult, Path, Listed)):
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

    async def _bring(self, found: Found | Path | None) -> _Came | Found | None:
        """Bring every byte that is missing of what was found, or of a new file.

        Returns what is to be looked at instead, where the file's name leads to that; None to ask again; what is
        listed, where the answer is a Metalink.
        """
        if isinstance(found, Path):
            return found
        if found is not None and not self._is_wanted(found):
            await self._clear(found)
            return None
        replaced = self._damaged if self._request.salvage else None
        if found is not None:
            await self._bringing.go_on(found, self._begin)
        elif replaced is not None:
            await self._bringing.replace(replaced, self._begin)
        else:
            opening = await self._bringing.begin(self._begin, knows=self._search.knows, aside=self._aside)
            if isinstance(opening.instead, Url):
                return await self._listed()
            if isinstance(opening.instead, str):
                return await self._search.at(opening.instead, self._enter, opening.resource)
            if opening.instead is not None:
                return opening.instead
        assert self._file is not None
        return self._file

    @property
    def _damaged(self) -> str | None:
        """The file of which what is right is used; None where nothing is, or the server has not the file it was."""
        if self.versions.changed or self.versions.single:
            return None
        return expected_path(self._request)

    async def _listed(self) -> Listed:
        from rheo.engine.metalinks.listing import fetch_listed  # noqa: PLC0415  (few URLs lead to a Metalink)

        return await fetch_listed(self._request, self._around)

    def _is_wanted(self, found: Found) -> bool:
        wanted = self._around.settings.resume or self._request.resume_from is not None
        fits = self._request.size in {None, found.remains.state.resource.size}
        return wanted and fits and found.serves and self._request.http.ranged

    async def _clear(self, found: Found) -> None:
        """Have a part make way that is ours and cannot be gone on with, or shall not."""
        if found.foreign:
            self._search.learn(found.target)
            return
        file = self._bringing.file_of(found)
        await file.ready()
        await self._make_way(file)

    async def _look_again(self, error: StorageError) -> Found | Path | None:
        """See what another process makes of a part that it claimed just before us; raises where it is at it."""
        if self._file is None or self._file.owned:
            raise error
        target = self._file.target
        assert target is not None
        self._search.forget(target)
        with cancelled_afterwards():
            await self._file.leave(keep=False)
        self._bringing = self._new_bringing()
        return await self._search.at(target, self._enter)

    async def _finish(self, came: _Came, started: float) -> DownloadResult | Listed:
        """Name what came; its next download begins without those who did not have it."""
        if isinstance(came, (DownloadResult, Listed)):
            return came
        if isinstance(came, Path):
            return await left_alone(self._request, came, self._assurance.promise, self._around.owners)
        self.phase = Phase.PUBLISHING
        seconds = self._around.clock.monotonic() - started
        result = await publish(came, self._request, self._bringing, seconds=seconds, proven=self._proven)
        self._around.hosts.bans.note(self._request.url, self.versions.banned, self._around.clock.monotonic())
        return result

    def _begin(self, file: IncomingFile, resource: Resource) -> None:
        """Take note that the file comes."""
        self.versions.target = file.target
        self.phase = Phase.FETCHING
        self.name = file.name
        self.total = resource.size

    async def _verify(self, file: IncomingFile) -> None:
        """See that digests and seams are as they should be."""
        self.phase = Phase.VERIFYING
        opening = self._bringing.opening
        rest = (0, []) if opening is None else opening.rest
        await file.complete(*rest)
        if file.waits:
            self._on_fetched()
        repair = Repair(self._request, self._bringing, self.versions)
        while bad := await repair.wanted(file):
            self.phase = Phase.FETCHING
            await self._bringing.mend(bad)
            self.phase = Phase.VERIFYING
            await file.complete(0, [])
        self._proven = repair.proven

    async def _start_over(self, again: StartOver) -> None:
        """Put aside what is there, until the new file is whole; raises where that happened too often."""
        if not self._bringing.trusted:
            raise wrong_link(self._request, again.because)
        self.anew = True
        if self._file is not None and self._file.borrowed and self._request.resume_from is None:
            await self._leave_alone(self._file, again)
            return
        self.versions.begin_anew(again)
        logger.warning("%s: %s; fetching it anew", self._request.url.bare, again.because)
        file = self._file
        if file is not None and self._request.salvage is None and not again.wrong and file.serves_later:
            await self._make_way(file)
        else:  # nobody could go on with it, or what is right of it is there twice
            with cancelled_afterwards():
                await self._leave(keep=False)
        self._bringing = self._new_bringing()

    async def _leave_alone(self, file: IncomingFile, again: StartOver) -> None:
        """Leave a part to the URL that it is of, and fetch the file beside it."""
        assert file.target is not None
        logger.info("%s: the part there is of another file: %s", self._request.url.bare, again.because)
        self._search.learn(file.target)
        self.versions.vain.add(file.target)
        with cancelled_afterwards():
            await file.leave(keep=True)
        self._bringing = self._new_bringing()

    async def _make_way(self, file: IncomingFile) -> None:
        """Put a part aside; its name stays ours."""
        with cancelled_afterwards():
            aside = await file.set_aside()
            await self._give_up_claim()
            self._aside, self._bringing.file = aside, None
        if self._aside is not None:
            self._search.learn(self._aside.target)

    def _circumstances(self) -> Circumstances:
        """Return where the download stands, once the run has ended with an error."""
        file, versions = self._file, self.versions
        earlier = file is not None and self._bringing.resumed > 0 and not (file.borrowed or self._request.salvage)
        versions.worked |= self.brought > 0 or earlier
        part = None if file is None or file.target is None else Names(file.target).part
        return Circumstances(
            asked=self.source.asked,
            worked=versions.worked,
            part=part if part is not None and exists(part) else None,
            size=self.total,
            received=self.received,
            now=self._around.clock.now(),
        )

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
