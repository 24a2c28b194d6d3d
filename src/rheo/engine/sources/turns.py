"""Asks several sources for the same file, one after the other while none answers, and goes on with the first that does.

One that fails gives its turn to the next at once; one that is silent does so after a moment, and may still come first.
One that sends a page where a file should be comes last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from rheo.domain.errors import RheoError
from rheo.engine.clock import Clock
from rheo.engine.sources.mirrors import most_hopeful
from rheo.engine.sources.source import Source

SILENCE: Final = 1.0
"""Seconds without an answer after which the next source is asked, too."""


class Turns:
    """One round of asking; whoever has an answer says so by `decide`."""

    def __init__(self, sources: Sequence[Source], clock: Clock) -> None:
        self.sources = sources
        self._clock = clock
        self._chosen: Source | None = None
        self._asking: dict[Source, asyncio.Task[None]] = {}
        self._asked: list[Source] = []
        self._errors: dict[Source, RheoError] = {}
        self._pages: list[Source] = []
        """Those whose answer was left, as it looks like no file."""
        self._again = False
        """Whether these are asked once more, as nobody has anything else."""
        self._news = asyncio.Event() if len(sources) > 1 else None
        """Set where anything has happened; None where nobody waits for that, as there is one source."""

    @property
    def passed_over(self) -> list[Source]:
        """Those who were silent when another one was chosen, or failed in a way that may pass."""
        errors = self._errors
        several = [source for source in self._asked if source is not self._chosen]
        return [source for source in several if source not in errors or errors[source].transient]

    def decide(self, source: Source) -> bool:
        """Choose a source, unless another one was chosen before; return whether it is the chosen one."""
        if self._chosen is None:
            self._chosen = source
            self._tell()
        return self._chosen is source

    def may_leave(self, source: Source) -> bool:
        """Whether others may have what the answer of this source seems not to be; it gives its turn away then."""
        if len(self.sources) == 1 or self._again:
            return False
        self._pages.append(source)
        return True

    async def run(self, ask: Callable[[Source], Awaitable[None]]) -> None:
        """Return once the chosen source's answer has ended; raises its error, or the one that stands for all."""
        if len(self.sources) == 1:
            await ask(self.sources[0])
            return
        await self._ask_in_turn(self.sources, ask)
        if self._chosen is None and self._pages and not any(error.transient for error in self._errors.values()):
            self._again = True
            await self._ask_in_turn(self._pages, ask)
        if self._chosen is None:
            raise self._failure()
        if self._chosen in self._errors:
            raise self._errors[self._chosen]

    async def _ask_in_turn(self, sources: Sequence[Source], ask: Callable[[Source], Awaitable[None]]) -> None:
        async with asyncio.TaskGroup() as tasks:
            await self._ask_all(sources, ask, tasks)
            for source, task in self._asking.items():
                if source is not self._chosen:
                    task.cancel()

    async def _ask_all(
        self, sources: Sequence[Source], ask: Callable[[Source], Awaitable[None]], tasks: asyncio.TaskGroup
    ) -> None:
        """Return once one is chosen, or all have failed."""
        for source in sources:
            self._asked.append(source)
            self._errors.pop(source, None)
            self._asking[source] = tasks.create_task(self._ask(source, ask))
            await self._wait()
            if self._chosen is not None:
                return
        assert self._news is not None
        while self._chosen is None and self._asking:
            await self._news.wait()
            self._news.clear()

    async def _ask(self, source: Source, ask: Callable[[Source], Awaitable[None]]) -> None:
        try:
            await ask(source)
        except RheoError as error:
            self._errors[source] = error
        finally:
            del self._asking[source]
            self._tell()

    async def _wait(self) -> None:
        """Return once there is an answer, a source failed, or all were silent for a while."""
        assert self._news is not None
        silent = self._clock.call_later(SILENCE, self._news.set)
        try:
            await self._news.wait()
        finally:
            silent.cancel()
        self._news.clear()

    def _tell(self) -> None:
        if self._news is not None:
            self._news.set()

    def _failure(self) -> RheoError:
        error = most_hopeful(self._errors[source] for source in self.sources if source in self._errors)
        others = len(self._errors) - 1
        error.add_note(f"{others} more {'source' if others == 1 else 'sources'} failed, too")
        return error
