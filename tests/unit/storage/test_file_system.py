"""File systems that are synced as a whole, where that tells of every error."""

import errno
import os
from functools import partial
from itertools import count

import pytest

from rheo.storage import file_system, platform
from rheo.storage.file_system import FileSystem, tells_all

ticking = partial(next, count())
"""A clock that is a second on whenever it is read."""


@pytest.fixture
def told(monkeypatch):
    """The calls by which the file system was synced, each by the error that it ends with; none succeeds twice."""
    calls = []

    def sync(descriptor):
        os.fstat(descriptor)
        calls.append(descriptor)
        if len(calls) > 1:
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(platform, "sync_file_system", sync)
    return calls


@pytest.fixture
def disk(tmp_path, monkeypatch):
    """One that may be synced as a whole, wherever the tests run."""
    monkeypatch.setattr(platform, "file_system_type", lambda _: "ext4")
    monkeypatch.setattr(platform, "release", lambda: "6.1.0-18-amd64")
    disk = FileSystem.of(str(tmp_path))
    yield disk
    disk.close()


def test_it_is_measured_file_by_file_first_and_then_synced_as_a_whole(disk, told):
    one_by_one = []
    for number in range(2):
        disk.sync(200, lambda: one_by_one.append(number), now=ticking)  # noqa: B023  (called at once)

    assert (one_by_one, len(told)) == ([0], 1)


def test_after_an_error_each_file_is_asked_for_itself_to_the_end(disk, told):
    one_by_one = []
    for number in range(5):
        disk.sync(200, lambda: one_by_one.append(number), now=ticking)  # noqa: B023  (called at once)

    assert (one_by_one, len(told)) == ([0, 2, 3, 4], 2)


def test_it_has_the_folders_that_are_mounted_there_now(disk, tmp_path):
    assert disk.has(str(tmp_path))
    assert not disk.has("/proc")
    assert not disk.has(str(tmp_path / "gone"))


def test_few_files_are_not_worth_it(disk, told):
    disk.sync(200, lambda: None, now=ticking)
    disk.sync(31, lambda: None, now=ticking)

    assert told == []


def test_a_system_without_the_call_syncs_file_by_file(disk, monkeypatch):
    monkeypatch.setattr(platform, "_native_syncfs", lambda: None)
    one_by_one = []
    for number in range(2):
        disk.sync(200, lambda: one_by_one.append(number), now=ticking)  # noqa: B023  (called at once)

    assert one_by_one == [0, 1]


@pytest.mark.parametrize("kind", ["overlay", "fuse.sshfs", "nfs4", None])
def test_of_others_than_were_tried_errors_may_be_missed(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(platform, "file_system_type", lambda _: kind)

    assert FileSystem.of(str(tmp_path)) is None


def test_a_folder_that_is_gone_is_no_reason_to_fail_yet(tmp_path, monkeypatch):
    monkeypatch.setattr(platform, "file_system_type", lambda _: next(iter(file_system._TRIED)))

    assert FileSystem.of(str(tmp_path / "gone")) is None


@pytest.mark.parametrize(
    ("release", "tells"),
    [("5.17.0", True), ("6.1.0-18-amd64", True), ("10.0", True), ("5.16.20", False), ("4.19", False), ("", False)],
)
def test_kernels_before_5_17_keep_some_errors_to_themselves(release, tells):
    assert tells_all(release) is tells
