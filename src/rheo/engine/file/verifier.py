"""Follows the bytes of a file with its digests, so that little is left to hash when the last byte comes.

Small files and streams are hashed as they pass; others are read back from the page cache, on a thread, as far
as they are written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Protocol

from rheo.domain.checksum import Digests
from rheo.domain.errors import ChecksumMismatchError, InternalError, StorageError
from rheo.domain.promise import UNPROMISED, Promise, Trust
from rheo.domain.ranges import RangeSet
from rheo.domain.url import Origin, Url
from rheo.engine.file.writer import Writer
from rheo.engine.jobs import ended
from rheo.storage.base import Buffers, Target
from rheo.transport.base import Head

if TYPE_CHECKING:
    from rheo.domain.pieces import Pieces  # loaded where a Metalink has them

STRIDE: Final = 4 * 1024 * 1024
"""Bytes that one job of the thread hashes at the least, but for the last one."""

_BLOCK: Final = 256 * 1024


class Assured(Protocol):
    """Knows what a file is promised to hash to, as far as anybody does by now."""

    @property
    def promise(self) -> Promise:
        """What is known; once that is anything, its checksums stay."""

    @property
    def pieces(self) -> Pieces | None:
        """Digests of its parts; None where nobody has any."""

    def hear(self, head: Head, url: Url, *, way: Mapping[Url, Head]) -> None:
        """Take in what an answer's head says, from where the file was found; raises InvalidHashFileError.

        `way` has the heads of redirects that led there.
        """

    async def settle(self) -> None:
        """Return once no more is to be known; raises InvalidHashFileError."""

    async def close(self) -> None:
        """Look for nothing more."""


class Verifier:
    """Hashes one file while it is written; without a promise it does nothing.

    What is promised may become known late: then what is written already is read back.
    """

    def __init__(self, assured: Assured) -> None:
        self.assured = assured
        self._promise = UNPROMISED
        self._digests: Digests | None = None
        """None as long as nothing is promised."""
        self._target: Target | None = None
        self._writer: Writer | None = None
        self._in_passing = False
        self._whole = 0
        """Bytes of a small file that was written at once."""
        self._hashed = 0
        self._hashing: asyncio.Future[int] | None = None
        self._closed = False
        self._error: BaseException | None = None

    @property
    def promise(self) -> Promise:
        """What the file is held against, as far as that is known."""
        if self._digests is None and (promise := self.assured.promise).checksums:
            self._promise, self._digests = promise, Digests(promise.checksums)
        return self._promise

    def begin(self, target: Target, writer: Writer, *, in_passing: bool) -> None:
        """Follow what a writer writes; `in_passing` hashes on whichever thread writes, instead of reading back."""
        self._target, self._writer, self._in_passing = target, writer, in_passing
        if not in_passing:
            writer.on_written = self.follow
        elif self.promise:
            writer.pass_on = self._pass

    def take_whole(self, target: Target, buffers: Buffers) -> None:
        """Hash a small file, whose bytes are at hand; where the promise comes later, they are read back."""
        self._target, self._whole = target, sum(map(len, buffers))
        if self.promise.checksums:
            self._pass(buffers)
            self._hashed = self._whole

    def follow(self) -> None:
        """Hash what has been written since, if that is worth a job; called on the loop."""
        if self.promise and self._written - self._hashed >= STRIDE:
            self._start()

    async def finish(self) -> None:
        """Hash the rest, of a file that has come; raises the StorageError of one that cannot be read back."""
        await self.assured.settle()
        while self.promise and self._error is None and self._hashed < self._written:
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
        if self._digests is not None and self._hashed > position:
            self._digests.begin()
            self._hashed = 0

    def agree(self, *, source: Origin) -> None:
        """Raise ChecksumMismatchError, which says who sent what instead of whose word, unless it is kept."""
        if self._digests is None:
            return
        try:
            self._digests.check()
        except ChecksumMismatchError as error:
            cure = "; --verify off does not look at that" if self._promise.unasked else ""
            message = f"{source} sent another file than {_told(self._promise)}: {error.message}{cure}"
            raise ChecksumMismatchError(message, expected=error.expected, actual=error.actual) from error

    async def close(self) -> None:
        """Wait for the thread: it must not touch the file after that."""
        self._closed = True
        await self.assured.close()
        if self._hashing is not None:
            await ended(self._hashing)

    @property
    def _written(self) -> int:
        """How far the file is there, where it is not hashed in passing."""
        if self._writer is None:
            return self._whole
        return 0 if self._in_passing else self._writer.written.prefix

    def _start(self) -> None:
        if self._hashing is None and self._error is None and not self._closed:
            job = asyncio.get_running_loop().run_in_executor(None, self._hash, self._hashed, self._written)
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
        assert self._target is not None
        assert self._digests is not None
        buffer = memoryview(bytearray(min(_BLOCK, stop - start)))
        while start < stop:
            count = self._target.read(start, buffer[: stop - start])
            if count == 0:
                raise StorageError("the part file is shorter than what was written to it")
            self._digests.update(buffer[:count])
            start += count
        return start

    def _pass(self, buffers: Buffers) -> None:
        assert self._digests is not None
        for buffer in buffers:
            self._digests.update(buffer)


def _told(promise: Promise) -> str:
    """Return what was to be sent, and who says so."""
    if promise.where is None:
        return "the one asked for"
    server = ", a hash from the same server" if promise.trust is Trust.SAME_SERVER else ""
    return f"{promise.where} says{server}"


def check_whole(written: RangeSet, size: int | None, *, name: str) -> None:
    """Catch what the planner would miss: nothing gets a name of which a byte was never written."""
    size = written.size if size is None else size
    if (written.prefix, written.size) != (size, size):
        raise InternalError(f"{name}: of {size} bytes only {written.size} were written")
