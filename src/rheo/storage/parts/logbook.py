"""What the owner of a part writes down beside it: the part state, which is durable, and the quick live map."""

from __future__ import annotations

import errno
import logging
import os
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Self

from rheo.domain.errors import StorageError, TakenOverError
from rheo.domain.ranges import RangeSet
from rheo.domain.resource import Resource
from rheo.storage.parts.blocks import digests
from rheo.storage.parts.claim import Claim, seen_in
from rheo.storage.parts.inspection import is_part
from rheo.storage.parts.live_file import LiveFile
from rheo.storage.parts.names import Names
from rheo.storage.parts.owner import this_process
from rheo.storage.parts.part_state import FileId, LiveMap, PartState, source_of
from rheo.storage.parts.remains import Remains, check_unwritten
from rheo.storage.parts.sums import Sums
from rheo.storage.platform import boot_id, open_exclusively
from rheo.storage.sidecar import PRIVATE, UnusableError, clean, read, remove

logger = logging.getLogger(__name__)


class Logbook:
    """State and live map of a part that is ours; its calls raise OSError and TakenOverError."""

    def __init__(self, claim: Claim) -> None:
        self.names = claim.names
        self._claim = claim
        self._live = LiveFile(claim.names)
        self._sums = _sums_of(claim.state)
        self._marked: RangeSet | None = None
        self._left = False
        self._described: Callable[[PartState], PartState] | None = None
        """What `describe` wants to be said; apart from the state, which a thread may just be writing."""
        self._lost = False
        """Whether a sync failed."""
        self._marking = threading.Lock()

    @classmethod
    def make(cls, names: Names, state: PartState, *, source: str) -> Self | None:
        """Claim a name; None where it is taken. Raises TargetBusyError where a living process has it for the source."""
        try:
            return cls(Claim.make(names, state))
        except FileExistsError:
            check_unwritten(names, source)
            return None

    @classmethod
    def take(cls, remains: Remains) -> Self:
        """Claim what an earlier run left; raises TakenOverError or TargetBusyError where another one was quicker."""
        return cls(Claim.take(remains.names, remains.seen, remains.heir(), first=remains.bring_back))

    @property
    def state(self) -> PartState:
        """What was written last."""
        return self._claim.state

    def describe(self, *, url: str, source: str, resource: Resource, mirrored: bool) -> None:
        """Have the next state say this; until then the live map claims nothing new."""
        salted = source_of(source, salt=secrets.token_hex(8))
        self._described = partial(replace, url=url, source=salted, resource=resource, mirrored=mirrored)

    def write(self, state: PartState) -> None:
        """Replace the state by one that claims no more than the last one."""
        self._described = None
        self._claim.write(state, folder=False)
        self._sums = _sums_of(state)

    def save(self, descriptor: int, ranges: RangeSet, *, complete: bool) -> None:
        """Claim ranges that are synced (invariant 2); never again after a sync that failed."""
        if self._lost:
            raise OSError(errno.EIO, "what was written before a sync that failed is not claimed")
        described = self._described
        blocks = digests(descriptor, ranges, known=self.state.blocks)
        sums = () if complete else self._sums.update(descriptor, ranges)
        state = replace(self.state, synced=tuple(ranges), blocks=blocks, sums=sums, complete=complete)
        self._claim.write(state if described is None else described(state), folder=True)
        if self._described is described:  # nothing else was said meanwhile
            self._described = None

    def mark(self, ranges: RangeSet) -> None:
        """Note ranges that were written, and that we live; never again after a sync that failed."""
        state = self.state
        assert state.part is not None
        with self._marking:
            if self._lost:
                return
            if self._described is None:
                self._marked = ranges.copy()
            elif self._marked is None:
                self._marked = RangeSet()  # the state must first say what the part is of
            self._live.write(LiveMap(token=state.token, boot=state.boot, part=state.part, written=tuple(self._marked)))
            if not self._claim.holds():  # it was taken over meanwhile, perhaps finished and gone
                self._live.withdraw(state.token)

    def forget_live(self) -> None:
        """Have only the state believed from now on, if the part is still ours."""
        self._marked = None
        if self._claim.holds():
            self._live.remove()

    def lose(self) -> None:
        """Have nothing believed any more that was not claimed before: a sync failed."""
        with self._marking:  # a map that is being written meanwhile would come back
            self._lost = True
            self.forget_live()

    def check(self) -> None:
        """Raise TakenOverError where the part is somebody else's by now."""
        self._claim.check()

    def is_part(self, found: os.stat_result) -> bool:
        """Whether that is the part."""
        return self.state.part is not None and is_part(found, self.state.part)

    def leave(self, descriptor: int | None) -> None:
        """Say that nobody writes the part any more; the live map goes where the state says all that it says.

        Without the part's descriptor its time is not written down.
        """
        self._left = True
        try:
            modified = None if descriptor is None else os.fstat(descriptor).st_mtime_ns
            self._claim.write(self._as_described(replace(self.state, owner=None, modified=modified)), folder=False)
            if self._marked is not None and _claims(self.state, self._marked):
                self._live.remove()
        except TakenOverError as error:
            logger.debug("%s", error)
        except (OSError, StorageError) as error:
            logger.debug("%s cannot say that its owner left: %s", self.names.state, error)
            self._leave_a_sign()

    def clean(self) -> None:
        """Remove what a crash of an earlier owner may have left."""
        clean(self.names.state)
        clean(self.names.live)
        if self.state.heir_of is not None:
            remove(self.names.right(self.state.heir_of))
            remove(self.names.left(self.state.heir_of))

    def hold(self) -> bool:
        """Return whether the part is ours, having taken it back if we had left it."""
        try:
            if self._left:
                self._take_back()
        except (StorageError, UnusableError):
            return False
        return self._claim.holds()

    def drop(self) -> None:
        """Remove live map and state, if they are still ours."""
        if self._claim.holds():
            with suppress(StorageError):
                self._live.remove()
            self._claim.drop()

    def _as_described(self, state: PartState) -> PartState:
        return state if self._described is None else self._described(state)

    def _take_back(self) -> None:
        found = read(self.names.state)
        if found is None or (seen := seen_in(found)).token != self.state.token:
            raise TakenOverError(f"{self.names.part} was taken over by another process")
        ours = replace(self.state, token=secrets.token_hex(16), owner=this_process())
        self._claim = Claim.take(self.names, seen, ours)
        self._left = False

    def _leave_a_sign(self) -> None:
        """Say that we left by a name alone, which a full disk may still have room for."""
        with suppress(OSError):
            os.close(open_exclusively(self.names.left(self.state.token), mode=PRIVATE))


def begun(before: Logbook | None, *, url: str, source: str, resource: Resource) -> PartState:
    """Return the state of a part that this process begins; `before` is that of a part that made way, None for none."""
    return PartState(
        token=secrets.token_hex(16) if before is None else before.state.token,
        owner=this_process(),
        boot=boot_id(),
        url=url,
        source=source_of(source, salt=secrets.token_hex(8)),
        resource=resource,
    )


def part_id(descriptor: int) -> FileId:
    """Return which file is open."""
    found = os.fstat(descriptor)
    return FileId(device=found.st_dev, inode=found.st_ino)


def _sums_of(state: PartState) -> Sums:
    return Sums(state.sums, there=state.synced, size=state.resource.size)


def _claims(state: PartState, ranges: RangeSet) -> bool:
    """Whether the state says of all these bytes that they are there."""
    synced = RangeSet(state.synced)
    return all(synced.covers(start, stop) for start, stop in ranges)
