"""Takes out of a damaged file what of it is right, so that the one that replaces it need not fetch that.

The damaged file itself is only read: it keeps its name until the other one is whole and proven (invariant 4).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final

from rheo.domain.ranges import Range
from rheo.engine.file.incoming import IncomingFile
from rheo.engine.jobs import on_thread
from rheo.storage.digesting import read_range

_STEP: Final = 1024 * 1024
"""Bytes that are taken at a time."""


async def salvage(file: IncomingFile, ranges: Iterable[Range]) -> None:
    """Write to a file what the one that it replaces has of these ranges, as far as it is missing.

    What has become shorter meanwhile is fetched instead, and what has become wrong is found by its digest. Raises
    StorageError.
    """
    assert file.target is not None
    for start, stop in _steps(ranges):
        if file.written.covers(start, stop):
            continue
        data = await on_thread(partial(read_range, file.target, start, stop))
        if data:
            file.holding.add(len(data))  # one step at a time, whatever others hold
            file.write(start, [data])
        await file.ready()
    await file.ready()


def _steps(ranges: Iterable[Range]) -> Iterator[Range]:
    for start, stop in ranges:
        for begin in range(start, stop, _STEP):
            yield begin, min(begin + _STEP, stop)
