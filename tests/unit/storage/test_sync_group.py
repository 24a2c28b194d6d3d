"""Small files that are synced and named together."""

import asyncio
import errno
import os
from collections.abc import Sequence
from concurrent.futures import Future
from itertools import zip_longest
from pathlib import Path

import pytest

from rheo.domain.batch.journal import Recorded
from rheo.domain.batch.row import Publishing
from rheo.domain.errors import InvalidLedgerError, StorageError
from rheo.domain.resource import Resource
from rheo.domain.safe_names import numbered
from rheo.domain.settings import OnExists
from rheo.storage.announcing import Announcement
from rheo.storage.base import Target
from rheo.storage.file_system import FileSystem
from rheo.storage.parts.part_file import PartFile
from rheo.storage.sync_group import SyncGroup


@pytest.fixture(autouse=True)
def _on_a_disk(monkeypatch):
    """Have files synced, wherever the tests run."""
    monkeypatch.setattr("rheo.storage.sync_group.in_memory", lambda _: False)


class Whole:
    """A file that is whole."""

    def __init__(self, path: Path, error: Exception | None = None) -> None:
        self.named = False
        self._path = path
        self._error = error

    def sync(self) -> None:
        """It is."""

    def publish(self, *, modified: float | None) -> Path:
        if self._error is not None:
            raise self._error
        self.named = True
        return self._path


class Closed:
    """A journal of a ledger that is closed."""

    def keeps(self, _path):
        return False

    def publishing(self, _files):
        raise InvalidLedgerError("the ledger is closed")


class Noting:
    """A journal in memory."""

    def __init__(self, *, of_others=()) -> None:
        self.files = []
        self.of_others = of_others
        self.asked = 0

    def keeps(self, _path):
        return False

    def publishing(self, files):
        self.files += files

    def claim(self, claim):
        self.asked += 1
        answer = Future()
        answer.set_result(Path(claim.path).name not in self.of_others)
        return answer


def published(*files: Target, folder: Path, announcements: Sequence[Announcement | None] = ()) -> list:
    async def run() -> list:
        group = SyncGroup(synced=True, open_files=lambda: 1024, now=lambda: 0.0)
        group.expect(len(files))
        coming = [
            group.publish(file, str(folder), modified=None, announcement=announcement)
            for file, announcement in zip_longest(files, announcements)
        ]
        tasks = [asyncio.ensure_future(one) for one in coming]
        await asyncio.sleep(0)
        group.expect(0)
        try:
            return await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            group.close()

    return asyncio.run(run())


def test_a_ledger_that_is_closed_keeps_a_file_from_its_name_and_is_told(tmp_path):
    file = Whole(tmp_path / "a")
    announcement = Announcement(
        Recorded(Closed(), 1), Publishing(1, str(tmp_path / "a"), 1, None, 1, 1), lambda *_: "a"
    )

    (error,) = published(file, folder=tmp_path, announcements=[announcement])

    assert isinstance(error, InvalidLedgerError)
    assert not file.named


def test_a_file_is_announced_by_the_name_that_it_gets_though_many_want_the_same(tmp_path):
    (tmp_path / "a").touch()
    journal, announcements, files = Noting(), [], []
    for row in range(20):
        part = PartFile(str(tmp_path / "a"), on_exists=OnExists.RENAME, numbered=numbered)
        part.open()
        files.append(part)
        announcements.append(
            Announcement(Recorded(journal, row), Publishing(row, part.target, 0, None, 1, 1), part.choose_name)
        )

    paths = published(*files, folder=tmp_path, announcements=announcements)

    assert sorted(paths) == sorted(tmp_path / f"a.{number}" for number in range(1, 21))
    assert [Path(file.path) for file in journal.files] == paths


@pytest.mark.parametrize(("claims", "name"), [(False, "a.1"), (True, "a.2")])
@pytest.mark.parametrize("kind", ["passing", "lasting"])
def test_a_file_whose_name_is_taken_last_is_announced_anew_by_one_that_it_may_have(tmp_path, kind, claims, name):
    class Taking(Noting):
        """A journal that is told while somebody takes the name."""

        def publishing(self, files):
            super().publishing(files)
            (tmp_path / "a").touch()

    journal = Taking(of_others={"a.1"})
    part = PartFile(str(tmp_path / "a"), on_exists=OnExists.RENAME, numbered=numbered)
    if kind == "passing":
        part.open()
    else:
        part.create(url="http://h/a", source="http://h/a", resource=Resource(size=1), reserve=False)
    file = Publishing(7, str(tmp_path / "a"), 1, None, 1, 1)
    announcement = Announcement(Recorded(journal, 7), file, part.choose_name, claims=claims)

    assert published(part, folder=tmp_path, announcements=[announcement]) == [tmp_path / name]
    assert journal.files == [file, file._replace(path=str(tmp_path / name))]


def test_after_a_bug_no_file_is_told_as_safe(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr("rheo.storage.sync_group.sync_folder", synced.append)
    files = [Whole(tmp_path / "a"), Whole(tmp_path / "b", ZeroDivisionError("a bug"))]

    outcomes = published(*files, folder=tmp_path)

    assert synced == []
    assert [type(outcome) for outcome in outcomes] == [ZeroDivisionError] * 2


def test_a_file_that_could_not_be_synced_is_told_as_such_though_its_folder_fails_too(tmp_path, monkeypatch):
    def failing(_):
        raise OSError(errno.EIO, "Input/output error")

    def lost():
        raise StorageError("a is lost")

    monkeypatch.setattr("rheo.storage.sync_group.sync_folder", failing)
    file, whole = Whole(tmp_path / "a"), Whole(tmp_path / "b")
    monkeypatch.setattr(file, "sync", lost)

    outcomes = published(file, whole, folder=tmp_path)

    assert [str(outcome) for outcome in outcomes] == ["a is lost", f"{tmp_path}: Input/output error"]


@pytest.mark.parametrize("count", [1, 40])
def test_files_are_told_by_their_names(tmp_path, count):
    files = [Whole(tmp_path / str(number)) for number in range(count)]

    assert published(*files, folder=tmp_path) == [tmp_path / str(number) for number in range(count)]


def test_a_disk_whose_errors_did_not_count_when_a_file_was_opened_is_never_synced_as_a_whole(tmp_path, monkeypatch):
    opened = []

    def of(folder):
        """Have no descriptor left at first."""
        opened.append(folder)
        return FileSystem(os.open(folder, os.O_RDONLY)) if len(opened) > 1 else None

    monkeypatch.setattr("rheo.storage.sync_group.FileSystem.of", of)
    monkeypatch.setattr("rheo.storage.sync_group.MOST_FOLDERS", 1)
    (tmp_path / "other").mkdir()
    group = SyncGroup(synced=True, open_files=lambda: 1024, now=lambda: 0.0)

    async def prepare() -> None:
        await group.prepare(str(tmp_path))
        await group.prepare(str(tmp_path / "other"))  # the first folder is forgotten
        await group.prepare(str(tmp_path))

    asyncio.run(prepare())

    assert opened == [str(tmp_path)]
    group.close()


def test_who_finds_a_million_numbers_used_up_asks_for_few_of_them(tmp_path):
    used_up = Below(1_000_000)
    journal = Noting(of_others=used_up)
    part = PartFile(str(tmp_path / "a"), on_exists=OnExists.OVERWRITE, numbered=numbered)
    part.open()
    file = Publishing(1, part.target, 0, None, 1, 1)

    (path,) = published(
        part, folder=tmp_path, announcements=[Announcement(Recorded(journal, 1), file, part.choose_name, claims=True)]
    )

    assert path.name not in used_up
    assert [file.path for file in journal.files] == [str(path)]
    assert journal.asked < 30


class Below:
    """Names with a number below one, or with none."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __contains__(self, name: str) -> bool:
        return int(name.partition(".")[2] or 0) < self.number
