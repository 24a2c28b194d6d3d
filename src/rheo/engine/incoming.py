"""The file that an answer brings: named, written, hashed, synced and published, or given up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from os.path import basename, dirname
from pathlib import Path
from typing import Final

from rheo.domain.checksum import Digests
from rheo.domain.download import STANDARD_OUTPUT, DownloadRequest
from rheo.domain.errors import ChecksumMismatchError
from rheo.domain.settings import Sync
from rheo.engine.content import check_coding
from rheo.engine.destination import chosen_path
from rheo.engine.filename import numbered
from rheo.engine.jobs import ended
from rheo.engine.surroundings import Surroundings
from rheo.engine.verifier import Verifier
from rheo.engine.writer import Writer
from rheo.storage.base import Target
from rheo.storage.part_file import PartFile
from rheo.storage.platform import sync_folder
from rheo.transport.base import Head
from rheo.transport.headers import parse_http_date

SMALL: Final = 1024 * 1024
"""Bytes up to which a file is opened, written and hashed without a thread, and named together with others."""


class IncomingFile:
    """One file on its way from the first body byte to its name.

    A small file that comes in one gathering is written at once, when it is whole. Any other gets a writer, and a
    verifier that follows it.
    """

    def __init__(self, request: DownloadRequest, around: Surroundings, *, path: str | None, length: int | None) -> None:
        """`path` None is standard output; `length` None is a size that nobody knows."""
        self.on_failure: Callable[[BaseException], None] | None = None
        """Is told on the loop of a write that failed on a thread."""
        self._around = around
        self._path = path
        self._length = length
        self._target: Target
        if path is None:
            self._target = around.standard_output
        else:
            self._target = PartFile(path, on_exists=request.on_exists, numbered=numbered)
        self._digests = Digests(request.checksums)
        self._writer: Writer | None = None
        self._verifier: Verifier | None = None
        self._size = 0
        if path is not None and length is not None and length > SMALL:
            self._writing().open_on_thread()

    @property
    def waits(self) -> bool:
        """Whether writing, hashing or publishing the rest will take a while."""
        if self._writer is not None or self._path is None or self._around.settings.sync is Sync.FULL:
            return True
        return not self._around.small_files.needs_no_sync(dirname(self._path))

    def has_room(self, tell: Callable[[], None]) -> bool:
        """Whether more may be written now; where not, `tell` is called once when it may."""
        writer = self._writing()
        if writer.full:
            writer.on_room = tell
        return not writer.full

    def write(self, offset: int, chunks: list[bytes]) -> None:
        """Write a gathering of a file that has not come whole yet, or is large; raises StorageError."""
        size = sum(map(len, chunks))
        writer = self._writing()
        writer.open(lasting=True)
        writer.write(offset, chunks, size)
        self._size += size

    async def finish(self, offset: int, chunks: list[bytes], *, source: str) -> None:
        """Write the last gathering, and return once all is written and has the wanted digests.

        Raises ChecksumMismatchError, in which `source` names the server.
        """
        self.on_failure = None  # the exchange is over; what fails from here on is raised here
        try:
            if self._writer is None and self._path is not None:
                self._write_whole(chunks)
            elif chunks:
                self.write(offset, chunks)
            if self._writer is not None and self._verifier is not None:
                await self._writer.finish()
                await self._verifier.finish()
            self._digests.check()
        except ChecksumMismatchError as error:
            message = f"{source} sent another file than the one asked for: {error.message}"
            raise ChecksumMismatchError(message, expected=error.expected, actual=error.actual) from error

    async def publish(self, head: Head) -> Path:
        """Return the final path, once the file is synced as the settings say and has its name."""
        modified = self._modified(head)
        sync = self._around.settings.sync
        await self.release()
        if self._path is not None and self._size <= SMALL and sync is not Sync.FULL:
            return await self._around.small_files.publish(self._target, dirname(self._path), modified=modified)
        loop = asyncio.get_running_loop()
        job = loop.run_in_executor(None, partial(self._publish_alone, modified, synced=sync is not Sync.OFF))
        await ended(job)
        return job.result()

    async def release(self) -> None:
        """Wait for the threads that may still touch the file, and let them go."""
        if self._verifier is not None:
            await self._verifier.close()
        if self._writer is not None:
            await self._writer.close()
        self.on_failure = None

    def give_up(self, *, keep: bool) -> None:
        """Leave the part for a later run, or remove it."""
        if keep:
            self._target.keep()
        else:
            self._target.discard()

    def _writing(self) -> Writer:
        """Return the writer, made when it is first needed."""
        if self._writer is not None:
            return self._writer
        streamed = self._path is None
        writer = Writer(self._target, clock=self._around.clock, size=self._length, streamed=streamed)
        self._verifier = Verifier(self._digests, self._target, writer, in_passing=streamed)
        writer.on_written = self._verifier.follow
        writer.on_failure = self._fail
        self._writer = writer
        return writer

    def _fail(self, error: BaseException) -> None:
        if self.on_failure is not None:
            self.on_failure(error)

    def _write_whole(self, chunks: list[bytes]) -> None:
        self._target.open(size=self._length, lasting=False)
        if chunks:
            self._target.write(0, chunks)
        self._size = sum(map(len, chunks))
        if self._digests:
            for chunk in chunks:
                self._digests.update(chunk)

    def _publish_alone(self, modified: float | None, *, synced: bool) -> Path:
        if synced:
            self._target.sync()
        path = self._target.publish(modified=modified)
        if synced and self._path is not None:
            sync_folder(str(path.parent))
        return path

    def _modified(self, head: Head) -> float | None:
        text = head.fields.get("last-modified") if self._around.settings.mtime else None
        date = None if text is None else parse_http_date(text)
        return None if date is None else date.timestamp()


def path_for(request: DownloadRequest, head: Head) -> str | None:
    """Return where the file is to go, None for standard output; raises CodedBodyError for a body that is not it."""
    path = None if request.output == STANDARD_OUTPUT else chosen_path(request, head)
    check_coding(head, STANDARD_OUTPUT if path is None else basename(path))
    return path
