"""Asks a program of the user's: what it shall know goes to its standard input, its standard output is the answer.

No shell is asked, and the program is in a group of its own: whoever stops asking ends it and its children.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rheo.domain.errors import UsageError
from rheo.domain.text import printable

MOST: Final = 64 * 1024
"""Bytes that it may answer."""

TOLD: Final = 500
"""Characters of its last complaints that are told."""

_INPUT: Final = 0
_OUTPUT: Final = 1


async def answer_of(words: Sequence[str], question: bytes, *, patience: float) -> str:
    """Return what the program wrote; raises UsageError where it failed, or took more than `patience` seconds."""
    name = printable(Path(words[0]).name)
    try:
        process, conversation = await asyncio.get_running_loop().subprocess_exec(
            lambda: _Conversation(question), *words, start_new_session=True
        )
    except OSError as error:
        raise UsageError(f"refresh_command {name} cannot be run: {error.strerror}") from None
    try:
        async with asyncio.timeout(patience):
            await conversation.over.wait()
    except TimeoutError:
        raise UsageError(f"refresh_command {name} did not end within {patience:g} s") from None
    finally:
        if not conversation.over.is_set():
            _kill(process.get_pid())
        process.close()  # who left its group, and has our pipes, is not waited for
        await conversation.over.wait()
    if code := process.get_returncode():
        said = f": {conversation.complaints}" if conversation.complaints else ""
        raise UsageError(f"refresh_command {name} ended with code {code}{said}")
    if len(conversation.answer) > MOST:
        raise UsageError(f"refresh_command {name} answered more than {MOST} bytes")
    return conversation.answer.decode(errors="replace")


class _Conversation(asyncio.SubprocessProtocol):
    """What is said to a program, and by it."""

    def __init__(self, question: bytes) -> None:
        self.answer = bytearray()
        """The first bytes of its output, one more than is allowed at the most; the rest is read and dropped."""
        self.over = asyncio.Event()
        """Set once it has ended, and nobody can say any more for it."""
        self._question = question
        self._last_words = b""

    @property
    def complaints(self) -> str:
        """The end of what it complained of."""
        return printable(" ".join(self._last_words.decode(errors="replace").split())[-TOLD:])

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask; it need not listen."""
        assert isinstance(transport, asyncio.SubprocessTransport)
        stream = transport.get_pipe_transport(_INPUT)
        assert isinstance(stream, asyncio.WriteTransport)
        stream.write(self._question)
        stream.close()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Keep what is of use."""
        if fd == _OUTPUT:
            self.answer += data[: MOST + 1 - len(self.answer)]
        else:
            self._last_words = (self._last_words + data)[-4 * TOLD :]

    def connection_lost(self, error: Exception | None) -> None:
        """Take note of its end, and that of all who had its pipes."""
        del error
        self.over.set()


def _kill(group: int) -> None:
    """End a program and what it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # all of them have ended
        os.killpg(group, signal.SIGKILL)
