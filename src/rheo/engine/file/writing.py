"""Bytes on their way to the disk: written, hashed behind, and remembered beside the file; begun and ended together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rheo.domain.ranges import Range, RangeSet
from rheo.domain.resource import Resource
from rheo.engine.clock import Clock
from rheo.engine.file.keeper import Keeper
from rheo.engine.file.place import Place, nothing_to_make
from rheo.engine.file.verifier import Verifier
from rheo.engine.file.writer import Writer
from rheo.engine.jobs import cancelled_afterwards
from rheo.engine.limits.budget import Holding

if TYPE_CHECKING:
    from rheo.storage.parts.part_file import PartFile
    from rheo.storage.stream import StreamTarget


class Writing:
    """A writer, and for a part a keeper; the verifier is the file's own, as one that comes whole has it, too."""

    def __init__(
        self,
        target: PartFile | StreamTarget,
        verifier: Verifier,
        *,
        place: Place | None,
        written: RangeSet | None,
        holding: Holding,
        clock: Clock,
        fail: Callable[[BaseException], None],
        beat: Callable[[], None],
        sooner: float = 0.0,
    ) -> None:
        """`place` has the part, None for a stream; `written` is what an earlier run left of it, `holding` what waits.

        `fail` is told on the loop of what went wrong on a thread; `beat` is called a few times a second; `sooner` says
        when it is saved first, as the keeper has it.
        """
        self.place = place
        self.believed = True
        """Whether we can say that what is written is there: not after a sync that failed."""
        self._verifier = verifier
        self._fail = fail
        streamed = place is None
        make = nothing_to_make if place is None else place.make
        self.writer = Writer(target, make=make, clock=clock, streamed=streamed, holding=holding)
        if written is not None:
            self.writer.written = written
        verifier.begin(target, self.writer, in_passing=place is None)
        self.writer.on_failure = fail
        self.keeper: Keeper | None = None
        if place is not None:
            self.keeper = Keeper(place.part, self.writer.written, owned=lambda: place.owned, clock=clock, sooner=sooner)
            self.keeper.on_beat = beat
            self.keeper.on_failure = self._fail_sync
            self.keeper.start()

    @property
    def owned(self) -> bool:
        """Whether a part was made, or one of an earlier run taken over."""
        return self.place is not None and self.place.owned

    def write(self, offset: int, chunks: list[bytes]) -> None:
        """Write a gathering; raises StorageError."""
        if self.place is not None and self.place.fit():
            self._save_soon()
        self.writer.write(offset, chunks, sum(map(len, chunks)))

    def describe(self, resource: Resource) -> None:
        """Say anew what the part is of."""
        if self.place is not None:
            self.place.describe(resource)
            self._save_soon()

    def note_mirror(self) -> None:
        """Have the part say that mirrors bring some of it, before it claims any of that."""
        if self.place is not None and self.place.note_mirror():
            self._save_soon()

    async def withdraw(self, ranges: Sequence[Range]) -> None:
        """Believe no more what was written there, nor have it believed after a crash; it is to be written again."""
        if not ranges:
            return
        with cancelled_afterwards():
            await self.writer.drained()
            await self._verifier.rewind(min(start for start, _ in ranges))
            for start, stop in ranges:
                self.writer.written.remove(start, stop)
            if self.keeper is not None:
                await self.keeper.settle()

    async def close(self) -> None:
        """Wait for the threads that may still touch the file, and let them go."""
        if self.keeper is not None:
            await self.keeper.close()
        await self._verifier.close()
        await self.writer.close()

    def _save_soon(self) -> None:
        if self.keeper is not None:
            self.keeper.save_soon()

    def _fail_sync(self, error: BaseException) -> None:
        self.believed = False
        self._fail(error)
