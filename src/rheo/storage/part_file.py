"""The unfinished file, `NAME.part`: opened exclusively, written by offset, published under its name.

Whatever lies in the way and was not made by us stays as it is: a foreign `NAME.part` makes ours
`NAME.1.part`, and a file that took the final name meanwhile is renamed around, kept or replaced as was wished.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from rheo.domain.errors import DiskFullError
from rheo.domain.settings import OnExists
from rheo.storage.base import Buffers, disk_error
from rheo.storage.owner import abandoned, write_record
from rheo.storage.platform import open_exclusively, read_at, rename_without_clobbering, sync_file, write_at

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
        self._part: str | None = None
        self._descriptor: int | None = None

    def open(self, *, size: int | None, lasting: bool) -> None:
        """Create the part file, replacing one that rheo left behind; a lasting one gets its owner's record."""
        try:
            self._part = self._create()
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
            if modified is not None:
                os.utime(self._descriptor if os.utime in os.supports_fd else self._part, (modified, modified))
            self.close()
            target = self._rename(self._part)
            if self._recorded:
                _remove(_record_of(self._part))
        except OSError as error:
            raise disk_error(error, self._target) from error
        self._part = None
        return Path(target)

    def discard(self) -> None:
        """Remove part and record."""
        self.close()
        if self._part is None:
            return
        _remove(self._part)
        _remove(_record_of(self._part))
        self._part = None

    def keep(self) -> None:
        """Leave the part, with a record that says whose it is and that nobody writes it."""
        self.close()
        if self._part is None:
            return
        with contextlib.suppress(OSError):  # without its record the part is only left alone
            write_record(_record_of(self._part), owned=False)
        self._part = None

    def close(self) -> None:
        """Release the descriptor."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _create(self) -> str:
        """Open the first part name that is free, or that an earlier run of ours gave up."""
        for number in itertools.count():
            part = f"{self._target}{PART}" if number == 0 else f"{self._target}.{number}{PART}"
            if self._open_exclusively(part):
                return part
            if abandoned(_record_of(part)):
                _remove(part)
                _remove(_record_of(part))
                if self._open_exclusively(part):
                    return part
        raise AssertionError  # there is always a next number

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
