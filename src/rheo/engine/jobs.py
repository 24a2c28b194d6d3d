"""Jobs on threads that must have ended before their file may be touched again."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any


async def ended(job: asyncio.Future[Any]) -> None:
    """Return once the job has ended, however often we are cancelled meanwhile.

    A thread cannot be stopped; going on before it ends would close or rename the file under its hands. Who was
    cancelled goes on to raise that, or has reached the point of no return.
    """
    while not job.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait((job,))
