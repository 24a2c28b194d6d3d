"""What an earlier run left of a file: found, checked, and set aside where it cannot be gone on with."""

from __future__ import annotations

import logging
import os
import secrets
import stat
from collections.abc import Callable, Container, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Final, NamedTuple

from rheo.domain.errors import TakenOverError, TargetBusyError
from rheo.domain.ranges import RangeSet
from rheo.storage.base import disk_error
from rheo.storage.parts.aside import set_damaged_aside
from rheo.storage.parts.blocks import agree
from rheo.storage.parts.claim import Claim, Seen, busy_error, damaged, living, perhaps_written, seen_in
from rheo.storage.parts.finding import in_use
from rheo.storage.parts.inspection import SLACK_OF_THE_DEAD, Fit, Missing, Unfit, inspect, is_part
from rheo.storage.parts.live_file import LiveFile
from rheo.storage.parts.names import Names, stems
from rheo.storage.parts.owner import this_process
from rheo.storage.parts.part_state import FileId, PartState, decode, encode, is_source
from rheo.storage.platform import boot_id, open_to_read, rename_without_clobbering
from rheo.storage.publishing import Numbered
from rheo.storage.seal import DamagedError, NewerError
from rheo.storage.sidecar import Found, UnusableError, clean, read

logger = logging.getLogger(__name__)

_MOST_NUMBERED: Final = 100
"""Names that a published file is looked for under."""


Tell = Callable[[str], object]
"""Takes a sentence for people."""


class Remains(NamedTuple):
    """A part that can be gone on with, and that nobody has."""

    names: Names
    part: str
    """Where the part file is."""
    file: FileId
    """Which file that was, when it was looked at."""
    state: PartState
    ranges: RangeSet
    """What of it may be believed."""
    heir_of: str
    """The token of the claim whose live map counts when this one is taken over."""
    seen: Seen

    def is_of(self, source: str) -> bool:
        """Whether the part is of this URL, as it was given."""
        return is_source(self.state, source)

    def heir(self) -> PartState:
        """Return the state with which this process takes the part over."""
        return replace(
            self.state,
            token=secrets.token_hex(16),
            heir_of=self.heir_of,
            generation=self.state.generation + 1,
            owner=this_process(),
            boot=boot_id(),
            aside=None,
            part=self.file,
            modified=None,
        )

    def bring_back(self) -> None:
        """Undo the first half of publishing, if the part's process died there; for the one who takes it over."""
        if self.part != self.names.part:
            with suppress(FileNotFoundError):  # another one did, and seems to have died of it
                rename_without_clobbering(self.part, self.names.part)


class Published(NamedTuple):
    """A file that was whole, verified and named, before its process could say so."""

    path: str
    state: PartState


def look(target: str, source: str, *, numbered: Numbered, tell: Tell = logger.debug) -> Remains | Published | None:
    """Return what an earlier run left for this target, best of all from this source: the URL as given.

    Remains of another source are returned where there are none of this one; the caller decides by `is_source`, or
    by size and validator. They are not taken over yet. What is damaged, or not what its state says, is set aside
    with a warning; of what is not ours, and so is left alone, `tell` is told. Raises TargetBusyError where a living
    process fetches this source to this target, StorageError where the disk fails.
    """
    other: Remains | None = None
    try:
        for names in in_use(stems(target)):
            left = _left(names, target, source, numbered, tell)
            if left is None:
                continue
            if is_source(left.state, source):
                return left
            if other is None and isinstance(left, Remains):
                other = left
    except OSError as error:
        raise disk_error(error, target) from error
    return other


def check_unwritten(names: Names, source: str | None = None) -> None:
    """Raise TargetBusyError where a living process fetches this source, or any, with these names."""
    try:
        found = read(names.state)
        state = None if found is None else decode(found.data)
    except (UnusableError, DamagedError):
        return
    if state is None or not (source is None or is_source(state, source)):
        return
    owner = living(names, state)
    if owner is not None:
        raise busy_error(names, owner, state)


def brought(target: str, parts: Container[int], *, before: int | None, numbered: Numbered) -> str | None:
    """Return where another process put the file, None where it gave it up.

    `parts` are the parts that it was seen to write; `before` is the file that had the target's name when it was at it,
    None where nothing did: it may have started over since, and a new part got its name before anybody saw it.
    """
    for path in _final_names(target, numbered):
        inode = file_at(path)
        if inode is not None and (inode in parts or (path == target and inode != before)):
            return path
    return None


def file_at(path: str) -> int | None:
    """Return which regular file has a name; None where none does."""
    with suppress(OSError):
        found = os.lstat(path)
        return found.st_ino if stat.S_ISREG(found.st_mode) else None
    return None


def _left(names: Names, target: str, source: str, numbered: Numbered, tell: Tell) -> Remains | Published | None:
    """Judge what has these names; raises TargetBusyError."""
    found = _read(names, tell)
    state = None if found is None else _decode(names, found, tell)
    if found is None or state is None:
        return None
    owner = living(names, state)
    if owner is not None:
        if is_source(state, source):
            raise busy_error(names, owner, state)
        return None
    seen = seen_in(found)
    fit = inspect(names, state, saved=found.stat.st_mtime)
    if isinstance(fit, Fit):
        heir_of = state.token if fit.live is None else fit.live.token
        return Remains(names, fit.path, fit.file, state, fit.ranges, heir_of, seen)
    if isinstance(fit, Unfit):
        _clear_unfit(names, seen, state, fit)
        return None
    path = _published(target, state, numbered, saved=found.stat.st_mtime) if fit is Missing.PART else None
    _clear(names, seen)
    return None if path is None else Published(path, state)


def _read(names: Names, tell: Tell) -> Found | None:
    try:
        found = read(names.state)
    except UnusableError as error:
        tell(f"{names.state} is left alone: {error}")
        return None
    if found is None and os.path.lexists(names.part):
        tell(f"{names.part} is left alone: no part state says what it is of")
    return found


def _decode(names: Names, found: Found, tell: Tell) -> PartState | None:
    """Return the state, None for one that nobody can read; a damaged one of ours makes way."""
    try:
        return decode(found.data)
    except NewerError as error:
        tell(f"{names.state} is left alone: {error}")
    except DamagedError as error:
        if not damaged(found):
            tell(f"{names.state} is left alone: {error}")
        elif perhaps_written(names):
            tell(f"{names.state} is damaged: {error}; left alone for now, as somebody may be writing {names.part}")
        else:
            _clear_damaged(names, found, error)
    return None


def _published(target: str, state: PartState, numbered: Numbered, *, saved: float) -> str | None:
    """Return where the whole file is, if it got its name before its state, saved at that time, went."""
    if not state.complete or state.part is None:
        return None
    return next((path for path in _final_names(target, numbered) if _is_whole(path, state, saved)), None)


def _final_names(target: str, numbered: Numbered) -> Iterator[str]:
    """Yield the names that the file may have got, as there was another file already."""
    folder, name = os.path.split(target)
    yield target
    for number in range(1, _MOST_NUMBERED):
        yield os.path.join(folder, numbered(name, number))


def _is_whole(path: str, state: PartState, saved: float) -> bool:
    """Whether it is the file that was saved as complete, and nobody wrote into it since."""
    try:
        descriptor = open_to_read(path)
    except OSError:
        return False
    try:
        found = os.fstat(descriptor)
        if state.part is None or not is_part(found, state.part) or found.st_mtime > saved + SLACK_OF_THE_DEAD:
            return False
        return found.st_size == RangeSet(state.synced).prefix and agree(descriptor, state.blocks)
    finally:
        os.close(descriptor)


def _clear_damaged(names: Names, found: Found, error: DamagedError) -> None:
    def first() -> None:
        aside = set_damaged_aside(names, names.part, found.data)
        logger.warning("%s is damaged: %s; it and its part are kept as %s", names.state, error, aside.part)

    _clear(names, seen_in(found), first)


def _clear_unfit(names: Names, seen: Seen, state: PartState, unfit: Unfit) -> None:
    def first() -> None:
        aside = set_damaged_aside(names, unfit.path, encode(replace(state, owner=None)))
        logger.warning("%s %s; it is kept as %s", unfit.path, unfit.reason, aside.part)

    _clear(names, seen, first)


def _clear(names: Names, seen: Seen, first: Callable[[], None] | None = None) -> None:
    """Free the name, as its owner; whoever is at it at the same time does the same, or has begun anew."""
    ours = PartState(token=secrets.token_hex(16), owner=this_process(), boot=boot_id())
    try:
        claim = Claim.take(names, seen, ours, first=first)
    except (TargetBusyError, TakenOverError) as error:
        logger.debug("%s", error)
        return
    clean(names.state)
    clean(names.live)
    LiveFile(names).remove()
    claim.drop()
