"""Where queued downloads wait until they may start: in the queue, or aside, for their host.

One whose host has to be looked up, is down, or takes no more requests now, holds no slot: it stands aside meanwhile, so
that such hosts delay nobody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from rheo.application.closed_hosts import ClosedHosts
from rheo.application.lookups import Lookups
from rheo.application.outages import Decide, Outages
from rheo.application.queue import Queue
from rheo.application.records import Records
from rheo.application.slots import Slots
from rheo.domain.download import Download, DownloadId, DownloadRequest
from rheo.domain.errors import RheoError
from rheo.domain.url import Origin
from rheo.engine.surroundings import Surroundings


class Entrance:
    """Says who starts next; lives on the engine's loop, from `open` to `close`."""

    def __init__(
        self,
        records: Records,
        around: Surroundings,
        slots: Slots,
        *,
        decide: Decide,
        short: Callable[[], None],
        passable: Callable[[], None],
        failed: Callable[[DownloadId, RheoError], None],
        given_up: Callable[[DownloadId, RheoError], None],
    ) -> None:
        """`decide` says whether a host that is down is tried again.

        `short` is told that some wait for a slot, `passable` that more may start than before, `failed` who got no
        further than to its host's name or gate, and `given_up` whose host is not asked any more.
        """
        self.queue = Queue()
        self._records = records
        self._around = around
        self._slots = slots
        self._short = short
        self._passable = passable
        self._lookups = Lookups(around, found=self._put_back, failed=failed)
        self._closed_hosts = ClosedHosts(around, opened=self._put_back, refused=failed, given_up=given_up)
        self._outages = Outages(around, decide)
        self._tasks: asyncio.TaskGroup | None = None
        """Where names are looked up; None before it is open, and after."""

    def open(self, tasks: asyncio.TaskGroup) -> None:
        """Let downloads pass from now on."""
        self._tasks = tasks

    def close(self) -> None:
        """Let nobody pass any more."""
        self._tasks = None
        self._lookups.close()
        self._closed_hosts.close()
        self._around.small_files.expect(0)

    def join(self, download: Download, *, first: bool) -> None:
        """Have one more wait: behind, or before, all others of its priority."""
        self._push(download, first=first)
        self._slots.enter(download.request.place.origin)

    def leave(self, download: Download) -> None:
        """Forget one, wherever it waits."""
        self._slots.leave(download.request.place.origin)
        self.queue.remove(download.id)
        self._lookups.drop(download.id)
        self._closed_hosts.drop(download.id)

    def reprioritise(self, download: Download) -> None:
        """Have one wait, if it does, in the order of its priority."""
        if download.id in self.queue:
            self._push(download)
        self._closed_hosts.reprioritise(download)

    def insist(self, request: DownloadRequest, *, though_closed: bool) -> None:
        """Have a host tried though it is down, or even though it asked to wait, as the user wants that."""
        self._closed_hosts.insist(request, though_closed=though_closed)

    def found_nobody(self, download: Download, error: RheoError, *, asked: Origin) -> bool:
        """Take in how a download failed that had no answer; return whether its host is given up, and it with that."""
        return self._outages.note(download, error, asked=asked)

    def ended(self, download: DownloadId) -> None:
        """Note that one asks no more."""
        self._closed_hosts.ended(download)

    def next(self) -> Download | None:
        """Take out who starts next; None where nobody is, or there is no slot."""
        while self._slots.any_left and self._tasks is not None:
            next_id = self.queue.peek(self._slots.has_share) or self.queue.peek(self._slots.left_for)
            if next_id is None:
                break
            download = self._records[next_id]
            if not self._closed_hosts.lets_pass(download):
                self.queue.remove(next_id)
                self._closed_hosts.take(download)
            elif self._lookups.needed(download.request):
                self.queue.remove(next_id)
                self._lookups.begin(next_id, download.request, self._tasks)
            else:
                self.queue.remove(next_id)
                self._closed_hosts.admit(download)
                return download
        self._around.small_files.expect(self._slots.taken)
        if len(self.queue) and self._tasks is not None:
            self._short()
        return None

    def _put_back(self, downloads: Sequence[DownloadId]) -> None:
        """Queue again, before others of their priority, those who stood aside for a host that can be asked now."""
        for download in reversed(downloads):
            self._push(self._records[download], first=True)
        self._passable()

    def _push(self, download: Download, *, first: bool = False) -> None:
        origin = download.request.place.origin
        self.queue.push(
            download.id, priority=download.priority, origin=origin, first=first, again=download.failures > 0
        )
