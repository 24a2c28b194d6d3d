"""The manager's commands, on the engine's loop: plain values in, events out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from rheo.application.bus import Bus
from rheo.application.records import Records
from rheo.application.scheduler import Scheduler
from rheo.domain.connection_counts import ConnectionCounts
from rheo.domain.download import Download, DownloadId, DownloadRequest, DownloadState, Trigger
from rheo.domain.errors import InvalidTransitionError
from rheo.domain.login import Login
from rheo.domain.timetable import Timetable
from rheo.domain.url import Url
from rheo.engine.metalinks.following import Listed
from rheo.engine.names.places import Places
from rheo.engine.surroundings import Surroundings

if TYPE_CHECKING:
    from rheo.domain.information import Information  # loaded where somebody asks for it
    from rheo.domain.link import Link  # loaded where a link died
    from rheo.engine.sources.document import Document  # likewise

_BEFORE_REPLACING: Final = {
    DownloadState.QUEUED: "pause it first",
    DownloadState.RUNNING: "pause it first",
    DownloadState.COMPLETED: "the file is there already",
    DownloadState.CANCELLED: "its part is gone; add the new URL",
}
"""What to do in states in which no new URL is taken."""


class Manager:
    """Adds, pauses, resumes, cancels, removes and moves downloads; and looks at what one would be."""

    def __init__(self, bus: Bus, records: Records, scheduler: Scheduler, around: Surroundings) -> None:
        self.bus = bus
        self._records = records
        self._scheduler = scheduler
        self._around = around
        self._places = Places()

    @property
    def connections(self) -> ConnectionCounts:
        """What came of the requests so far; any thread may ask, also after the end."""
        return self._around.transport.connections

    async def add(self, requests: Sequence[DownloadRequest], *, kept: bool = True) -> list[DownloadId]:
        """Queue what is asked for and return the ids in the same order; the same asked for again is one download.

        Without `kept` each is forgotten as soon as it has ended: its last event tells all, and its id means nothing
        any more. Of a million files nothing stays.
        Raises InvalidDestinationError where a path cannot be used, StorageError where the disk does not let us, and
        UnsupportedError for a login that our transport does not know; then nothing is added.
        """
        for request in requests:
            if isinstance(request.http.login, Login):
                self._around.transport.check(request.http.login)
        self._places.prepare(requests)
        ids = []
        for request in requests:
            download, fresh = self._records.add(request, kept=kept)
            if fresh:
                self._scheduler.enqueue(download)
            ids.append(download.id)
        self._scheduler.fill()
        return ids

    async def pause(self, download: DownloadId) -> None:
        """Let a download stand still, its part kept; one that stands still already stays as it is."""
        if self._records[download].state is not DownloadState.PAUSED:
            await self._scheduler.stop(self._records[download], Trigger.PAUSE)

    async def leave(self, downloads: Sequence[DownloadId]) -> None:
        """Forget what was asked for without being kept, its parts kept, where nobody else asked for the same.

        One that was asked for several times is named as often; unknown ones have ended.
        """
        left = [found for name in downloads if (found := self._records.get(name)) is not None]
        for found in left:
            found.asked -= 1
        left.sort(key=lambda found: found.state is DownloadState.RUNNING)  # so that none gets another one's slot
        for found in left:
            if found.asked <= 0 and not found.kept and not found.state.final:
                await self._forget(found)

    async def _forget(self, download: Download) -> None:
        if download.state is not DownloadState.PAUSED:
            await self._scheduler.stop(download, Trigger.PAUSE)
        if self._records.get(download.id) is None:  # it ended meanwhile
            return
        if download.asked > 0:  # somebody asked for it meanwhile
            self._scheduler.resume(download)
            return
        self._records.remove(download)

    async def resume(self, download: DownloadId) -> None:
        """Queue a paused, failed or cancelled download, or end a wait; a queued or running one goes on as it does."""
        record = self._records[download]
        if record.state not in {DownloadState.QUEUED, DownloadState.RUNNING}:
            self._scheduler.resume(record)

    async def replace_url(self, download: DownloadId, link: Link) -> None:
        """Go on from another URL with a download that waits, stands still or failed; its part is kept, if proven.

        Raises InvalidTransitionError in any other state, and where the file is the answer to what was sent.
        """
        record = self._records[download]
        state, cure = record.state.value, _BEFORE_REPLACING.get(record.state)
        if cure is not None:
            raise InvalidTransitionError(f"cannot replace the URL of a {state} download: {cure}")
        if not record.request.http.ranged:
            raise InvalidTransitionError(f"cannot replace the URL of a {record.request.http.method}: add a new one")
        self._scheduler.replace_link(record, link)

    async def cancel(self, download: DownloadId) -> None:
        """End a download and remove its part; one that was cancelled already stays so."""
        if self._records[download].state is not DownloadState.CANCELLED:
            await self._scheduler.stop(self._records[download], Trigger.CANCEL)

    async def remove(self, download: DownloadId) -> None:
        """Cancel a download if it is not finished, and forget it."""
        record = self._records[download]
        if not record.state.final:
            await self._scheduler.stop(record, Trigger.CANCEL)
        self._records.remove(record)

    async def prioritise(self, download: DownloadId, priority: int) -> None:
        """Give a download another priority; nothing that runs is interrupted for it."""
        record = self._records[download]
        self._records.reprioritise(record, priority)
        self._scheduler.reweigh(record)

    async def limit(self, allowed: Timetable, *, host: str | None = None) -> None:
        """Limit all downloads together anew, or those that come from a host, with effect at once."""
        if host is None:
            self._around.throttle.limit_total(allowed)
        else:
            self._around.throttle.limit_host(host, allowed)

    async def limit_each(self, allowed: Timetable) -> None:
        """Limit anew what each download may take that has no limit of its own."""
        self._around.throttle.limit_each(allowed)

    async def limit_download(self, download: DownloadId, allowed: Timetable) -> None:
        """Limit one download anew, whether it runs or not."""
        record = self._records[download]
        self._records.limit(record, allowed)
        self._scheduler.limit(record)

    async def move(self, download: DownloadId, position: int) -> None:
        """Put a queued download at a place among those of its priority: 0 is next, -1 last."""
        record = self._records[download]
        if download not in self._scheduler.entrance.queue:
            aside = "its host is being looked up, or takes no more requests now"
            where = aside if record.state is DownloadState.QUEUED else "it is not in the queue"
            raise InvalidTransitionError(f"cannot move a {record.state.value} download: {where}")
        self._scheduler.entrance.queue.move(download, position)

    async def probe(self, request: DownloadRequest) -> Information:
        """Ask once, now, and stop at the answer's head; nothing is queued, and nobody's slot is taken.

        Raises the RheoError that kept an answer from coming; one that refuses is information.
        """
        from rheo.engine.info.probing import Probe  # noqa: PLC0415  (no download needs it)

        return await Probe(request, self._around).run()

    async def document(self, url: Url, *, beside: DownloadRequest, most: int) -> Document:
        """Return a list or Metalink of at most so many bytes, asked for once, now, as `probe` asks.

        `beside` is the request that secrets belong to. Raises the TransferError that kept it from coming.
        """
        from rheo.engine.sources.document import fetch_document  # noqa: PLC0415  (no download needs it)

        with self._around.apart() as around:
            return await fetch_document(url, around, beside=beside, most=most)

    async def listed(self, request: DownloadRequest) -> Listed:
        """Return what the Metalink at a request's URL lists, asked for once, now, as `probe` asks; nothing is queued.

        Raises the TransferError that kept it from coming, UnusableMetalinkError, and UsageError as `add` does.
        """
        from rheo.engine.metalinks.listing import fetch_listed  # noqa: PLC0415  (few downloads need it)

        with self._around.apart() as around:
            return await fetch_listed(request, around)
