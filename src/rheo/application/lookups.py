"""Queued downloads that stand aside while the name of their host is looked up: nobody holds a slot for that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from rheo.domain.download import DownloadId, DownloadRequest
from rheo.domain.errors import RheoError
from rheo.domain.network import Route
from rheo.domain.url import Url
from rheo.engine.retries.healing import request_by_link
from rheo.engine.surroundings import Surroundings

AT_ONCE: Final = 2048
"""Names that the transport is asked for at once, as many as it may have threads for; each takes five kilobytes.

Those that were met before come besides, as they wait for nobody.
"""


class Lookups:
    """All names that are being looked up, each once; lives on the engine's loop."""

    def __init__(
        self,
        around: Surroundings,
        *,
        found: Callable[[Sequence[DownloadId]], None],
        failed: Callable[[DownloadId, RheoError], None],
    ) -> None:
        """`found` is told who stood aside for a host that has an address, oldest first; `failed` else, one by one."""
        self._around = around
        self._found = found
        self._failed = failed
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._later: dict[str, Callable[[], None]] = {}
        """What begins the lookups that wait for others to end, by the host."""
        self._aside: dict[str, dict[DownloadId, None]] = {}
        """By the host."""
        self._awaited: dict[DownloadId, str] = {}
        """That host, by the download: what is known of HSTS may change meanwhile."""

    def needed(self, request: DownloadRequest) -> bool:
        """Whether an address is missing; with mirrors nobody waits for one name, as another may be known."""
        return not (request.mirrors or self._around.transport.knows(*self._first_request(request)))

    def begin(self, download: DownloadId, request: DownloadRequest, tasks: asyncio.TaskGroup) -> None:
        """Have a download stand aside until its host has an address, or none can be had."""
        url, route = self._first_request(request)
        host = route.first_place(url)[0]
        if host not in self._aside:
            self._aside[host] = {}
            self._later[host] = partial(self._begin, host, url, route, tasks)
            if len(self._tasks) < AT_ONCE or self._around.transport.met(url, route):
                self._later.pop(host)()
        self._aside[host][download] = None
        self._awaited[download] = host

    def drop(self, download: DownloadId) -> None:
        """Forget one, if it stands aside."""
        host = self._awaited.pop(download, None)
        if host is None:
            return
        del self._aside[host][download]
        if not self._aside[host] and self._later.pop(host, None) is not None:
            del self._aside[host]

    def close(self) -> None:
        """Look up nothing more."""
        self._later.clear()
        for task in self._tasks.values():
            task.cancel()

    def _begin(self, host: str, url: Url, route: Route, tasks: asyncio.TaskGroup) -> None:
        self._tasks[host] = tasks.create_task(self._look_up(host, url, route))

    async def _look_up(self, host: str, url: Url, route: Route) -> None:
        """Have a host's name looked up: the proxy's, where there is one."""
        try:
            await self._around.transport.look_up(url, route)
        except RheoError as error:
            for waiting in self._back(host):
                self._failed(waiting, error.twin().without_frames())
            return
        self._found(self._back(host))

    def _first_request(self, request: DownloadRequest) -> tuple[Url, Route]:
        """Return what a transfer would ask first, and the way there."""
        asked = request_by_link(request)
        url = self._around.asked(asked.url)
        return url, self._around.networks.of(url, asked.http, own=True).route

    def _back(self, host: str) -> list[DownloadId]:
        """Return who stood aside for a host, oldest first."""
        del self._tasks[host]
        if self._later and len(self._tasks) < AT_ONCE:
            self._later.pop(next(iter(self._later)))()
        back = list(self._aside.pop(host))
        for download in back:
            del self._awaited[download]
        return back
