"""Keeps beside an unfinished file what is known of it, so that a crash costs moments and never a byte too many.

Every 0.2 s the live map says what is written (the page cache outlives the process); every 5 s or 256 MiB the part
state says what is synced. A snapshot is taken before the sync that covers it begins, so that no claim is ever made
of a byte that came meanwhile (invariant 2).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from rheo.domain.ranges import RangeSet
from rheo.engine.clock import Clock, Timer
from rheo.engine.jobs import ended
from rheo.storage.parts.part_file import PartFile

BEAT: Final = 0.2
"""Seconds between two looks."""

HEARTBEAT: Final = 2.0
"""Seconds after which the live map is written though nothing came: it is the owner's sign of life."""

SAVED_AFTER: Final = 5.0
SAVED_BYTES: Final = 256 * 1024 * 1024
"""Seconds, or bytes, after which a part is synced and its state is saved."""


class Keeper:
    """Looks after one part file while it is being written; lives on the loop."""

    def __init__(
        self, part: PartFile, written: RangeSet, *, owned: Callable[[], bool], clock: Clock, sooner: float = 0.0
    ) -> None:
        """`owned` says whether the part is made, or taken over: before that there is nothing to look after.

        `sooner` is from 0 to 1, a whole half of `SAVED_AFTER`: many files that begin together are not saved together,
        since that would take the machine from the net for half a second.
        """
        self.on_beat: Callable[[], None] | None = None
        """Is called before each look, to hand on what is gathered."""
        self.on_failure: Callable[[BaseException], None] | None = None
        """Is told what went wrong on the disk."""
        self._part = part
        self._written = written
        self._owned = owned
        self._clock = clock
        self._timer: Timer | None = None
        self._marking: asyncio.Future[None] | None = None
        self._saving: asyncio.Future[None] | None = None
        self._marked = (clock.monotonic(), written.size)
        self._saved = (clock.monotonic() - sooner * SAVED_AFTER / 2, written.size)
        self._only_beats = False

    def start(self) -> None:
        """Look after the part from now on."""
        self._timer = self._clock.call_later(BEAT, self._beat)

    def save_soon(self) -> None:
        """Save at the next look: what the part is of has changed, and a crash must not find the old word for it."""
        self._saved = (self._clock.monotonic() - SAVED_AFTER, -1)

    async def settle(self) -> None:
        """Return once state and live map claim what is written now, and no more; raises StorageError.

        What was withdrawn is to be written anew: a crash meanwhile must not have the old bytes believed, nor the new
        ones refused for having another digest than the old.
        """
        if not self._owned():
            return
        while self._saving is not None:
            await _told(self._saving)
        saving = self._save()
        await ended(saving)
        while self._marking is not None:
            await _told(self._marking)
        marking = self._mark()
        await ended(marking)
        saving.result()
        marking.result()

    async def only_beat(self) -> None:
        """Go on with signs of life alone: somebody else saves from now on; returns once no save is under way."""
        self._only_beats = True
        if self._saving is not None:
            await ended(self._saving)

    async def close(self) -> None:
        """Stop, and return once no thread is at the part's files."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.on_beat = self.on_failure = None
        for job in (self._marking, self._saving):
            if job is not None:
                await ended(job)

    def _beat(self) -> None:
        self.start()
        if self.on_beat is not None:
            self.on_beat()
        if not self._owned():
            return
        now, size = self._clock.monotonic(), self._written.size
        if self._marking is None and (size != self._marked[1] or now - self._marked[0] >= HEARTBEAT):
            self._mark()
        if self._saving is None and not self._only_beats and self._is_due(now, size):
            self._save()

    def _mark(self) -> asyncio.Future[None]:
        self._marked = (self._clock.monotonic(), self._written.size)
        self._marking = self._begin(self._part.mark, self._written.copy())
        self._marking.add_done_callback(self._end_marking)
        return self._marking

    def _save(self) -> asyncio.Future[None]:
        self._saved = (self._clock.monotonic(), self._written.size)
        self._saving = self._begin(lambda snapshot: save(self._part, snapshot), self._written.copy())
        self._saving.add_done_callback(self._end_saving)
        return self._saving

    def _is_due(self, now: float, size: int) -> bool:
        """Whether so much came, or so long ago, that it is worth a sync."""
        since, before = self._saved
        return size != before and (now - since >= SAVED_AFTER or size - before >= SAVED_BYTES)

    @staticmethod
    def _begin(work: Callable[[RangeSet], None], snapshot: RangeSet) -> asyncio.Future[None]:
        return asyncio.get_running_loop().run_in_executor(None, work, snapshot)

    def _end_marking(self, job: asyncio.Future[None]) -> None:
        self._marking = None
        self._tell(job)

    def _end_saving(self, job: asyncio.Future[None]) -> None:
        self._saving = None
        self._tell(job)

    def _tell(self, job: asyncio.Future[None]) -> None:
        error = job.exception()
        if error is not None and self.on_failure is not None:
            self.on_failure(error)


async def _told(job: asyncio.Future[None]) -> None:
    """Return once the job has ended and the keeper knows."""
    await ended(job)
    await asyncio.sleep(0)


def save(part: PartFile, snapshot: RangeSet, *, complete: bool = False) -> None:
    """Sync what was written when the snapshot was taken, and only then claim it; on a thread."""
    part.sync_data()
    part.save(snapshot, complete=complete)
