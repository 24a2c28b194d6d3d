"""The unfinished file, `NAME.part`: opened exclusively, written by offset, published under its name.

Whatever lies in the way and was not made by us stays as it is: a foreign `NAME.part` makes ours
`NAME.1.part`, and a file that took the final name meanwhile is renamed around, kept or replaced as was wished.

A passing file, which comes whole at once, has no name before its own, or is nothing but its part where the system has
no such files. A lasting one has a part state and a live map beside it: `docs/internals/part-state.md`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Container
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rheo.domain.errors import StorageError, TakenOverError, TargetBusyError
from rheo.domain.ranges import RangeSet
from rheo.domain.resource import Resource
from rheo.domain.settings import OnExists
from rheo.storage import platform
from rheo.storage.base import Buffers, disk_error, disk_errors
from rheo.storage.parts.names import Names, stems
from rheo.storage.parts.reservation import make_room
from rheo.storage.parts.unnamed import give_name, open_unnamed
from rheo.storage.permissions import USUAL
from rheo.storage.publishing import Choose, Naming, Numbered, moved, rename_to

if TYPE_CHECKING:
    from rheo.storage.parts.logbook import Logbook  # loaded with the first lasting file, of which most runs have none
    from rheo.storage.parts.part_state import PartState
    from rheo.storage.parts.remains import Remains


class PartFile:
    """One file on its way; for one thread at a time, but that another may write and mark beside a save."""

    def __init__(self, target: str, *, on_exists: OnExists, numbered: Numbered, mode: int = USUAL) -> None:
        """`mode` is what the part is made with."""
        self.target, self._mode = target, mode
        """The path that the file is to have."""
        self._naming = Naming(target, on_exists, numbered, first=target)
        self._logbook: Logbook | None = None
        """None for a passing file, and where nothing is ours any more."""
        self._path: str | None = None
        """Where the part is; None without one."""
        self._descriptor: int | None = None
        self._identity: os.stat_result | None = None
        """Which file a passing part is, once it was closed."""

    def open(self, *, source: str | None = None) -> None:
        """Create the part of a passing file, in place of what rheo left of its source, the URL as given.

        Parts of other sources are left alone, and all where no source is named.
        """
        try:
            self._open_passing(source)
        except OSError as error:
            raise disk_error(error, self.target) from error

    def create(self, *, url: str, source: str, resource: Resource, reserve: bool) -> None:
        """Claim the first free name for a lasting file, and make its part; `source` is the URL as given.

        `reserve` finds room for all of it beforehand. Raises TargetBusyError where a living process fetches the same
        source to the same target, and DiskFullError, which leaves nothing behind.
        """
        from rheo.storage.parts.logbook import begun, part_id  # noqa: PLC0415  (small files need none of that)

        state = begun(self._logbook, url=url, source=source, resource=resource)
        try:
            with disk_errors(self.target):
                self._claim_name(state, source)
                self._owned().write(replace(state, part=part_id(self._opened())))  # before it has a size: it is ours
                make_room(self._opened(), resource.size, path=self.target, reserve=reserve)
        except StorageError:
            self.discard()
            raise

    def adopt(self, remains: Remains) -> None:
        """Go on with what an earlier run left: of several processes that try, one succeeds.

        Raises TargetBusyError where another one was quicker, TakenOverError where that one is done already.
        """
        from rheo.storage.parts.logbook import Logbook  # noqa: PLC0415  (likewise)

        try:
            with disk_errors(remains.part):
                self._logbook = Logbook.take(remains)
                self._open_adopted(self._logbook)
                self._logbook.mark(remains.ranges)
        except StorageError:
            self.keep()
            raise

    def describe(self, *, url: str, source: str, resource: Resource, mirrored: bool) -> None:
        """Say anew what the part is of, and whether mirrors bring any of it; the next `save` writes it down."""
        self._owned().describe(url=url, source=source, resource=resource, mirrored=mirrored)

    def write(self, offset: int, buffers: Buffers) -> None:
        """Write at the offset."""
        try:
            platform.write_at(self._opened(), buffers, offset)
        except OSError as error:
            raise disk_error(error, self.target) from error

    def read(self, offset: int, buffer: memoryview) -> int:
        """Read back what was written."""
        with disk_errors(self.target):
            return platform.read_at(self._opened(), buffer, offset)

    def sync(self) -> None:
        """Have the bytes, and all that belongs to the file, on the disk; see `sync_data`."""
        self._sync(platform.sync_file)

    def sync_data(self) -> None:
        """Have the bytes on the disk, so that a state may claim them; once it failed none does any more."""
        self._sync(platform.sync_data)

    def save(self, ranges: RangeSet, *, complete: bool = False) -> None:
        """Claim the ranges, which were there before the last sync, and return once the state is safe (invariant 2)."""
        logbook = self._owned()
        with disk_errors(logbook.names.state):
            self._check_ours()
            logbook.save(self._opened(), ranges, complete=complete)

    def mark(self, ranges: RangeSet) -> None:
        """Note the ranges that were written, and that we live; raises TakenOverError where the part is not ours."""
        logbook = self._owned()
        with disk_errors(logbook.names.live):
            self._check_ours()
            logbook.mark(ranges)

    def identity(self) -> os.stat_result:
        """Return which file the part is, and how large."""
        return os.fstat(self._opened())

    def choose_name(self, among: Container[str], choose: Choose) -> str:
        """Return the name that `publish` gives the file, unless it is taken until then; none of `among`."""
        self._naming = choose(self._naming, among)
        return self._naming.first

    def publish(self, *, modified: float | None) -> Path:
        """Give the file its final name; DestinationExistsError where one came meanwhile and is to stay.

        A lasting file that was saved as complete has its name on the disk when this returns.
        """
        try:
            self._check_ours()
            platform.set_time(self._opened(), self._path, modified)
            if self._path is None:
                target = give_name(self._opened(), self._naming)
                self.close()
            elif self._logbook is None:
                self.close()
                target = rename_to(self._path, self._naming)
            else:
                target = self._publish_lasting(self._path, self._logbook)
        except OSError as error:
            raise disk_error(error, self.target) from error
        self._path = None
        return Path(target)

    def set_aside(self, source: str) -> None:
        """Keep part and state as `NAME.old.part`, and the claim for the new version, which `create` begins next."""
        from rheo.storage.parts.aside import set_old_aside  # noqa: PLC0415  (likewise)

        assert self._path is not None
        logbook = self._owned()
        with disk_errors(self._path):
            identity = self._check_ours()
            self.close()
            set_old_aside(logbook.names, self.target, source, part=self._path, state=logbook.state, identity=identity)
        self._path = None
        logbook.forget_live()

    def drop_aside(self, source: str, *, target: str | None = None) -> None:
        """Remove what `set_aside` kept of this source, also in an earlier run, and for a target that it had then."""
        from rheo.storage.parts.aside import drop_old  # noqa: PLC0415  (likewise)

        with suppress(OSError):  # what cannot be removed only takes room
            drop_old(target or self.target, source)

    def discard(self) -> None:
        """Remove part, live map and state, also of a part that was kept; what somebody else took over stays."""
        with suppress(OSError):  # what cannot be removed is left; the error that led here matters more
            places = self._places()
            if self._logbook is None or self._logbook.hold():
                self._remove(places)
        self.close()
        self._path = self._logbook = None

    def keep(self) -> None:
        """Leave a lasting part for a later run, whoever's; a passing one, of which nothing is known, is removed."""
        if self._logbook is None:
            self.discard()
            return
        self._logbook.leave(self._descriptor)
        self.close()

    def close(self) -> None:
        """Release the descriptor."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _sync(self, sync: Callable[[int], None]) -> None:
        try:
            sync(self._opened())
        except OSError as error:
            if self._logbook is not None:
                self._logbook.lose()
            raise disk_error(error, self.target) from error

    def _opened(self) -> int:
        assert self._descriptor is not None
        return self._descriptor

    def _owned(self) -> Logbook:
        assert self._logbook is not None
        return self._logbook

    def _open_passing(self, source: str | None) -> None:
        if self._logbook is not None:  # of a part that made way
            self._logbook.drop()
            self._logbook = None
        if source is not None and os.path.lexists(Names(self.target).part):
            self._discard_remains(source)
        self._descriptor = open_unnamed(os.path.dirname(self.target), mode=self._mode)
        if self._descriptor is None:
            next(names for names in stems(self.target) if self._open_part(names))

    def _open_part(self, names: Names) -> bool:
        """Create the part file; False where something has its name."""
        part = names.part
        try:
            self._descriptor = platform.open_exclusively(part, mode=self._mode)
        except FileExistsError:
            return False
        self._path = part
        return True

    def _discard_remains(self, source: str) -> None:
        from rheo.storage.parts.remains import Remains, look  # noqa: PLC0415  (likewise)

        remains = look(self.target, source, numbered=self._naming.numbered)
        if isinstance(remains, Remains) and remains.is_of(source):
            old = PartFile(self.target, on_exists=self._naming.on_exists, numbered=self._naming.numbered)
            with suppress(TargetBusyError, TakenOverError):
                old.adopt(remains)
                old.discard()

    def _claim_name(self, state: PartState, source: str) -> None:
        """Find the first name that is free for state and part, and take both."""
        from rheo.storage.parts.logbook import Logbook  # noqa: PLC0415  (likewise)

        if self._logbook is not None:
            self._logbook.write(state)
            if self._open_claimed(self._logbook):
                return
            self._logbook.drop()
        for names in stems(self.target):
            self._logbook = Logbook.make(names, state, source=source)
            if self._logbook is not None:
                if self._open_claimed(self._logbook):
                    return
                self._logbook.drop()

    def _open_claimed(self, logbook: Logbook) -> bool:
        """Create the part where we have the claim; False where something has its name. Raises TakenOverError.

        Whoever took over before the part was there does not know of it, and would leave it for somebody else's.
        """
        if not self._open_part(logbook.names):
            return False
        try:
            logbook.check()
        except TakenOverError:
            with suppress(FileNotFoundError):
                found = os.lstat(logbook.names.part)
                if self._is_ours(found) and not found.st_size:
                    os.unlink(logbook.names.part)
            raise
        return True

    def _open_adopted(self, logbook: Logbook) -> None:
        part = logbook.names.part
        try:
            self._descriptor = platform.open_to_write(part)
        except FileNotFoundError:
            raise TakenOverError(f"{part} was taken away while it was taken over; is another program at it?") from None
        found = os.fstat(self._descriptor)
        if not logbook.is_part(found):
            raise TakenOverError(f"{part} was taken away while it was taken over; is another program at it?")
        self._path = part
        size = logbook.state.resource.size
        if found.st_size < (size or 0):  # a crash came before it had its size
            make_room(self._descriptor, size, path=self.target, reserve=True)
        logbook.clean()

    def _check_ours(self) -> os.stat_result:
        """Return which file the part is; raises TakenOverError where part or state are not ours any more."""
        identity = self._identity = os.fstat(self._opened())
        try:
            ours = self._path is None or os.path.samestat(identity, os.lstat(self._path))
        except FileNotFoundError:
            ours = False
        if not ours:
            raise TakenOverError(f"{self._path} was taken away while it was written; is another program at it?")
        if self._logbook is not None:
            self._logbook.check()
        return identity

    def _publish_lasting(self, part: str, logbook: Logbook) -> str:
        """Name the file by way of a name that nobody else uses, so that it is surely our file that gets it."""
        identity = os.fstat(self._opened())
        self.close()
        done = logbook.names.done(logbook.state.token)
        with moved(part, done, identity):
            target = rename_to(done, self._naming)
        if logbook.state.complete:
            platform.sync_folder(os.path.dirname(target) or ".")
        with suppress(OSError):  # it has its name; the next run removes what is left
            logbook.drop()
        self._logbook = None
        return target

    def _places(self) -> list[str]:
        """Return where the part may be."""
        if self._path is None:
            return []
        done = [] if self._logbook is None else [self._logbook.names.done(self._logbook.state.token)]
        return [self._path, *done]

    def _remove(self, places: list[str]) -> None:
        """Remove what is ours: the part first, since a part without a state would count as somebody else's."""
        for place in places:
            with suppress(FileNotFoundError):
                if self._is_ours(os.lstat(place)):
                    os.unlink(place)
        if self._logbook is not None:
            self._logbook.drop()

    def _is_ours(self, found: os.stat_result) -> bool:
        if self._descriptor is not None:
            return os.path.samestat(os.fstat(self._descriptor), found)
        if self._logbook is not None:
            return self._logbook.is_part(found)
        return self._identity is not None and os.path.samestat(self._identity, found)
