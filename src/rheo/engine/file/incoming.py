"""The file that answers bring: named, written, hashed, synced and published, or left for a later run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from os.path import split
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rheo.domain.download import STANDARD_OUTPUT, DownloadRequest
from rheo.domain.errors import StorageError
from rheo.domain.ranges import Range, RangeSet
from rheo.domain.resource import Resource
from rheo.domain.settings import LEAVING, Sync
from rheo.domain.url import Origin
from rheo.engine.file import last_steps
from rheo.engine.file.place import Place
from rheo.engine.file.verifier import Assured, Verifier, check_whole
from rheo.engine.file.versions import other_bytes
from rheo.engine.file.writing import Writing
from rheo.engine.jobs import to_the_end
from rheo.engine.planning.proof import Seams, Tear
from rheo.engine.surroundings import Surroundings
from rheo.storage.parts.part_file import PartFile
from rheo.storage.stream import StreamTarget

if TYPE_CHECKING:
    from rheo.storage.parts.remains import Remains  # loaded where an earlier run left something

SMALL: Final = 1024 * 1024
"""Bytes up to which a file is opened, written and hashed without a thread, and named together with others."""

BEGINNING: Final = 512
"""Bytes of the file that are kept to tell HTML from other types."""


class IncomingFile:
    """One file on its way from the first body byte to its name.

    A small file that comes in one gathering is written at once, when it is whole. Any other gets a writer, a
    verifier that follows it, and a keeper that remembers on the disk how far it is.
    """

    def __init__(
        self,
        request: DownloadRequest,
        around: Surroundings,
        assured: Assured,
        *,
        part: PartFile | None,
        resource: Resource,
        remains: Remains | None = None,
        replaces: str | None = None,
    ) -> None:
        """`part` None is standard output; `remains`: an earlier run's; `replaces`: what an older version was to be."""
        self.on_failure: Callable[[BaseException], None] | None = None
        """Is told on the loop of what went wrong on a thread, or of bytes that are of another version."""
        self.on_beat: Callable[[], None] | None = None
        """Is called a few times a second, to hand on what connections have gathered."""
        self.holding = around.budget.holding()
        """What of it is in memory."""
        self.lasting = True
        """Whether its part may be left for a later run."""
        self.beginning = b""
        """The first bytes, as far as `verify` knows them."""
        self.seams = Seams()
        self.assured = assured
        """Who knows what it must hash to, and is told what answers announce."""
        self.target = None if part is None else part.target
        """Where it is to go; None for standard output."""
        self._folder, self.name = ("", STANDARD_OUTPUT) if self.target is None else split(self.target)
        """What the file is to be called; perhaps it will get a number more."""
        self._request = request
        self._around = around
        self._resource = resource
        self._remains = remains
        self._part = part
        self._replaces = replaces
        self._verifier = Verifier(assured)
        self._writing: Writing | None = None
        """None as long as it may come whole in one gathering."""
        if part is not None and ((resource.size or 0) > SMALL or remains is not None):
            self._begin_writing().writer.open_on_thread()

    @property
    def owned(self) -> bool:
        """Whether a part was made, or one of an earlier run taken over."""
        return self._writing is not None and self._writing.owned

    @property
    def written(self) -> RangeSet:
        """What is written, earlier runs included."""
        return RangeSet() if self._writing is None else self._writing.writer.written

    @property
    def waits(self) -> bool:
        """Whether writing, hashing or publishing the rest will take a while."""
        if self._writing is not None or self.target is None or self._around.settings.sync is Sync.FULL:
            return True
        announced = self._request.recorded is not None or self._request.on_exists in LEAVING
        return announced or not self._around.small_files.needs_no_sync(self._folder)

    @property
    def begun(self) -> bool:
        """Whether anything was handed on to be written."""
        return self._writing is not None

    @property
    def serves_later(self) -> bool:
        """Whether a later run can go on with the part, or it is still as an earlier one left it."""
        return self._resource.ranged or self.untouched

    @property
    def untouched(self) -> bool:
        """Whether the part is still as an earlier run left it."""
        return self._remains is not None and self.written.size == self._remains.ranges.size

    @property
    def borrowed(self) -> bool:
        """Whether the part is of another URL, and still as that one left it."""
        return self._place is not None and not self._place.fits

    @property
    def unproven(self) -> bool:
        """Whether the part is from elsewhere, the URL of a link that died too, and no answer went on with it yet."""
        return self._place is not None and not self._place.proven

    @property
    def full(self) -> bool:
        """Whether nothing more can be taken now: the disk is slower than the network."""
        return self._writing is not None and self._writing.writer.full

    def has_room(self, tell: Callable[[], None]) -> bool:
        """Whether more may be written now; where not, `tell` is called once when it may."""
        writer = self._begin_writing().writer
        if writer.full:
            writer.tell_of_room(tell)
        return not writer.full

    async def ready(self) -> None:
        """Return once all is written, in a part that is ours; TargetBusyError where another process was quicker."""
        await self._begin_writing().writer.idle()

    def write(self, offset: int, chunks: list[bytes]) -> None:
        """Write a gathering of a file that has not come whole yet, or is large; raises StorageError."""
        if offset == 0:
            self.beginning = b"".join(chunks[:4])[:BEGINNING]
        self._begin_writing().write(offset, chunks)

    def read(self, start: int, stop: int) -> bytes:
        """Read back what is written; raises StorageError where the part is shorter."""
        if start >= stop:
            return b""  # and there may be no part yet
        buffer = memoryview(bytearray(stop - start))
        if self._target.read(start, buffer) < len(buffer):
            raise StorageError(f"{self.target} is shorter than what was written to it")
        return bytes(buffer)

    def overlap(self, position: int, width: int) -> int:
        """Return how many bytes, at most `width`, are written right before a position, and can be read back."""
        written = None if self._part is None else self.written.containing(position - 1)
        return 0 if written is None else position - max(position - width, written[0])

    def was_there(self, position: int) -> bool:
        """Whether a byte is of an earlier run."""
        return self._remains is not None and self._remains.ranges.containing(position) is not None

    def describe(self, resource: Resource) -> None:
        """Say anew what the part is of."""
        if self._writing is not None:
            self._writing.describe(resource)

    def note_mirror(self) -> None:
        """Take note that a mirror brings some of it; for later runs, too."""
        self._begin_writing().note_mirror()

    def fail(self, error: BaseException) -> None:
        """Tell those who bring the bytes what went wrong."""
        if self.on_failure is not None:
            self.on_failure(error)

    def tear(self) -> Tear | None:
        """Compare the seams whose both sides are written by now; return where one differs."""
        return None if self._writing is None else self.seams.tear(self.written, self.read)

    async def withdraw(self, ranges: Sequence[Range]) -> None:
        """Believe no more what was written there; it is to be written again."""
        await self._begin_writing().withdraw(ranges)

    async def complete(self, offset: int, chunks: list[bytes]) -> None:
        """Write the last gathering, and return once all is written; raises StartOver where answers do not fit."""
        self.on_failure = None  # the network has done its part; what fails from here on is raised here
        if self._writing is None and self.target is not None:
            self.beginning = chunks[0][:BEGINNING] if chunks else b""
            await self._around.small_files.prepare(self._folder)
            self._write_whole(chunks)
            self.holding.give_back(sum(map(len, chunks)))
        elif chunks:
            self.write(offset, chunks)
        if self._writing is not None:
            await self._writing.writer.finish()
            check_whole(self.written, self._resource.size, name=self.name)
            if (torn := self.tear()) is not None:
                raise other_bytes(older=self.was_there(torn.at))

    async def verify(self, *, source: Origin) -> None:
        """Return once the file has the wanted digests; raises ChecksumMismatchError, where `source` is the server."""
        await self._verifier.finish()
        if self._writing is not None and not self.beginning and self._part is not None:
            self.beginning = self.read(0, min(BEGINNING, self.written.prefix))
        self._verifier.agree(source=source)

    async def publish(self) -> Path:
        """Return the final path, once the file is synced as the settings say and has its name."""
        try:
            path = await self._named()
        except StorageError:
            self._doubt()  # a sync may have failed: what was written since the last save may be gone
            raise
        if self._part is not None and (self._replaces or self._writing is not None):
            await to_the_end(partial(last_steps.drop_old, self._part, self._request, self._replaces))
        return path

    async def leave(self, *, keep: bool) -> None:
        """End without a name: leave the part for a later run, or remove it; waits for the threads that touch it."""
        keep = (keep or self.borrowed) and await self._drained()
        with contextlib.suppress(StorageError):
            self.tear()  # what came due last, too
        torn = keep and not self.unproven and self.seams.torn
        await self._release()
        if self._part is None:
            return
        if torn:
            await to_the_end(partial(last_steps.put_by, self._part, source=self._request.url.text))
        elif not keep and self._writing is not None:
            await to_the_end(self._part.discard)
        elif not keep:
            self._part.discard()
        elif self._writing is not None:
            believed = self._writing.believed and self.owned
            await to_the_end(partial(last_steps.leave_part, self._part, self.written, believed=believed))

    async def set_aside(self) -> PartFile | None:
        """Keep the part under another name until the new file is whole, to the end even if we are cancelled meanwhile.

        Returns the claim on its own name.
        """
        useful = await self._drained()
        await self._release()
        if self._part is None or self._writing is None or not (useful and self._writing.believed and self.owned):
            await self.leave(keep=False)
            return None
        try:
            await to_the_end(partial(last_steps.move_aside, self._part, self.written, source=self._request.url.text))
        except StorageError:
            self._doubt()  # what it could save, it has
            raise
        return self._part

    async def discard(self) -> None:
        """Remove a part that was kept."""
        if self._part is not None and not self.borrowed:
            await to_the_end(self._part.discard)

    @property
    def _place(self) -> Place | None:
        return None if self._writing is None else self._writing.place

    @property
    def _target(self) -> PartFile | StreamTarget:
        return self._part or self._around.standard_output

    async def _release(self) -> None:
        """Wait for the threads that may still touch the file, and let them go."""
        if self._writing is not None:
            await self._writing.close()
        else:
            await self._verifier.close()
        self.holding.close()
        self.on_failure = self.on_beat = None

    async def _named(self) -> Path:
        dated = self._around.settings.mtime and self._request.salvage is None  # backups must see what was repaired
        modified = last_steps.server_time(self._resource) if dated else None
        sync, synced = self._around.settings.sync, self._around.settings.sync is not Sync.OFF
        owners, promise = self._around.owners, self.assured.promise
        announcement = last_steps.announcement_of(self._part, self._request, promise, owners)
        naming = partial(last_steps.name_file, self._target, modified=modified, announcement=announcement)
        keeper = None if self._writing is None else self._writing.keeper
        if self._part is not None and keeper is not None:
            await keeper.only_beat()
            await to_the_end(partial(last_steps.complete_part, self._part, self.written, synced=synced))
            await self._release()
            return await to_the_end(partial(naming, synced=False))
        await self._release()
        if self.target is not None and sync is not Sync.FULL:  # it came whole in one gathering
            group = partial(self._around.small_files.publish, self._target, self._folder)
            return await group(modified=modified, announcement=announcement)
        return await to_the_end(partial(naming, synced=synced))

    async def _drained(self) -> bool:
        """Return whether anything is written, once what was handed on has been."""
        if self._writing is None or self._part is None or not self.lasting:
            return False
        with contextlib.suppress(StorageError):
            await self._writing.writer.drained()
        return self.written.size > 0

    def _begin_writing(self) -> Writing:
        """Return how it is written, begun when it is first needed."""
        if self._writing is not None:
            return self._writing
        place, remains = None, self._remains
        if self._part is not None:
            reserve = self._around.settings.reserve
            place = Place(self._part, self._request, self._resource, remains=remains, reserve=reserve)
        self._writing = Writing(
            self._target,
            self._verifier,
            place=place,
            written=None if remains is None else remains.ranges.copy(),
            holding=self.holding,
            clock=self._around.clock,
            fail=self.fail,
            beat=self._beat,
            sooner=self._around.dice(),
        )
        return self._writing

    def _beat(self) -> None:
        try:
            if self.on_beat is not None:
                self.on_beat()
        except StorageError as error:
            self.fail(error)

    def _doubt(self) -> None:
        """Say no more that what is written is there."""
        if self._writing is not None:
            self._writing.believed = False

    def _write_whole(self, chunks: list[bytes]) -> None:
        assert self._part is not None
        self._part.open(source=self._request.url.text)
        if chunks:
            self._part.write(0, chunks)
        self._verifier.take_whole(self._part, chunks)
