"""Syncs small finished files many at a time, has them remembered, then gives them their names.

One sync waits for the disk as long as sixteen side by side, one of a whole file system may be cheaper still, and one
folder sync serves all names of a group. A file whose sync failed does not get its name; the others are not touched by
that.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Final, NamedTuple

from rheo.domain.errors import RheoError, StorageError
from rheo.storage.announcing import Announcement, announce
from rheo.storage.base import Target, disk_error
from rheo.storage.file_system import FileSystem
from rheo.storage.platform import in_memory, sync_folder

GROUP_SIZE: Final = 200
GROUP_DELAY: Final = 0.1
"""Seconds that a file may wait for its group to fill."""
THREADS: Final = 16
MOST_FOLDERS: Final = 1000
"""Folders of which is remembered whether they need syncing: a list may have one for each of a million files."""
MOST_FILE_SYSTEMS: Final = 100
"""File systems that are known; on any further one files are synced each by itself."""
FILES_OF_OTHERS: Final = 64
"""Files that the process may have open besides these and what they take turns with: sockets, for the most part."""
LEAST_OPEN: Final = 16
"""Finished files that may be open, however few the system allows."""
_LEAST_SHARE: Final = 4
"""Files that are worth a thread."""


class _Folder(NamedTuple):
    path: str
    unsynced: bool
    """Whether files in it need no syncing."""
    file_system: FileSystem | None = None
    """Where they may be synced together; None where each is by itself."""

    def mounted(self) -> FileSystem | None:
        """Return the file system, if it is there still: another one may have been mounted since."""
        found = self.file_system
        return found if found is not None and found.has(self.path) else None


@dataclass(slots=True, eq=False)
class _Member:
    target: Target
    folder: _Folder
    modified: float | None
    announcement: Announcement | None
    published: asyncio.Future[Path]
    outcome: Path | RheoError | None = None


class SyncGroup:
    """Gathers finished files on the loop; syncs and names them on threads of its own."""

    def __init__(self, *, synced: bool, open_files: Callable[[], int], now: Callable[[], float]) -> None:
        """Take whether to sync; without, files are only named.

        `open_files` returns how many the process may have; it is asked once, when the first file has come. `now`
        returns monotonic time.
        """
        self._synced = synced
        self._now = now
        self._open_files = open_files
        self._open = 0
        """Files that wait for their names; each is open, as it has none."""
        self._closed = asyncio.Event()
        """Set where some got theirs."""
        self._waiting: list[_Member] = []
        self._timer: asyncio.TimerHandle | None = None
        self._expected = 0
        self._folders: dict[str, _Folder] = {}
        self._file_systems: dict[int, FileSystem | None] = {}
        """By the number of the device; None, for good, where files may have been opened before errors counted."""
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="rheo sync")
        self._leader = ThreadPoolExecutor(1, thread_name_prefix="rheo publish")

    async def prepare(self, folder: str) -> None:
        """Return once a file may be opened in a folder: errors of its disk count from now on."""
        while self._full:
            self._closed.clear()
            await self._closed.wait()
        if folder not in self._folders:
            self._look(folder)

    @cached_property
    def _most_open(self) -> int:
        return max(LEAST_OPEN, (self._open_files() - FILES_OF_OTHERS) // 2)

    @cached_property
    def _most_waiting(self) -> int:
        """How many are a group: while it is committed, the next one gathers."""
        return min(GROUP_SIZE, self._most_open // 2)

    @property
    def _full(self) -> bool:
        """Whether as many files are open as may be: the disk is slower than the network."""
        return self._open >= self._most_open

    async def publish(
        self, target: Target, folder: str, *, modified: float | None, announcement: Announcement | None = None
    ) -> Path:
        """Return where the file is, once it is safe there; raises the RheoError that kept it from its name.

        Its folder was told to `prepare` before it was opened. What is announced is remembered first.
        Being cancelled takes the file out of its group, unless the group is being committed: done is done.
        """
        place = self._look(folder)
        if announcement is None and place.unsynced:
            return target.publish(modified=modified)
        loop = asyncio.get_running_loop()
        member = _Member(target, place, modified, announcement, loop.create_future())
        self._waiting.append(member)
        self._open += 1
        if len(self._waiting) >= self._most_waiting or not self._expected:
            self._begin()
        elif self._timer is None:
            self._timer = loop.call_later(GROUP_DELAY, self._begin)
        while True:
            try:
                return await member.published
            except asyncio.CancelledError:
                if member in self._waiting:
                    self._waiting.remove(member)
                    self._close(1)
                    raise
                if member.published.cancelled():  # with us, though it is being committed
                    member.published = loop.create_future()

    def expect(self, count: int) -> None:
        """Take how many more files may come soon; where none is, nobody waits for company."""
        self._expected = count
        if not count:
            self._begin()

    def needs_no_sync(self, folder: str) -> bool:
        """Whether files in this folder are named at once, unless they are to be announced."""
        return self._look(folder).unsynced

    def close(self) -> None:
        """Let the threads go; whoever still waits is not told any more."""
        self._leader.shutdown(wait=True)
        self._pool.shutdown(wait=True)
        for file_system in self._file_systems.values():
            if file_system is not None:
                file_system.close()

    def _look(self, folder: str) -> _Folder:
        """Return what is known of a folder; for the loop's thread."""
        known = self._folders.get(folder)
        if known is None:
            if len(self._folders) >= MOST_FOLDERS:
                self._folders.clear()
            known = self._folders[folder] = self._found(folder)
        return known

    def _found(self, folder: str) -> _Folder:
        if not self._synced:
            return _Folder(folder, unsynced=True)
        try:
            device = os.stat(folder).st_dev
        except OSError:  # whoever opens a file there is told
            return _Folder(folder, unsynced=False)
        if device in self._file_systems:  # one is held open, so that the number stays its own
            return _Folder(folder, unsynced=False, file_system=self._file_systems[device])
        if in_memory(folder):
            return _Folder(folder, unsynced=True)
        if len(self._file_systems) >= MOST_FILE_SYSTEMS:
            return _Folder(folder, unsynced=False)
        found = self._file_systems[device] = FileSystem.of(folder)
        return _Folder(folder, unsynced=False, file_system=found)

    def _begin(self) -> None:
        """Commit the files that wait now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._waiting:
            return
        group, self._waiting = self._waiting, []
        loop = asyncio.get_running_loop()
        loop.run_in_executor(self._leader, self._commit, group).add_done_callback(partial(self._tell, group))

    def _tell(self, group: Sequence[_Member], committed: asyncio.Future[None]) -> None:
        self._close(len(group))
        _tell(group, committed)

    def _close(self, count: int) -> None:
        """Take note that so many files are open no more."""
        self._open -= count
        self._closed.set()

    def _commit(self, group: list[_Member]) -> None:
        synced = [member for member in group if not member.folder.unsynced]
        self._sync(synced)
        _announce(group)
        for member in synced:
            if member.outcome is None:
                _publish(member)
        _sync_folders(synced)

    def _sync(self, members: Sequence[_Member]) -> None:
        found = {folder: folder.mounted() for folder in {member.folder for member in members}}
        together: dict[FileSystem | None, list[_Member]] = {}
        for member in members:
            together.setdefault(found[member.folder], []).append(member)
        for file_system, those in together.items():
            if file_system is None:
                self._sync_one_by_one(those)
            else:
                file_system.sync(len(those), partial(self._sync_one_by_one, those), now=self._now)

    def _sync_one_by_one(self, members: Sequence[_Member]) -> None:
        """Sync each by itself, many side by side."""
        share = max(_LEAST_SHARE, -(-len(members) // THREADS))
        shares = [members[start : start + share] for start in range(0, len(members), share)]
        list(self._pool.map(_sync, shares)) if len(shares) > 1 else _sync(members)


def _sync(members: Sequence[_Member]) -> None:
    for member in members:
        try:
            member.target.sync()
        except StorageError as error:
            member.outcome = error


def _announce(members: Sequence[_Member]) -> None:
    announced = [member for member in members if member.announcement is not None and member.outcome is None]
    try:
        announce([member.announcement for member in announced if member.announcement is not None])
    except RheoError as error:  # of the disk, or a ledger that is closed
        for member in announced:
            member.outcome = error


def _publish(member: _Member) -> None:
    try:
        member.outcome = member.target.publish(modified=member.modified)
    except StorageError as error:
        member.outcome = error


def _sync_folders(members: Sequence[_Member]) -> None:
    for folder in {member.folder.path for member in members}:
        try:
            sync_folder(folder)
        except OSError as error:
            failure = disk_error(error, folder)
            for member in members:
                if member.folder.path == folder and isinstance(member.outcome, Path):
                    member.outcome = failure


def _tell(group: Sequence[_Member], committed: asyncio.Future[None]) -> None:
    """Say what became of each; on the loop, which names those that need no sync: a thread waits for it at each call."""
    bug = None if committed.cancelled() else committed.exception()  # with one, nobody knows which folders are synced
    safe = bug is None and not committed.cancelled()
    for member in group:
        if safe and member.folder.unsynced and member.outcome is None:
            _publish(member)
        if member.published.done():
            continue
        if bug is None and isinstance(member.outcome, Path):
            member.published.set_result(member.outcome)
        elif isinstance(member.outcome, RheoError):
            member.published.set_exception(member.outcome)
        else:
            member.published.set_exception(bug or StorageError("the file was not published"))
