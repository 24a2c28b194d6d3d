"""Asks a program of the user's: what it shall know goes to its standard input, its standard output is the answer.

No shell is asked, and the program is in a group of its own: whoever stops asking ends it and its children.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rheo.domain.errors import UsageError
from rheo.domain.text import printable

MOST: Final = 64 * 1024
"""Bytes that it may answer."""

TOLD: Final = 500
"""Characters of its last complaints that are told."""


async def answer_of(words: Sequence[str], question: bytes, *, patience: float) -> str:
    """Return what the program wrote; raises UsageError where it failed, or took more than `patience` seconds."""
    name = printable(Path(words[0]).name)
    try:
        process = await asyncio.create_subprocess_exec(
            *words, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True
        )
    except OSError as error:
        raise UsageError(f"refresh_command {name} cannot be run: {error.strerror}") from None
    ended = False
    try:
        async with asyncio.timeout(patience):
            answer, complaints = await _conversation(process, question)
        ended = True
    except TimeoutError:
        raise UsageError(f"refresh_command {name} did not end within {patience:g} s") from None
    finally:
        if not ended:
            await _kill(process)
    if process.returncode:
        said = f": {printable(complaints[-TOLD:])}" if complaints else ""
        raise UsageError(f"refresh_command {name} ended with code {process.returncode}{said}")
    if len(answer) > MOST:
        raise UsageError(f"refresh_command {name} answered more than {MOST} bytes")
    return answer.decode(errors="replace")


async def _conversation(process: Process, question: bytes) -> tuple[bytes, str]:
    """Return what it wrote, and what it complained of, once it has ended."""
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    async with asyncio.TaskGroup() as tasks:
        answer = tasks.create_task(_beginning(process.stdout))
        complaints = tasks.create_task(_end(process.stderr))
        with contextlib.suppress(OSError):  # it need not listen
            process.stdin.write(question)
            await process.stdin.drain()
        process.stdin.close()
        await process.wait()
    return answer.result(), " ".join(complaints.result().decode(errors="replace").split())


async def _beginning(stream: asyncio.StreamReader) -> bytes:
    """Return the first bytes of a stream, one more than is allowed at the most; the rest is read and dropped."""
    kept = bytearray()
    while data := await stream.read(MOST):
        kept += data[: MOST + 1 - len(kept)]
    return bytes(kept)


async def _end(stream: asyncio.StreamReader) -> bytes:
    """Return the last bytes of a stream."""
    kept = b""
    while data := await stream.read(MOST):
        kept = (kept + data)[-4 * TOLD :]
    return kept


async def _kill(process: Process) -> None:
    """End it and what it started, and wait until the system has let go of it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # all of them have ended
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
