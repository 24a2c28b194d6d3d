"""Standard output as a target: one ordered stream, with nothing to publish, sync or take back."""

from __future__ import annotations

import os
from pathlib import Path

from rheo.domain.download import STANDARD_OUTPUT
from rheo.domain.errors import StorageError
from rheo.storage.base import Buffers, disk_error


class StreamTarget:
    """Writes to a descriptor that is not ours, in order; what has left cannot come back."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._written = 0

    def write(self, offset: int, buffers: Buffers) -> None:
        """Write the stream's next bytes; StorageError where they are not the next ones."""
        if offset != self._written:
            raise StorageError("standard output has had its first bytes already, and cannot start over")
        data = memoryview(b"".join(buffers))
        try:
            while data:
                count = os.write(self._descriptor, data)
                self._written += count
                data = data[count:]
        except OSError as error:
            raise disk_error(error, STANDARD_OUTPUT) from error

    def read(self, offset: int, buffer: memoryview) -> int:
        """Raise: a stream is not read back."""
        del offset, buffer
        raise StorageError("standard output cannot be read back")

    def sync(self) -> None:
        """Do nothing: whoever reads the stream keeps the bytes."""

    def publish(self, *, modified: float | None) -> Path:
        """Return the name of standard output."""
        del modified
        return Path(STANDARD_OUTPUT)

    def discard(self) -> None:
        """Do nothing: what was written is gone."""

    def keep(self) -> None:
        """Do nothing: what was written is gone."""

    def close(self) -> None:
        """Do nothing: the stream is not ours to close."""
