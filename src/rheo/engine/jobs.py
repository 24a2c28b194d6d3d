"""Jobs on threads that must have ended before their file may be touched again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


async def ended(job: asyncio.Future[Any]) -> None:
    """Return once the job has ended, however often we are cancelled meanwhile.

    A thread cannot be stopped; going on before it ends would close or rename the file under its hands. Who was
    cancelled goes on to raise that, or has reached the point of no return.
    """
    while not job.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait((job,))


async def on_thread(step: Callable[[], T]) -> T:
    """Return what a step on a thread does, even if we are cancelled meanwhile: there is no half of it."""
    job = asyncio.get_running_loop().run_in_executor(None, step)
    await ended(job)
    return job.result()
