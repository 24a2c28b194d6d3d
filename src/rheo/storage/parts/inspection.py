"""Whether the part that an earlier run left is the one that its state describes, and what of it may be believed."""

from __future__ import annotations

import os
import stat
from enum import Enum
from typing import Final, NamedTuple

from rheo.domain.ranges import RangeSet
from rheo.storage.parts.blocks import agree
from rheo.storage.parts.names import Names
from rheo.storage.parts.part_state import FileId, LiveMap, PartState, decode_live
from rheo.storage.platform import boot_id, open_to_read
from rheo.storage.seal import DamagedError
from rheo.storage.sidecar import UnusableError, read

SLACK: Final = 2.0
"""Seconds that a part may be younger than the state of an owner that left without writing down the part's time."""
SLACK_OF_THE_DEAD: Final = 10.0
"""Likewise, when it was killed: then it could write for a while yet, and a busy machine delays a heartbeat."""

_COARSEST: Final = 2_000_000_000
"""Nanoseconds that a file's time may lose when its file system is mounted anew: FAT stores every other second."""


class Missing(Enum):
    """Why there is nothing to go on with, and nothing to set aside."""

    PART = "the part is not there"
    FOREIGN = "what is there was not made by us"


class Unfit(NamedTuple):
    """A part that cannot be gone on with; a sentence's end says why."""

    path: str
    reason: str


class Fit(NamedTuple):
    """A part that can be gone on with."""

    path: str
    file: FileId
    """Which file was looked at; what has its name later may be another one."""
    ranges: RangeSet
    live: LiveMap | None
    """The live map, if it was believed."""


def inspect(names: Names, state: PartState, *, saved: float) -> Fit | Unfit | Missing:
    """Compare the part with its state, which was saved at that time by the clock of the file system."""
    path = part_of(names, state)
    if path is None:
        return Missing.PART
    try:
        descriptor = open_to_read(path)
    except FileNotFoundError:
        return Missing.PART
    except OSError as error:
        return Unfit(path, f"cannot be read: {error.strerror}")
    try:
        return _inspect(descriptor, path, names, state, saved)
    except OSError as error:
        return Unfit(path, f"cannot be read: {error.strerror}")
    finally:
        os.close(descriptor)


def part_of(names: Names, state: PartState) -> str | None:
    """Return where the part is: on its way to its final name, or in its place; None if no file is there."""
    for path in (names.done(state.token), names.part):
        try:
            if stat.S_ISREG(os.lstat(path).st_mode):
                return path
        except FileNotFoundError:
            continue
    return None


def is_part(found: os.stat_result, part: FileId) -> bool:
    """Whether it is that file; a file system that is mounted anew may have got another number."""
    return found.st_ino == part.inode


def _inspect(descriptor: int, path: str, names: Names, state: PartState, saved: float) -> Fit | Unfit | Missing:
    found = os.fstat(descriptor)
    file = FileId(device=found.st_dev, inode=found.st_ino)
    if state.part is None:  # a crash while the part was made, or while the name was freed, for which there is no source
        return Missing.FOREIGN if found.st_size or not state.source else Fit(path, file, RangeSet(), None)
    if not is_part(found, state.part):
        return Unfit(path, "is another file than the one that was being written")
    live, last = _live_map(names, state, file)
    reason = _misfit(found.st_size, state, live) or _edited(found, state, saved=saved, last=last)
    if reason is not None:
        return Unfit(path, reason)
    if not agree(descriptor, state.blocks):
        return Unfit(path, "holds other bytes than those that were written")
    ranges = RangeSet(state.synced)
    end = found.st_size if state.resource.size is None else state.resource.size
    if live is None or (live.written and live.written[-1][1] > end):
        return Fit(path, file, ranges, None)
    for start, stop in live.written:
        ranges.add(start, stop)
    return Fit(path, file, ranges, live)


def _misfit(size: int, state: PartState, live: LiveMap | None) -> str | None:
    """Return what is wrong with the part's size; of which a crash may have kept it, until there is something in it."""
    end = state.synced[-1][1] if state.synced else 0
    whole = state.resource.size
    begun = bool(state.synced or (live and live.written))
    if size < (end if whole is None or not begun else whole):
        return f"is shorter than it was: {size} bytes"
    if whole is not None and size > whole:
        return f"is longer than it was: {size} bytes"
    return None


def _edited(found: os.stat_result, state: PartState, *, saved: float, last: float | None) -> str | None:
    """Return what is wrong with the part's time, where somebody was there to the last to tell."""
    if state.complete or (state.owner is not None and last is None):
        return None  # it has the server's time already; or no heartbeat survived, and it wrote long after it saved
    if state.owner is None and state.modified is not None:
        untouched = state.modified - _COARSEST < found.st_mtime_ns <= state.modified
        return None if untouched else "was changed after we left it"
    slack = SLACK if state.owner is None else SLACK_OF_THE_DEAD
    return "was changed after we left it" if found.st_mtime > max(saved, last or 0) + slack else None


def _live_map(names: Names, state: PartState, file: FileId) -> tuple[LiveMap | None, float | None]:
    """Return the live map and its time, if it is of this file, this claim and this start of the machine."""
    try:
        found = read(names.live)
        live = None if found is None else decode_live(found.data)
    except (UnusableError, DamagedError):
        return None, None
    if found is None or live is None or live.part != file or live.token not in {state.token, state.heir_of}:
        return None, None
    if live.boot is None or live.boot != boot_id():
        return None, None
    return live, found.stat.st_mtime
