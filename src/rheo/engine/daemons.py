"""Runs code of the caller's, which may hang, on a daemon thread of its own: nobody waits longer than he likes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from rheo.domain.errors import UsageError

T = TypeVar("T")


async def answer_of(call: Callable[[], T], *, thread: str, patience: float) -> T:
    """Return what a call answers within so many seconds; raises its UsageError, and TimeoutError where none comes.

    It raises nothing else: what it calls is strangers' code. `thread` is the name of its thread.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            tell, told = answer.set_result, call()
        except UsageError as failure:
            tell, told = answer.set_exception, failure  # type: ignore[assignment]  # each takes its own kind
        try:
            loop.call_soon_threadsafe(lambda: None if answer.done() else tell(told))
        except RuntimeError:
            return  # the loop closed meanwhile: nobody waits any more

    threading.Thread(target=run, name=thread, daemon=True).start()
    async with asyncio.timeout(patience):
        return await answer
