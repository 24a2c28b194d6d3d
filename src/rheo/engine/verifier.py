"""Follows the bytes of a file with its digests, so that little is left to hash when the last byte comes.

Small files and streams are hashed as they pass; others are read back from the page cache, on a thread, as far
as they are written.
"""

from __future__ import annotations

import asyncio
from typing import Final

from rheo.domain.checksum import Digests
from rheo.domain.errors import ChecksumMismatchError, InternalError, StorageError
from rheo.domain.ranges import RangeSet
from rheo.engine.jobs import ended
from rheo.engine.writer import Writer
from rheo.storage.base import Buffers, Target

STRIDE: Final = 4 * 1024 * 1024
"""Bytes that one job of the thread hashes at the least, but for the last one."""

_BLOCK: Final = 256 * 1024


class Verifier:
    """Hashes one file while it is written; without digests it does nothing."""

    def __init__(self, digests: Digests, target: Target, writer: Writer, *, in_passing: bool) -> None:
        """`in_passing` hashes on whichever thread writes, instead of reading back."""
        self._digests = digests
        self._target = target
        self._writer = writer
        self._hashed = 0
        self._hashing: asyncio.Future[int] | None = None
        self._closed = False
        self._error: BaseException | None = None
        self._follows = bool(digests) and not in_passing
        if in_passing and digests:
            writer.pass_on = self._pass

    def follow(self) -> None:
        """Hash what has been written since, if that is worth a job; called on the loop."""
        if self._follows and self._writer.written.prefix - self._hashed >= STRIDE:
            self._start()

    async def finish(self) -> None:
        """Hash the rest; raises the StorageError of a file that cannot be read back."""
        while self._follows and self._error is None and self._hashed < self._writer.written.prefix:
            self._start()
            if self._hashing is not None:
                await asyncio.wait((self._hashing,))
        if self._error is not None:
            raise self._error

    async def rewind(self, position: int) -> None:
        """Hash anew what lies behind a position, as it is going to be written again."""
        while self._hashing is not None:
            await ended(self._hashing)
            await asyncio.sleep(0)  # until `_hashed_to` was told
        if self._hashed > position:
            self._digests.begin()
            self._hashed = 0

    async def close(self) -> None:
        """Wait for the thread: it must not touch the file after that."""
        self._closed = True
        if self._hashing is not None:
            await ended(self._hashing)

    def _start(self) -> None:
        if self._hashing is None and self._error is None and not self._closed:
            job = asyncio.get_running_loop().run_in_executor(
                None, self._hash, self._hashed, self._writer.written.prefix
            )
            self._hashing = job
            job.add_done_callback(self._hashed_to)

    def _hashed_to(self, job: asyncio.Future[int]) -> None:
        self._hashing = None
        self._error = job.exception()
        if self._error is None:
            self._hashed = job.result()
            self.follow()

    def _hash(self, start: int, stop: int) -> int:
        """Read back and hash; on a thread."""
        buffer = memoryview(bytearray(min(_BLOCK, stop - start)))
        while start < stop:
            count = self._target.read(start, buffer[: stop - start])
            if count == 0:
                raise StorageError("the part file is shorter than what was written to it")
            self._digests.update(buffer[:count])
            start += count
        return start

    def _pass(self, buffers: Buffers) -> None:
        for buffer in buffers:
            self._digests.update(buffer)


def agree(digests: Digests, *, source: str) -> None:
    """Raise ChecksumMismatchError, which names the server, unless all digests are as wanted."""
    try:
        digests.check()
    except ChecksumMismatchError as error:
        message = f"{source} sent another file than the one asked for: {error.message}"
        raise ChecksumMismatchError(message, expected=error.expected, actual=error.actual) from error


def check_whole(written: RangeSet, size: int | None, *, name: str) -> None:
    """Catch what the planner would miss: nothing gets a name of which a byte was never written."""
    size = written.size if size is None else size
    if (written.prefix, written.size) != (size, size):
        raise InternalError(f"{name}: of {size} bytes only {written.size} were written")
