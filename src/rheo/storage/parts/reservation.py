"""Room on the disk for a file that is to come."""

from __future__ import annotations

import os
from typing import Final

from rheo.domain.errors import DiskFullError
from rheo.storage.platform import free_space, in_memory
from rheo.storage.platform import reserve as reserve_blocks

STATE_ROOM: Final = 2 * 1024 * 1024
"""Bytes that must stay free beside a file: its state and live map are written until it is whole."""

_MEMORY_ROOM: Final = 8 * 1024 * 1024
"""Bytes that a file may take at once of a file system that is memory: what comes later then is taken when it comes."""


def make_room(descriptor: int, size: int | None, *, path: str, reserve: bool) -> None:
    """Give the part its size, and its bytes their room; None: nobody knows how many will come.

    Raises DiskFullError where they have none; without `reserve` nobody asks.
    """
    if size is None:
        return
    if not reserve:
        os.ftruncate(descriptor, size)
        return
    free = free_space(descriptor)
    if free is not None and size + STATE_ROOM > free:
        raise DiskFullError(f"no room for {path}: it needs {size} bytes, {free} are free; free some and run it again")
    if size > _MEMORY_ROOM and in_memory(os.path.dirname(path) or "."):
        os.ftruncate(descriptor, size)
        return
    reserve_blocks(descriptor, size)
