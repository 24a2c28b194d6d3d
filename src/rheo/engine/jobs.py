"""Jobs on threads that must have ended before their file may be touched again.

A thread cannot be stopped; going on before it ends would close or rename the file under its hands. So everybody here
waits for it, however often we are cancelled meanwhile; what differs is what becomes of the cancel.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")


async def ended(job: asyncio.Future[Any]) -> None:
    """Return once the job has ended, even if we are cancelled: for who is on the way out, or past the last way back."""
    while not job.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait((job,))


async def on_thread(step: Callable[[], T]) -> T:
    """Return what a step on a thread does; a cancel meanwhile is raised once it is done: there is no half of it."""
    with cancelled_afterwards():
        return await to_the_end(step)


async def to_the_end(step: Callable[[], T]) -> T:
    """Return what a step on a thread does, even if we are cancelled: to publish, to leave and to discard."""
    job = asyncio.get_running_loop().run_in_executor(None, step)
    await ended(job)
    return job.result()


@contextlib.contextmanager
def cancelled_afterwards() -> Iterator[None]:
    """Raise at the end a cancel that what is done here waited out, whatever else it raises: nothing is begun then."""
    task = asyncio.current_task()
    assert task is not None
    before = task.cancelling()
    try:
        yield
    finally:
        if task.cancelling() > before:
            raise asyncio.CancelledError
