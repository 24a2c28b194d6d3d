"""Runs downloads: starts who is next while there is room, tries failures again when they are due.

A download holds a slot from its first request until its last byte has come. One whose host has to be looked up
holds none: it stands aside until the name has an address, so that names that hang delay nobody else.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial

from rheo.application.queue import Queue
from rheo.application.records import Records
from rheo.application.run import Run
from rheo.application.time_limits import TimeLimits
from rheo.domain.download import Download, DownloadId, DownloadState, Trigger, Wait
from rheo.domain.errors import InternalError, RheoError
from rheo.domain.network import Route
from rheo.domain.result import DownloadResult
from rheo.domain.settings import DEFAULT_CONCURRENT, DEFAULT_STREAMS
from rheo.domain.url import Origin, Url
from rheo.engine.clock import Timer
from rheo.engine.following import Listed
from rheo.engine.retry import PROGRESS, GiveUp, Pause, RetryPolicy
from rheo.engine.surroundings import Surroundings
from rheo.engine.transfer import Transfer

logger = logging.getLogger(__name__)


class Scheduler:
    """Decides who runs; lives on the engine's loop, and `run` is its life."""

    def __init__(
        self, records: Records, around: Surroundings, policy: RetryPolicy, *, dice: Callable[[], float]
    ) -> None:
        """`dice` returns random numbers in [0, 1)."""
        self.queue = Queue()
        self._records = records
        self._around = around
        self._policy = policy
        self._dice = dice
        self._limits = TimeLimits(around.settings, around.clock)
        self._runs: dict[DownloadId, Run] = {}
        self._slots = 0
        self._timers: dict[DownloadId, Timer] = {}
        self._kept: dict[DownloadId, Transfer] = {}
        """The last runs of downloads that may go on: what they learnt, and what they left on the disk."""
        self._lookups: dict[str, asyncio.Task[None]] = {}
        self._aside: dict[str, OrderedDict[DownloadId, None]] = {}
        """Queued downloads by the host whose name is being looked up."""
        self._awaited: dict[DownloadId, str] = {}
        """That host, by the download: what is known of HSTS may change meanwhile."""
        self._unfinished: Counter[Origin] = Counter()
        """Downloads of each origin that are queued or run."""
        self._multiplexing: set[Origin] = set()
        """Origins that were seen to speak HTTP/2."""
        self._tasks: asyncio.TaskGroup
        self._closing: asyncio.Event

    async def run(self) -> None:
        """Live until `close`, then until the last transfer has ended."""
        self._closing = asyncio.Event()
        async with asyncio.TaskGroup() as self._tasks:
            await self._closing.wait()

    def transfers(self) -> Iterable[tuple[DownloadId, Transfer]]:
        """Return what runs."""
        return [(download, run.transfer) for download, run in self._runs.items()]

    def enqueue(self, download: Download, *, first: bool = False) -> None:
        """Put a QUEUED download in its place; `fill` starts it when it is its turn."""
        self.queue.push(download.id, priority=download.priority, first=first)
        self._unfinished[download.request.url.origin] += 1

    def fill(self) -> None:
        """Start who is next, as long as there is room."""
        while (download := self._next()) is not None:
            run = self._begin(download)
            run.task = self._tasks.create_task(self._work(download, run))

    def resume(self, download: Download) -> None:
        """Queue a download that stands still or waits for a time."""
        waiting = download.state is DownloadState.WAITING
        self._records.change(download, Trigger.BECOME_DUE if waiting else Trigger.RESUME)
        self._forget_timer(download.id)
        if not waiting:
            self._records.count_failure(download, failures=0, since=None)
            self._limits.forget(download)
        self.enqueue(download)
        self.fill()

    async def stop(self, download: Download, trigger: Trigger) -> None:
        """Pause or cancel a download in whatever state it is; return when nothing of it runs any more."""
        run = self._runs.get(download.id)
        if run is not None:
            await self._interrupt([(download, run)], trigger)
            return
        queued = download.state is DownloadState.QUEUED
        self._records.change(download, trigger)
        self._forget_timer(download.id)
        if queued:
            self._take_out(download)
        kept = self._kept.pop(download.id, None)
        if kept is not None and trigger is Trigger.CANCEL:
            await kept.discard()

    async def close(self) -> None:
        """Pause everything that is not finished, and start nothing more."""
        self._closing.set()
        for lookup in self._lookups.values():
            lookup.cancel()
        self._around.small_files.expect(0)
        for download in [d for d in self._records.all() if d.state in {DownloadState.QUEUED, DownloadState.WAITING}]:
            await self.stop(download, Trigger.PAUSE)
        await self._interrupt([(self._records[id_], run) for id_, run in self._runs.items()], Trigger.PAUSE)

    async def _interrupt(self, runs: Sequence[tuple[Download, Run]], trigger: Trigger) -> None:
        """End runs early, and return when they have ended."""
        for _, run in runs:
            run.stop_as, run.transfer.stopped = trigger, True
            run.transfer.keep_part = trigger is Trigger.PAUSE
            if run.task is not None:
                run.task.cancel()
        tasks = {run.task for _, run in runs if run.task is not None}
        if tasks:
            await asyncio.wait(tasks)
        if trigger is Trigger.CANCEL:
            for _, run in runs:
                await run.transfer.discard()
        for download, run in runs:
            if self._runs.get(download.id) is run:  # cancelled before its first step, its task never ran
                self._settle(download, run, None)
        self.fill()

    def _slots_for(self, origin: Origin) -> int:
        """Return how many may run when the next one is of this origin."""
        usual = DEFAULT_STREAMS if origin in self._multiplexing else DEFAULT_CONCURRENT
        return self._around.settings.max_concurrent or usual

    def _most_slots(self) -> int:
        """Return how many may run at all."""
        usual = DEFAULT_STREAMS if self._multiplexing else DEFAULT_CONCURRENT
        most = self._around.settings.max_concurrent or usual
        return min(most, self._around.settings.max_connections or most)

    def _next(self) -> Download | None:
        """Take who is next out of the queue; None where nobody is, or there is no room."""
        while self._slots < self._most_slots() and not self._closing.is_set():
            next_id = self.queue.peek()
            if next_id is None:
                break
            download = self._records[next_id]
            # With mirrors nobody waits for one name: another source may know its address.
            if not (download.request.mirrors or self._around.transport.knows(*self._first_request(download))):
                self.queue.remove(next_id)
                self._set_aside(download)
            elif self._slots < self._slots_for(download.request.url.origin):
                self.queue.remove(next_id)
                return download
            else:
                break
        self._around.small_files.expect(self._slots)
        return None

    def _begin(self, download: Download) -> Run:
        """Give a download a slot and a transfer."""
        before = self._kept.pop(download.id, None)  # the transfer finds by itself what that one left on the disk
        self._records.change(download, Trigger.START)
        transfer = Transfer(
            download.request,
            self._around,
            versions=None if before is None else before.versions,
            multiplexed=self._unfinished[download.request.url.origin] > 1,
            on_fetched=partial(self._release_slot, download.id),
        )
        run = self._runs[download.id] = Run(transfer)
        self._slots += 1
        self._limits.begin_run(download, run.expire)
        return run

    async def _work(self, download: Download, run: Run) -> None:
        """Run a download, and then others as long as there is room: a task for each would cost more."""
        while True:
            await self._live(download, run)
            following = self._next() if run.stop_as is None else None
            if following is None:
                return
            task, download = run.task, following
            run = self._begin(download)
            run.task = task

    async def _live(self, download: Download, run: Run) -> None:
        """Run one transfer to whichever end; the one place where no exception may pass for another."""
        outcome: DownloadResult | Listed | RheoError
        try:
            outcome = await run.transfer.run()
        except asyncio.CancelledError:
            self._settle(download, run, None)
            self.fill()
            raise
        except RheoError as error:
            outcome = error
        except Exception as bug:
            logger.exception("bug in the transfer of download %s", download.id)
            outcome = InternalError(f"bug in rheo: {type(bug).__name__}: {bug}")
        if isinstance(outcome, Listed) and run.stop_as is None:
            self._follow(download, run, outcome)
        else:
            self._settle(download, run, None if isinstance(outcome, Listed) else outcome)

    def _settle(self, download: Download, run: Run, outcome: DownloadResult | RheoError | None) -> None:
        """End a run, however it ended; a file that has its name is complete even where it was to be stopped."""
        self._end(download, run)
        if outcome is None and run.expired:
            outcome = self._limits.error(download)
        if isinstance(outcome, DownloadResult):
            self._records.change(download, Trigger.COMPLETE, result=outcome)
        elif run.stop_as is not None:
            if run.stop_as is Trigger.PAUSE:
                self._kept[download.id] = run.transfer
            self._records.change(download, run.stop_as)
        elif outcome is not None:
            self._kept[download.id] = run.transfer
            furthest = 0 if run.transfer.anew else download.furthest  # of another version
            self._fail(download, outcome, received=run.transfer.received, furthest=furthest)
            if download.state.final and not run.transfer.keeps_part:
                del self._kept[download.id]
        if download.state.final:
            self._limits.forget(download)

    def _follow(self, download: Download, run: Run, listed: Listed) -> None:
        """Queue the files that a Metalink lists, the first of them in the place of the download itself."""
        self._end(download, run)
        for file in reversed(self._records.follow(download, listed.requests, notes=listed.notes)):
            self.enqueue(file, first=True)
        self.fill()

    def _end(self, download: Download, run: Run) -> None:
        origin = download.request.url.origin
        if run.transfer.source.http_version == "2":
            self._multiplexing.add(origin)
        del self._runs[download.id]
        self._limits.end_run(download)
        self._leave(origin)
        if run.holds_slot:
            self._slots -= 1

    def _release_slot(self, download: DownloadId) -> None:
        """Let the next one ask the network while this one is verified and published; once per run."""
        run = self._runs[download]
        if run.holds_slot:
            run.holds_slot = False
            self._slots -= 1
            self.fill()

    def _fail(self, download: Download, error: RheoError, *, received: int, furthest: int) -> None:
        """Postpone, or give up, as the policy says; the same bytes once more are no progress."""
        clock = self._around.clock
        anew = received - furthest >= PROGRESS or download.failing_since is None
        since = clock.monotonic() if anew or download.failing_since is None else download.failing_since
        failures = 1 if anew else download.failures + 1
        self._records.count_failure(download, failures=failures, since=since, furthest=max(received, furthest))
        verdict = self._verdict(error, failures=failures, failing_for=clock.monotonic() - since)
        if isinstance(verdict, Pause) and not self._limits.allows(download, verdict.delay):
            verdict = GiveUp("max_time ends before another try could begin")
        if isinstance(verdict, GiveUp):
            if verdict.because is not None:
                error.add_note(verdict.because)
            self._records.change(download, Trigger.FAIL, error=error)
            return
        until = clock.now() + timedelta(seconds=verdict.delay)
        wait = Wait(reason=verdict.reason, until=until, error=error)
        self._timers[download.id] = clock.call_later(verdict.delay, partial(self._become_due, download))
        self._records.change(download, Trigger.POSTPONE, wait=wait)

    def _verdict(self, error: RheoError, *, failures: int, failing_for: float) -> Pause | GiveUp:
        """Ask the policy, of which a part may be the caller's own code."""
        try:
            return self._policy.next(error, failures=failures, failing_for=failing_for, jitter=self._dice())
        except Exception as bug:
            logger.exception("the retry policy failed")
            return GiveUp(f"the retry policy failed: {type(bug).__name__}: {bug}")

    def _become_due(self, download: Download) -> None:
        self._forget_timer(download.id)
        self._records.change(download, Trigger.BECOME_DUE)
        self.enqueue(download)
        self.fill()

    def _forget_timer(self, download: DownloadId) -> None:
        timer = self._timers.pop(download, None)
        if timer is not None:
            timer.cancel()

    def _set_aside(self, download: Download) -> None:
        url, route = self._first_request(download)
        host = route.first_place(url)[0]
        if host not in self._aside:
            self._aside[host] = OrderedDict()
            self._lookups[host] = self._tasks.create_task(self._look_up(host, url, route))
        self._aside[host][download.id] = None
        self._awaited[download.id] = host

    async def _look_up(self, host: str, url: Url, route: Route) -> None:
        """Have a host's name looked up: the proxy's, where there is one."""
        try:
            await self._around.transport.look_up(url, route)
        except RheoError as error:
            for waiting in self._back(host):
                self._fail_queued(self._records[waiting], error)
            return
        for waiting in reversed(self._back(host)):
            self.queue.push(waiting, priority=self._records[waiting].priority, first=True)
        self.fill()

    def _first_request(self, download: Download) -> tuple[Url, Route]:
        """Return what a transfer would ask first, and the way there."""
        url = self._around.asked(download.request.url)
        return url, self._around.networks.of(url, download.request.http, own=True).route

    def _back(self, host: str) -> list[DownloadId]:
        """Return who stood aside for a host, oldest first."""
        del self._lookups[host]
        back = list(self._aside.pop(host))
        for download in back:
            del self._awaited[download]
        return back

    def _fail_queued(self, download: Download, error: RheoError) -> None:
        """End the turn of a download that got no further than its host's name."""
        self._leave(download.request.url.origin)
        self._records.change(download, Trigger.START)
        self._fail(download, error, received=0, furthest=download.furthest)

    def _take_out(self, download: Download) -> None:
        """Take a queued download out of the queue, or from where it stands aside."""
        self._leave(download.request.url.origin)
        self.queue.remove(download.id)
        if download.id in self._awaited:
            del self._aside[self._awaited.pop(download.id)][download.id]

    def _leave(self, origin: Origin) -> None:
        self._unfinished[origin] -= 1
        if self._unfinished[origin] <= 0:
            del self._unfinished[origin]
