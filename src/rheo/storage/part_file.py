"""The unfinished file, `NAME.part`: opened exclusively, written by offset, published under its name.

Whatever lies in the way and was not made by us stays as it is: a foreign `NAME.part` makes ours
`NAME.1.part`, and a file that took the final name meanwhile is renamed around, kept or replaced as was wished.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from rheo.domain.errors import DiskFullError, StorageError
from rheo.domain.settings import OnExists
from rheo.storage.base import Buffers, disk_error
from rheo.storage.owner import abandoned, write_record
from rheo.storage.platform import open_exclusively, read_at, rename_without_clobbering, sync_file, write_at

logger = logging.getLogger(__name__)

PART: Final = ".part"
RECORD: Final = ".part.json"

Numbered = Callable[[str, int], str]
"""How a name is changed for the nth try: `a.iso`, 1 → `a.1.iso`."""


class PartFile:
    """One file on its way; used by one thread at a time."""

    def __init__(self, target: str, *, on_exists: OnExists, numbered: Numbered) -> None:
        self._target = target
        self._on_exists = on_exists
        self._numbered = numbered
        self._recorded = False
        self._identity: os.stat_result | None = None
        """Which file the part is, once it was closed."""
        self._part: str | None = None
        self._descriptor: int | None = None

    def open(self, *, size: int | None, lasting: bool) -> None:
        """Create the part file, replacing one that rheo left behind; a lasting one gets its owner's record."""
        try:
            self._part = self._create(lasting=lasting)
            if lasting:
                write_record(_record_of(self._part), owned=True)
                self._recorded = True
                self._check_room(size or 0)
        except OSError as error:
            raise disk_error(error, self._target) from error

    def write(self, offset: int, buffers: Buffers) -> None:
        """Write at the offset."""
        assert self._descriptor is not None
        try:
            write_at(self._descriptor, buffers, offset)
        except OSError as error:
            raise disk_error(error, self._target) from error

    def read(self, offset: int, buffer: memoryview) -> int:
        """Read back what was written."""
        assert self._descriptor is not None
        try:
            return read_at(self._descriptor, buffer, offset)
        except OSError as error:
            raise disk_error(error, self._target) from error

    def sync(self) -> None:
        """Have the bytes on the disk."""
        assert self._descriptor is not None
        try:
            sync_file(self._descriptor)
        except OSError as error:
            raise disk_error(error, self._target) from error

    def publish(self, *, modified: float | None) -> Path:
        """Give the file its final name; DestinationExistsError where one came meanwhile and is to stay."""
        assert self._part is not None
        assert self._descriptor is not None
        try:
            self._identity = os.fstat(self._descriptor)
            self._check_ours(self._part, self._identity)
            if modified is not None:
                self._set_time(self._part, self._descriptor, modified)
            self.close()
            target = self._rename(self._part)
            if self._recorded:
                _remove(_record_of(self._part))
        except OSError as error:
            raise disk_error(error, self._target) from error
        self._part = None
        return Path(target)

    def discard(self) -> None:
        """Remove part and record, also of a part that was kept; what somebody else took over stays."""
        if self._part is None:
            return
        with contextlib.suppress(OSError):  # what cannot be removed is left; the error that led here matters more
            identity = os.fstat(self._descriptor) if self._descriptor is not None else self._identity
            if identity is not None and os.path.samestat(identity, os.lstat(self._part)):
                _remove(self._part)
                if self._recorded:
                    _remove(_record_of(self._part))
        self.close()
        self._part = None

    def keep(self) -> None:
        """Leave the part, with a record that says whose it is and that nobody writes it."""
        if self._part is None or self._descriptor is None:
            return
        record = _record_of(self._part)
        with contextlib.suppress(OSError):  # without its record the part is only left alone
            self._identity = os.fstat(self._descriptor)
            if self._recorded or not os.path.lexists(record):
                write_record(record, owned=False)
                self._recorded = True
        self.close()

    def close(self) -> None:
        """Release the descriptor."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _create(self, *, lasting: bool) -> str:
        """Open the first part name that is free, or that an earlier run of ours gave up."""
        for number in itertools.count():
            part = f"{self._target}{PART}" if number == 0 else f"{self._target}.{number}{PART}"
            record = _record_of(part)
            if lasting and os.path.lexists(record) and not abandoned(record):
                continue
            if self._open_exclusively(part):
                return part
            if abandoned(record):
                _remove(part)
                _remove(record)
                if self._open_exclusively(part):
                    return part
        raise AssertionError  # there is always a next number

    @staticmethod
    def _check_ours(part: str, opened: os.stat_result) -> None:
        """Raise StorageError where the part's name means another file by now: somebody took it over."""
        try:
            if os.path.samestat(opened, os.lstat(part)):
                return
        except FileNotFoundError:
            pass
        raise StorageError(f"{part} was taken away while it was written; is another program at it?")

    @staticmethod
    def _set_time(part: str, descriptor: int, modified: float) -> None:
        try:
            os.utime(descriptor if os.utime in os.supports_fd else part, (modified, modified))
        except OSError as error:
            logger.debug("%s keeps its own time: %s", part, error)

    def _open_exclusively(self, part: str) -> bool:
        try:
            self._descriptor = open_exclusively(part)
        except FileExistsError:
            return False
        return True

    def _check_room(self, size: int) -> None:
        if not hasattr(os, "fstatvfs"):
            return
        assert self._descriptor is not None
        room = os.fstatvfs(self._descriptor)
        free = room.f_bavail * room.f_frsize
        if size > free > 0:
            raise DiskFullError(f"no room for {self._target}: it needs {size} bytes, {free} are free")

    def _rename(self, part: str) -> str:
        target = self._target
        if self._on_exists is OnExists.OVERWRITE:
            os.replace(part, target)
            return target
        folder, name = os.path.split(target)
        for number in itertools.count(1):
            try:
                rename_without_clobbering(part, target)
            except FileExistsError:
                if self._on_exists is not OnExists.RENAME:
                    raise
                target = os.path.join(folder, self._numbered(name, number))
            else:
                break
        return target


def _record_of(part: str) -> str:
    return part.removesuffix(PART) + RECORD


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
