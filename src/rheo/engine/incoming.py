"""The file that an answer brings: named, written, hashed, synced and published, or given up."""

from __future__ import annotations

import asyncio
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
from rheo.storage.stream import StreamTarget
from rheo.transport.base import Head
from rheo.transport.headers import parse_http_date

SMALL: Final = 1024 * 1024
"""Bytes up to which a file is opened, written and hashed without a thread, and named together with others."""


class IncomingFile:
    """One file on its way from the first body byte to its name."""

    def __init__(self, request: DownloadRequest, around: Surroundings, *, path: str | None, length: int | None) -> None:
        """`path` None is standard output; `length` None is a size that nobody knows."""
        target: Target
        if path is None:
            target = StreamTarget(around.standard_output)
        else:
            target = PartFile(path, on_exists=request.on_exists, numbered=numbered)
        self._path = path
        self._around = around
        self._target = target
        self.writer = Writer(target, clock=around.clock, size=length, threaded=path is None)
        small = length is not None and length <= SMALL
        self._verifier = Verifier(Digests(request.checksums), target, self.writer, in_passing=small or path is None)
        self.writer.on_written = self._verifier.follow
        if path is not None and length is not None and not small:
            self.writer.open_on_thread()

    async def check(self, source: str) -> None:
        """Return once every byte is written and has the wanted digests; `source` names the server in the error."""
        await self.writer.finish()
        try:
            await self._verifier.finish()
        except ChecksumMismatchError as error:
            message = f"{source} sent another file than the one asked for: {error.message}"
            raise ChecksumMismatchError(message, expected=error.expected, actual=error.actual) from error

    async def publish(self, head: Head) -> Path:
        """Return the final path, once the file is synced as the settings say and has its name."""
        modified = self._modified(head)
        sync = self._around.settings.sync
        if self._path is not None and self.writer.written <= SMALL and sync is not Sync.FULL:
            path = await self._around.small_files.publish(self._target, dirname(self._path), modified=modified)
            await self.release()
            return path
        await self.release()
        loop = asyncio.get_running_loop()
        job = loop.run_in_executor(None, partial(self._publish_alone, modified, synced=sync is not Sync.OFF))
        await ended(job)
        return job.result()

    async def release(self) -> None:
        """Wait for the threads that may still touch the file, and let them go."""
        await self._verifier.close()
        await self.writer.close()

    def give_up(self, *, keep: bool) -> None:
        """Leave the part for a later run, or remove it."""
        if keep:
            self._target.keep()
        else:
            self._target.discard()

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
