"""Work beside a file while that comes, which may not cost the download anything."""

from __future__ import annotations

import asyncio

from rheo.domain.url import Url
from rheo.engine.jobs import ended
from rheo.engine.surroundings import Surroundings


class Beside:
    """Looks for something until it is found, or nobody waits for it any more."""

    def __init__(self, around: Surroundings, *, patience: float) -> None:
        """Let a whole file wait for so many seconds."""
        self._around = around
        self._patience = patience
        self._whole = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look; somebody must `close` it."""
        # In no group, which would wait for it: it ends with its file.
        self._task = asyncio.get_running_loop().create_task(self._look())

    async def finish(self) -> bool:
        """Return once it is known what there is, or nobody waits for that any more: the file has come.

        True where it is known; raises what the work ended with.
        """
        self._whole.set()
        if self._task is None:
            return True
        await asyncio.wait((self._task,), timeout=self._patience)
        if self._task.done():
            self._task.result()
        return self._task.done()

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await ended(self._task)

    async def _look(self) -> None:
        raise NotImplementedError

    async def _turn(self, url: Url) -> None:
        """Return when a host may be asked: the file's own connections go first, until it is whole."""
        limit, now = self._around.settings.for_host(url.host).host_limit, self._around.clock.monotonic()
        if not self._around.hosts[url.origin].may_add(limit, now):
            await self._whole.wait()
