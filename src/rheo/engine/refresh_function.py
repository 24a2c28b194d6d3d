"""Asks the caller's own function for a new link: on the caller's loop, or on a thread that nobody waits for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from rheo.domain.errors import UsageError

Question = TypeVar("Question")


async def answer_on_loop(
    function: Callable[[Question], Awaitable[object]],
    question: Question,
    loop: asyncio.AbstractEventLoop,
    *,
    patience: float,
) -> object:
    """Return what a coroutine function answers there within so many seconds; raises UsageError where it does not."""
    coroutine = _awaited(function, question)
    try:
        future = asyncio.run_coroutine_threadsafe(coroutine, loop)
    except RuntimeError:
        coroutine.close()
        raise UsageError("the loop of the function that refreshes links has ended") from None
    return await _in_time(asyncio.wrap_future(future), patience)


async def answer_on_thread(function: Callable[[Question], object], question: Question, *, patience: float) -> object:
    """Return what a function answers within so many seconds; raises UsageError where it does not."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[object] = loop.create_future()

    def call() -> None:
        found, error = None, None
        try:
            found = _called(function, question)
        except UsageError as failure:
            error = failure
        try:
            loop.call_soon_threadsafe(_tell, answer, found, error)
        except RuntimeError:
            return  # the loop closed meanwhile: nobody waits for a link any more

    threading.Thread(target=call, name="rheo refresh", daemon=True).start()
    return await _in_time(answer, patience)


async def _in_time(answer: Awaitable[object], patience: float) -> object:
    try:
        async with asyncio.timeout(patience):
            return await answer
    except TimeoutError:
        raise UsageError(f"the function that refreshes links did not answer within {patience:g} s") from None


def _tell(answer: asyncio.Future[object], found: object, error: UsageError | None) -> None:
    if answer.done():
        return
    if error is None:
        answer.set_result(found)
    else:
        answer.set_exception(error)


def _called(function: Callable[[Question], object], question: Question) -> object:
    try:
        return function(question)
    except Exception as failure:  # whatever it is, the caller's code is to be told of, and may have a secret in it
        raise UsageError(f"the function that refreshes links failed: {type(failure).__name__}") from failure


async def _awaited(function: Callable[[Question], Awaitable[object]], question: Question) -> Any:
    try:
        return await function(question)
    except Exception as failure:  # as above
        raise UsageError(f"the function that refreshes links failed: {type(failure).__name__}") from failure
