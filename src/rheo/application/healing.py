"""Finds new links for downloads whose link died: asks who may know one, else waits for the caller, or gives up."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from rheo.application.records import Records
from rheo.domain.download import Download, DownloadId, Trigger, Wait, WaitReason
from rheo.domain.errors import NeedsNewUrlError, UsageError
from rheo.engine.clock import Clock
from rheo.engine.retries.healing import Death

if TYPE_CHECKING:
    from rheo.domain.link import DeadLink, Link, Refresher  # loaded where a link died

logger = logging.getLogger(__name__)

AT_ONCE: Final = 8
"""How many are asked at the same time: a queue of links may have died together."""

MOST: Final = 3
"""New links in a row that may be found without one that brings anything worth mentioning."""


class Healing:
    """Whose links are being replaced; lives on the engine's loop."""

    def __init__(
        self,
        records: Records,
        clock: Clock,
        *,
        patience: float,
        waits: bool,
        healed: Callable[[Download], None],
    ) -> None:
        """Ask for `patience` seconds; `waits` for the caller where nothing is found, else the download fails.

        `healed` is told of a download that has a new link and still WAITS.
        """
        self._records = records
        self._clock = clock
        self._patience = patience
        self._waits = waits
        self._healed = healed
        self._asking: dict[DownloadId, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(AT_ONCE)
        self._found: Counter[DownloadId] = Counter()
        """New links in a row that brought nothing."""

    def begin(self, download: Download, death: Death, tasks: asyncio.TaskGroup) -> None:
        """Look for a new link, once a run has ended with what killed the old one."""
        refresher = download.request.refresher
        if refresher is None or self._found[download.id] >= MOST:
            self._do_without(download, death)
            return
        turns = 1 + len(self._asking) // AT_ONCE
        until = self._clock.now() + timedelta(seconds=self._patience * turns)
        self._records.change(
            download, Trigger.POSTPONE, wait=Wait(reason=WaitReason.REFRESHING, until=until, error=death.error)
        )
        self._asking[download.id] = tasks.create_task(self._ask(download, refresher, death))

    def forget(self, download: DownloadId) -> None:
        """Take note that a download's link works, or that nobody needs one any more."""
        self._found.pop(download, None)

    def drop(self, download: DownloadId) -> None:
        """Ask nobody any more; soon."""
        task = self._asking.pop(download, None)
        if task is not None:
            task.cancel()

    async def stop(self, download: DownloadId) -> None:
        """Ask nobody any more; returns when whatever was asked has ended."""
        task = self._asking.get(download)
        self.drop(download)
        if task is not None:
            await asyncio.wait([task])

    def give_up(self, download: Download) -> None:
        """Fail a download that waits for the caller, as nobody will come any more."""
        assert download.wait is not None
        self._records.change(download, Trigger.FAIL, error=download.wait.error)

    async def _ask(self, download: Download, refresher: Refresher, death: Death) -> None:
        link = await self._answer(refresher, death.dead, death.error)
        del self._asking[download.id]
        if link is None:
            self._do_without(download, death)
            return
        self._found[download.id] += 1
        logger.info("%s: going on with %s", download.request.url.bare, link.url.bare)
        self._records.relink(download, link)
        self._healed(download)

    async def _answer(self, refresher: Refresher, dead: DeadLink, error: NeedsNewUrlError) -> Link | None:
        """Return the new link; None where there is none, and then the error says why."""
        try:
            async with self._room:
                link = await refresher.find(dead, patience=self._patience)
        except UsageError as failure:
            error.add_note(failure.message)
            return None
        if link is None:
            error.add_note("no new one was found")
        return link

    def _do_without(self, download: Download, death: Death) -> None:
        error = death.error
        if death.cure is not None:
            error.add_note(death.cure)
        if self._waits:
            wait = Wait(reason=WaitReason.NEEDS_NEW_URL, until=None, error=error)
            self._records.change(download, Trigger.POSTPONE, wait=wait)
            return
        self._records.change(download, Trigger.FAIL, error=error)
