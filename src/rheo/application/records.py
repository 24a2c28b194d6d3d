"""Every known download, and the only way to change one: the state first, then the event that tells of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from rheo.application.bus import Bus
from rheo.domain.download import Download, DownloadId, DownloadRequest, DownloadState, Trigger, Wait, next_state
from rheo.domain.errors import RheoError, UnknownDownloadError
from rheo.domain.events import (
    DownloadAdded,
    DownloadCancelled,
    DownloadCompleted,
    DownloadFailed,
    DownloadFollowed,
    DownloadPaused,
    DownloadQueued,
    DownloadRemoved,
    DownloadStarted,
    DownloadWaiting,
    StateEvent,
)
from rheo.domain.result import DownloadResult
from rheo.domain.timetable import Timetable

if TYPE_CHECKING:
    from rheo.domain.link import Link  # loaded where a link died


class Records:
    """The downloads of one manager, by id."""

    def __init__(self, bus: Bus, now: Callable[[], datetime]) -> None:
        self._bus = bus
        self._now = now
        self._downloads: dict[DownloadId, Download] = {}
        self._unfinished: dict[object, DownloadId] = {}
        self._ids = itertools.count(1)
        self.on_end: Callable[[Download], None] | None = None
        """Is told of each download that has ended, in whatever way, or is removed."""

    def __getitem__(self, download: DownloadId) -> Download:
        found = self._downloads.get(download)
        if found is None:
            raise UnknownDownloadError(f"there is no download {download}")
        return found

    def get(self, download: DownloadId) -> Download | None:
        """Return a download; None where it is not known, or not any more."""
        return self._downloads.get(download)

    def all(self) -> Iterable[Download]:
        """Return every known download, oldest first: those that have ended as far as they are kept."""
        return self._downloads.values()

    def add(self, request: DownloadRequest, *, kept: bool = True) -> tuple[Download, bool]:
        """Return a new, queued download, or the unfinished one of the same identity; and whether it is new.

        Without `kept` it is forgotten as soon as it has ended, unless somebody else asks for the same and keeps it.
        """
        identity = request.identity
        known = self._unfinished.get(identity)
        if known is not None:
            found = self._downloads[known]
            found.kept = found.kept or kept
            found.asked += 1
            return found, False
        download = Download(
            id=DownloadId(next(self._ids)),
            request=request,
            priority=request.priority,
            limit_rate=request.limit_rate,
            kept=kept,
        )
        self._downloads[download.id] = download
        self._unfinished[identity] = download.id
        self._bus.publish(DownloadAdded(download.id, self._now(), request.url.text, download.priority, kept))
        return download, True

    def change(
        self,
        download: Download,
        trigger: Trigger,
        *,
        wait: Wait | None = None,
        error: RheoError | None = None,
        result: DownloadResult | None = None,
    ) -> None:
        """Apply a trigger and tell; raises InvalidTransitionError, and then nothing has changed."""
        before = download.state
        download.state = next_state(before, trigger)
        download.wait, download.error, download.result = wait, error, result
        if download.state.final:
            self._finish(download)
        elif before.final:
            self._unfinished.update(dict.fromkeys(_identities(download), download.id))
        self._bus.publish(self._event(download))
        if download.state.final:
            self._end(download)

    def follow(
        self, download: Download, requests: Sequence[DownloadRequest], *, notes: tuple[str, ...]
    ) -> list[Download]:
        """Make a running download the first of the files that its URL lists, add the others, and tell.

        Returns those that are new in the queue, itself first.
        """
        first, *others = requests
        files = [(download, True), *(self.add(other, kept=download.kept) for other in others)]
        for file, _ in files[1:]:
            file.asked += download.asked - 1  # whoever asked for the list asked for each
        download.metalink, download.request = download.request, first
        self._unfinished.setdefault(first.identity, download.id)
        self.count_failure(download, failures=0, since=None)
        self.change(download, Trigger.FOLLOW)
        ids = tuple(file.id for file, _ in files)
        url, metalink = first.url.text, download.metalink.url.text
        self._bus.publish(DownloadFollowed(download.id, self._now(), url, metalink, ids, notes))
        return [file for file, fresh in files if fresh]

    def count_failure(self, download: Download, *, failures: int, since: float | None, furthest: int = 0) -> None:
        """Note how many attempts failed in a row, since when (monotonic), and the most bytes that one had."""
        download.failures, download.failing_since, download.furthest = failures, since, furthest
        download.spared = download.spared if failures > 1 else 0

    def spare(self, download: Download) -> None:
        """Note a refusal that is no failure."""
        download.spared += 1

    def relink(self, download: Download, link: Link) -> None:
        """Note the link that takes the place of its URL; failures of the old one are forgotten, its progress is not."""
        download.request = replace(download.request, link=link)
        download.failures, download.failing_since = 0, None

    def reprioritise(self, download: Download, priority: int) -> None:
        """Note another priority."""
        download.priority = priority

    def limit(self, download: Download, allowed: Timetable) -> None:
        """Note another limit on what it alone takes."""
        download.limit_rate = allowed

    def remove(self, download: Download) -> None:
        """Forget a download, and what there was for a later run."""
        self._finish(download)
        self._bus.publish(DownloadRemoved(download.id, self._now()))
        download.kept = False
        if download.id in self._downloads:  # one that was not kept went as it was cancelled
            self._end(download)

    def _finish(self, download: Download) -> None:
        """Let the same be asked for anew."""
        for identity in _identities(download):
            if self._unfinished.get(identity) == download.id:
                del self._unfinished[identity]

    def _end(self, download: Download) -> None:
        """Let everybody go who was there for a later run, and the download itself where nobody keeps it."""
        if not download.kept:
            del self._downloads[download.id]
        if self.on_end is not None:
            self.on_end(download)

    def _event(self, download: Download) -> StateEvent:
        id_, at = download.id, self._now()
        if download.result is not None:
            return DownloadCompleted(id_, at, download.result)
        if download.error is not None:
            return DownloadFailed(id_, at, download.error)
        if download.wait is not None:
            return DownloadWaiting(id_, at, download.wait)
        return _EVENTS[download.state](id_, at)


def _identities(download: Download) -> tuple[object, ...]:
    """Return what asks for this download: for the file, and for the Metalink that it was."""
    own, metalink = download.request.identity, download.metalink
    return (own,) if metalink is None else (own, metalink.identity)


_EVENTS: Final[dict[DownloadState, Callable[[DownloadId, datetime], StateEvent]]] = {
    DownloadState.QUEUED: DownloadQueued,
    DownloadState.RUNNING: DownloadStarted,
    DownloadState.PAUSED: DownloadPaused,
    DownloadState.CANCELLED: DownloadCancelled,
}
