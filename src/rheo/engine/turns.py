"""Asks several sources for the same file, one after the other while none answers, and goes on with the first that does.

One that fails gives its turn to the next at once; one that is silent does so after a moment, and may still come first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from rheo.domain.errors import RheoError
from rheo.engine.clock import Clock
from rheo.engine.mirrors import most_hopeful

SILENCE: Final = 1.0
"""Seconds without an answer after which the next source is asked, too."""


class Turns:
    """One round of asking; `decide` is called by whoever has the answer that counts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._chosen: int | None = None
        self._errors: dict[int, RheoError] = {}
        self._asking: dict[int, asyncio.Task[None]] = {}
        self._news = asyncio.Event()

    def decide(self, index: int) -> bool:
        """Choose a source, unless another one was; return whether it is the chosen one."""
        if self._chosen is None:
            self._chosen = index
            self._news.set()
        return self._chosen == index

    async def run(self, asks: Sequence[Callable[[], Awaitable[None]]]) -> None:
        """Return once the chosen source's answer has ended; raises its error, or the one that stands for all."""
        async with asyncio.TaskGroup() as tasks:
            for index, ask in enumerate(asks):
                self._asking[index] = tasks.create_task(self._ask(index, ask))
                await self._wait()
                if self._chosen is not None:
                    break
            while self._chosen is None and self._asking:
                await self._news.wait()
                self._news.clear()
            for index, task in self._asking.items():
                if index != self._chosen:
                    task.cancel()
        if self._chosen is None:
            raise self._failure()
        if self._chosen in self._errors:
            raise self._errors[self._chosen]

    async def _ask(self, index: int, ask: Callable[[], Awaitable[None]]) -> None:
        try:
            await ask()
        except RheoError as error:
            self._errors[index] = error
        finally:
            del self._asking[index]
            self._news.set()

    async def _wait(self) -> None:
        """Return once there is an answer, nobody is being asked, or all were silent for a while."""
        silent = self._clock.call_later(SILENCE, self._news.set)
        try:
            await self._news.wait()
        finally:
            silent.cancel()
        self._news.clear()

    def _failure(self) -> RheoError:
        error = most_hopeful(self._errors[index] for index in sorted(self._errors))
        error.add_note(f"{len(self._errors) - 1} more sources failed, too")
        return error
