"""A disk that is full, fails, takes less than it was given or is slow: the real command, and the public call."""

import errno
import os
import threading
from pathlib import Path

import pytest

import rheo
from crash.disk import NoMountError, filled, mounted
from crash.strace import Calls, under_strace
from crash.victim import Remains, line, run
from origin import File, Generated, cut, paced

SIZE = 1_600_000
DATA = Generated(SIZE)
DISK = 7
"""The command's exit code for everything about a disk."""


@pytest.fixture
def url(origin, meter) -> str:
    """A file that takes 0.7 s over three connections."""
    origin.serve("/a", meter.over(paced(File(DATA, etag='"one"'), rate=800_000)))
    return origin.url("/a")


@pytest.fixture
def goes_on(url, meter):
    """Run again without hindrance; return how many bytes came."""

    def again(remains: Remains) -> int:
        meter.reset()
        ran = run(line(url, remains.folder, "-x", "1"))
        assert ran.code == 0, ran.err
        assert remains.file.read_bytes() == DATA.read(0, SIZE)
        assert remains.names == ["a"]
        return meter.count

    return again


# --- full


@pytest.mark.usefixtures("traceable")
@pytest.mark.parametrize(("error", "says"), [("ENOSPC", "no room for"), ("EIO", "Input/output error")])
def test_a_write_that_fails_ends_the_run_at_once_and_the_next_goes_on(url, remains, goes_on, error, says):
    failing = under_strace([remains.part], f"{Calls.WRITE.value}:error={error}:when=4+")

    ran = run([*failing, *line(url, remains.folder)])

    assert (ran.code, says in ran.err) == (DISK, True), ran.err
    assert remains.names == ["a.part", "a.part.json"]
    synced = remains.synced().size
    assert synced > 0
    assert goes_on(remains) == SIZE - synced


@pytest.fixture
def small_disk(tmp_path):
    """A file system in memory that is soon full."""
    try:
        with mounted(tmp_path / "disk", "16m") as disk:
            yield disk
    except NoMountError as error:
        pytest.skip(str(error))


def test_a_disk_too_small_is_told_before_a_byte_is_written(url, small_disk, goes_on):
    remains = Remains(small_disk)
    with filled(small_disk, leaving=SIZE):
        ran = run(line(url, remains.folder))
        assert (ran.code, "no room for" in ran.err) == (DISK, True), ran.err
        assert remains.names == ["filler"]

    assert goes_on(remains) == SIZE


def test_a_disk_without_any_room_left_keeps_what_was_known(url, small_disk, goes_on):
    remains = Remains(small_disk)
    with filled(small_disk, leaving=SIZE // 2):
        ran = run(line(url, remains.folder, "--no-reserve"))
        assert (ran.code, "no room for" in ran.err) == (DISK, True), ran.err
        assert not remains.file.exists()
        assert remains.part.exists()
        known = remains.known().size

    assert goes_on(remains) <= SIZE - known


def test_a_part_that_cannot_be_taken_over_for_want_of_room_stays_as_it_is(origin, downloads, monkeypatch):
    honest = File(DATA, etag='"one"')
    origin.serve("/a", cut(honest, after=SIZE // 2))
    with pytest.raises(rheo.NetworkError):
        rheo.download(origin.url("/a"), directory=downloads, connections=1, retry=0)
    origin.serve("/a", honest)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwritev", full)
        with pytest.raises(rheo.DiskFullError):
            rheo.download(origin.url("/a"), directory=downloads)

    result = rheo.download(origin.url("/a"), directory=downloads)
    assert (result.resumed, result.path.read_bytes()) == (SIZE // 2, DATA.read(0, SIZE))


# --- fails to sync


@pytest.mark.usefixtures("traceable")
def test_after_a_save_that_could_not_sync_nothing_is_believed(url, remains, goes_on):
    failing = under_strace([remains.part], "fdatasync:error=EIO")

    ran = run([*failing, *line(url, remains.folder, saving_often=True)])

    assert (ran.code, "Input/output error" in ran.err) == (DISK, True), ran.err
    assert not remains.live.exists()
    assert remains.synced().size == 0
    assert goes_on(remains) == SIZE


@pytest.mark.usefixtures("traceable")
def test_after_a_last_sync_that_failed_only_what_was_saved_before_is_believed(url, remains, goes_on):
    failing = under_strace([remains.part], "fsync:error=EIO")

    ran = run([*failing, *line(url, remains.folder, saving_often=True)])

    assert (ran.code, "Input/output error" in ran.err) == (DISK, True), ran.err
    assert not remains.file.exists()
    assert not remains.live.exists()
    synced = remains.synced().size
    assert 0 < synced <= SIZE  # on a busy machine the last byte is saved, too, before the last sync
    assert goes_on(remains) == SIZE - synced


@pytest.mark.usefixtures("traceable")
def test_a_folder_that_cannot_be_synced_keeps_the_file_from_being_announced(url, remains, goes_on):
    failing = under_strace([remains.folder], "fsync:error=EIO")

    ran = run([*failing, *line(url, remains.folder)])

    assert (ran.code, "Input/output error" in ran.err) == (DISK, True), ran.err
    goes_on(remains)


# --- takes less, or its time


def test_a_disk_that_takes_a_third_of_each_write_gets_all_of_it(origin, downloads, monkeypatch):
    def pwritev(descriptor, buffers, offset):
        data = b"".join(buffers)
        return os.pwrite(descriptor, data[: -(-len(data) // 3)], offset)

    monkeypatch.setattr(os, "pwritev", pwritev)
    origin.serve("/a", File(DATA, etag='"one"'))

    result = rheo.download(origin.url("/a"), directory=downloads, connections=3, min_split_size="128K")

    assert result.path.read_bytes() == DATA.read(0, SIZE)


def test_a_disk_whose_writes_take_200_ms_holds_up_no_other_download(origin, downloads, monkeypatch):
    slow, fast = Generated(10_000_000, 1), Generated(3_000_000, 2)
    origin.serve("/slow", File(slow, etag='"slow"'))
    origin.serve("/fast", paced(File(fast, etag='"fast"'), rate=1_500_000))
    real, delayed = os.pwritev, []

    def pwritev(descriptor, buffers, offset):
        if Path(f"/proc/self/fd/{descriptor}").readlink() == downloads / "slow.part":
            delayed.append(threading.Event().wait(0.2))
        return real(descriptor, buffers, offset)

    monkeypatch.setattr(os, "pwritev", pwritev)

    with rheo.sync.DownloadManager(directory=downloads, connections=1) as manager:
        slow_one, fast_one = manager.add(origin.url("/slow")), manager.add(origin.url("/fast"))
        seconds = fast_one.wait().seconds
        result = slow_one.wait()

    assert seconds < 2.0 + 0.2 + 0.4, "2 s of traffic, the one write that showed that the disk is slow, and some leeway"
    assert len(delayed) > 5
    assert result.path.read_bytes() == slow.read(0, slow.size)
    assert (downloads / "fast").read_bytes() == fast.read(0, fast.size)
