"""Asks the caller's own function for a new link: on the caller's loop, or on a thread that nobody waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from rheo.domain.errors import UsageError
from rheo.engine.daemons import answer_of

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
    try:
        async with asyncio.timeout(patience):
            return await asyncio.wrap_future(future)
    except TimeoutError:
        raise _late(patience) from None


async def answer_on_thread(function: Callable[[Question], object], question: Question, *, patience: float) -> object:
    """Return what a function answers within so many seconds; raises UsageError where it does not."""
    call = partial(_called, function, question)
    try:
        return await answer_of(call, thread="rheo refresh", patience=patience)
    except TimeoutError:
        raise _late(patience) from None


def _late(patience: float) -> UsageError:
    return UsageError(f"the function that refreshes links did not answer within {patience:g} s")


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
