"""Runs downloads: starts who is next while there is room, tries failures again when they are due.

A download holds a slot from its first request until its last byte has come; the entrance says who gets one next.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from rheo.application.deadlines import Deadlines
from rheo.application.entrance import Entrance
from rheo.application.failures import Failures
from rheo.application.healing import Healing
from rheo.application.kept_runs import KeptRuns
from rheo.application.lending import Lending
from rheo.application.records import Records
from rheo.application.run import Run
from rheo.application.slots import Slots
from rheo.application.time_limits import TimeLimits
from rheo.domain.download import Download, DownloadId, DownloadState, Trigger, WaitReason
from rheo.domain.errors import InternalError, RheoError
from rheo.domain.result import DownloadResult
from rheo.domain.url import Origin
from rheo.engine.hosts.forgetting import Forgetting
from rheo.engine.limits.lane import weight_of
from rheo.engine.metalinks.following import Listed
from rheo.engine.retries.healing import Death
from rheo.engine.retries.retry import RetryPolicy
from rheo.engine.surroundings import Surroundings
from rheo.engine.transfer import Transfer

if TYPE_CHECKING:
    from rheo.domain.link import Link  # loaded where a link died

logger = logging.getLogger(__name__)


class Scheduler:
    """Decides who runs; lives on the engine's loop, and `run` is its life."""

    def __init__(
        self,
        records: Records,
        around: Surroundings,
        policy: RetryPolicy,
        deadlines: Deadlines,
        *,
        dice: Callable[[], float],
    ) -> None:
        """`dice` returns random numbers in [0, 1)."""
        self._records = records
        self._around = around
        self._limits = TimeLimits(around.settings, around.clock)
        self._failures = Failures(records, policy, self._limits, around.clock, dice=dice, due=self._become_due)
        self._deadlines = deadlines
        self._healing = Healing(
            records,
            around.clock,
            patience=around.settings.refresh_timeout,
            waits=policy.waits_for_url,
            healed=self._become_due,
        )
        self._forgetting = Forgetting(around.hosts, around.lines)
        self._runs: dict[DownloadId, Run] = {}
        self._slots = Slots(around.settings, worth=lambda: around.throttle.at_once, open_files=around.open_files)
        self._kept = KeptRuns()
        self._lending = Lending(self._slots, around.clock, runs=self._runs.values, looked=self.fill)
        self.entrance = Entrance(
            records,
            around,
            self._slots,
            decide=self._failures.verdict_on,
            short=self._lending.wanted,
            passable=self.fill,
            failed=self._fail_queued,
            given_up=self._give_up_queued,
        )
        self._tasks: asyncio.TaskGroup
        self._closing: asyncio.Event
        around.throttle.on_change = self.fill
        records.on_end = self._forget

    async def run(self) -> None:
        """Live until `close`, then until the last transfer has ended."""
        self._closing = asyncio.Event()
        async with asyncio.TaskGroup() as self._tasks:
            self.entrance.open(self._tasks)
            await self._closing.wait()

    def runs(self) -> Iterable[tuple[DownloadId, Run]]:
        """Return what runs."""
        return list(self._runs.items())

    def enqueue(self, download: Download, *, first: bool = False) -> None:
        """Put a QUEUED download in its place; `fill` starts it when it is its turn."""
        self.entrance.join(download, first=first)
        self._deadlines.expect(download)

    def fill(self) -> None:
        """Start who is next, as long as there is room."""
        while (download := self.entrance.next()) is not None:
            run = self._begin(download)
            run.task = self._tasks.create_task(self._work(download, run))

    def resume(self, download: Download) -> None:
        """Queue a download that stands still or waits."""
        waiting = download.state is DownloadState.WAITING
        asked = download.wait is None or download.wait.reason is WaitReason.NEEDS_NEW_URL
        self._records.change(download, Trigger.BECOME_DUE if waiting else Trigger.RESUME)
        self._failures.forget_wait(download.id)
        self._healing.drop(download.id)
        self.entrance.insist(download.request, though_closed=waiting)
        if asked:  # nothing would have happened by itself: its time and its tries begin anew
            self._records.count_failure(download, failures=0, since=None)
            self._limits.forget(download)
            self._healing.forget(download.id)
        self.enqueue(download)
        self.fill()

    def reweigh(self, download: Download) -> None:
        """Have a download start, or share where it runs, by its priority from now on."""
        self.entrance.reprioritise(download)
        run = self._runs.get(download.id)
        if run is not None:
            run.lane.weight = weight_of(download.priority)

    def limit(self, download: Download) -> None:
        """Have a download that runs take no more than it may by now."""
        run = self._runs.get(download.id)
        if run is not None and download.limit_rate is not None:
            self._around.throttle.limit_lane(run.lane, download.limit_rate)

    def replace_link(self, download: Download, link: Link) -> None:
        """Queue a download that stands still or waits; it goes on with what has come, from there."""
        self._healing.forget(download.id)
        self._limits.forget(download)
        self._records.relink(download, link)
        self.resume(download)

    async def stop(self, download: Download, trigger: Trigger) -> None:
        """Pause or cancel a download in whatever state it is; return when nothing of it runs any more."""
        run = self._runs.get(download.id)
        if run is not None:
            await self._interrupt([(download, run)], trigger)
            return
        queued = download.state is DownloadState.QUEUED
        self._records.change(download, trigger)
        self._failures.forget_wait(download.id)
        if queued:
            self.entrance.leave(download)
        await self._healing.stop(download.id)
        kept = self._kept.take(download.id)
        if kept is not None and trigger is Trigger.CANCEL:
            await kept.discard()

    async def close(self) -> None:
        """Pause everything that is not finished, and start nothing more."""
        self._closing.set()
        self.entrance.close()
        self._lending.close()
        for download in [d for d in self._records.all() if d.state in {DownloadState.QUEUED, DownloadState.WAITING}]:
            if download.wait is not None and download.wait.reason is WaitReason.NEEDS_NEW_URL:
                self._healing.give_up(download)
            else:
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

    def _begin(self, download: Download, task: asyncio.Task[None] | None = None) -> Run:
        """Give a download a slot and a transfer, which a task runs that is there already, or one that is to come."""
        before = self._kept.take(download.id)  # the transfer finds by itself what that one left on the disk
        self._records.change(download, Trigger.START)
        lane = self._around.throttle.lane(
            weight=weight_of(download.priority), host=download.request.place.host, limit=download.limit_rate
        )
        transfer = Transfer(
            download.request,
            self._around.along(lane),
            versions=None if before is None else before.versions,
            multiplexed=self._slots.shared(download.request.place.origin),
            on_fetched=partial(self._release_slot, download.id),
        )
        run = self._runs[download.id] = Run(
            transfer,
            lane,
            download.request.place.origin,
            self._around.clock.monotonic(),
            again=download.failures > 0,
            task=task,
        )
        self._slots.take(run.origin)
        self._limits.begin_run(download, run.expire)
        self._deadlines.begin_run(download, run)
        return run

    async def _work(self, download: Download, run: Run) -> None:
        """Run a download, and then others as long as there is room: a task for each would cost more."""
        while True:
            await self._live(download, run)
            following = self.entrance.next() if run.stop_as is None else None
            if following is None:
                return
            task, download = run.task, following
            run = self._begin(download, task)

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
            outcome = error.without_frames()
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
                self._kept.keep(download.id, run.transfer)
            self._records.change(download, run.stop_as)
        elif outcome is not None:
            self._kept.keep(download.id, run.transfer)
            furthest = 0 if run.transfer.anew else download.furthest  # of another version
            received, source = run.transfer.received, run.transfer.source
            given_up = source.silent and self.entrance.found_nobody(download, outcome, asked=source.asked.origin)
            self._count(download, outcome, received=received, furthest=furthest, asked=source.asked.origin)
            self._fail(download, outcome, death=run.transfer.death, given_up=given_up)
        self.entrance.ended(download.id)

    def _forget(self, download: Download) -> None:
        """Let go what was for a later run of a download that has ended."""
        self._limits.forget(download)
        self._healing.forget(download.id)
        self._deadlines.forget(download.id)
        self._kept.settle(download)

    def _follow(self, download: Download, run: Run, listed: Listed) -> None:
        """Queue the files that a Metalink lists, the first of them in the place of the download itself."""
        self._end(download, run)
        self.entrance.ended(download.id)
        for file in reversed(self._records.follow(download, listed.requests, notes=listed.notes)):
            self.enqueue(file, first=True)
        self.fill()

    def _end(self, download: Download, run: Run) -> None:
        if run.transfer.source.answers.http_version == "2":
            self._slots.multiplexes(run.origin)
        del self._runs[download.id]
        self._around.throttle.close(run.lane)
        self._limits.end_run(download)
        self._deadlines.end_run(download)
        self._slots.leave(run.origin)
        self._forgetting.look(self._around.clock.monotonic())
        if run.holds_slot:
            self._slots.give_back(run.origin, lent=run.lends_slot)

    def _release_slot(self, download: DownloadId) -> None:
        """Let the next one ask the network while this one is verified and published; once per run."""
        run = self._runs[download]
        if run.holds_slot:
            run.holds_slot = False
            self._slots.give_back(run.origin, lent=run.lends_slot)
            run.lends_slot = False
            self.fill()

    def _count(self, download: Download, error: RheoError, *, received: int, furthest: int, asked: Origin) -> None:
        """Note a failure; `asked` is where it came from."""
        gate = self._around.hosts[asked].gate
        if self._failures.count(download, error, gate=gate, received=received, furthest=furthest):
            self._healing.forget(download.id)

    def _fail(self, download: Download, error: RheoError, *, death: Death | None = None, given_up: bool) -> None:
        """Postpone, look for a new link in the place of one that died, or give up, as is done at once with its host."""
        if not given_up and self._failures.postpone(download, error):
            return
        if death is not None and not self._closing.is_set():
            self._healing.begin(download, death, self._tasks)
        else:
            self._records.change(download, Trigger.FAIL, error=error if death is None else death.error)

    def _become_due(self, download: Download) -> None:
        self._records.change(download, Trigger.BECOME_DUE)
        self.enqueue(download, first=download.spared > 0)
        self.fill()

    def _fail_queued(self, waiting: DownloadId, error: RheoError) -> None:
        """End the turn of a download that got no further than its host's name, or its gate."""
        download = self._records[waiting]
        asked = self._around.asked(download.request.place).origin
        given_up = self.entrance.found_nobody(download, error, asked=asked)
        self.entrance.leave(download)
        self._records.change(download, Trigger.START)
        self._count(download, error, received=0, furthest=download.furthest, asked=asked)
        self._fail(download, error, given_up=given_up)
        self._forgetting.look(self._around.clock.monotonic())

    def _give_up_queued(self, waiting: DownloadId, error: RheoError) -> None:
        """Fail a download whose host others found to be down for as long as one may fail."""
        download = self._records[waiting]
        self.entrance.leave(download)
        self._records.change(download, Trigger.START)
        self._fail(download, error, given_up=True)
