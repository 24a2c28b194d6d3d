"""What every operating system must do for us, each in its way; and the ways that are taken where another fails."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rheo.storage import platform


def test_a_file_is_created_only_where_none_was(tmp_path):
    path = str(tmp_path / "a")
    os.close(platform.open_exclusively(path))

    with pytest.raises(FileExistsError):
        platform.open_exclusively(path)


def test_a_dangling_link_is_not_followed(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "victim")

    with pytest.raises(FileExistsError):
        platform.open_exclusively(str(tmp_path / "link"))

    assert not (tmp_path / "victim").exists()


@pytest.fixture
def descriptor(tmp_path):
    number = platform.open_exclusively(str(tmp_path / "file"))
    yield number
    os.close(number)


@pytest.mark.parametrize("count", [1, 511, 512, 513, 5000])
def test_any_number_of_buffers_is_written_at_the_offset(descriptor, count):
    buffers = [bytes([number % 251]) * (number % 7) for number in range(count)]

    platform.write_at(descriptor, buffers, 100)

    assert os.pread(descriptor, 100, 0) == bytes(100) or count == 1
    assert os.pread(descriptor, 1 << 20, 100) == b"".join(buffers)


def test_a_short_write_is_gone_on_with(descriptor, monkeypatch):
    whole = os.pwritev
    monkeypatch.setattr(os, "pwritev", lambda fd, buffers, offset: whole(fd, [b"".join(buffers)[:3]], offset))

    platform.write_at(descriptor, [b"abcd", b"efgh", b"ij"], 5)

    assert os.pread(descriptor, 100, 5) == b"abcdefghij"


def test_a_write_that_never_takes_anything_is_an_error(descriptor, monkeypatch):
    monkeypatch.setattr(os, "pwritev", lambda fd, buffers, offset: 0)

    with pytest.raises(OSError, match="takes no more bytes"):
        platform.write_at(descriptor, [b"abc"], 0)


def test_bytes_are_read_back(descriptor):
    os.pwrite(descriptor, b"hello", 10)
    buffer = bytearray(8)

    assert platform.read_at(descriptor, memoryview(buffer), 10) == 5
    assert bytes(buffer[:5]) == b"hello"
    assert platform.read_at(descriptor, memoryview(buffer), 100) == 0


@pytest.fixture(params=["native", "link", "neither"])
def renaming(request, monkeypatch):
    """Each way to rename without clobbering."""
    if request.param != "native":
        monkeypatch.setattr(platform, "_native_rename", lambda: lambda source, target: errno.ENOSYS)
    if request.param == "neither":

        def no_links(*_args, **_more):
            raise OSError(errno.EPERM, "no links here")

        monkeypatch.setattr(os, "link", no_links)
    return request.param


def test_renaming_moves_a_file(tmp_path, renaming):
    (tmp_path / "a").write_text("mine")

    platform.rename_without_clobbering(str(tmp_path / "a"), str(tmp_path / "b"))

    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("b", "mine")]


def test_renaming_clobbers_nothing(tmp_path, renaming):
    """Invariant 4."""
    (tmp_path / "a").write_text("mine")
    (tmp_path / "b").write_text("theirs")

    with pytest.raises(FileExistsError):
        platform.rename_without_clobbering(str(tmp_path / "a"), str(tmp_path / "b"))

    assert (tmp_path / "a").read_text() == "mine"
    assert (tmp_path / "b").read_text() == "theirs"


def test_renaming_what_is_not_there_is_an_error(tmp_path, renaming):
    with pytest.raises(FileNotFoundError):
        platform.rename_without_clobbering(str(tmp_path / "a"), str(tmp_path / "b"))


def test_an_open_file_gets_its_time(descriptor, tmp_path):
    platform.set_time(descriptor, str(tmp_path / "file"), 1000.0)

    assert (tmp_path / "file").stat().st_mtime == 1000


def test_folders_can_be_synced_and_missing_ones_are_an_error(tmp_path):
    platform.sync_folder(str(tmp_path))

    with pytest.raises(FileNotFoundError):
        platform.sync_folder(str(tmp_path / "missing"))


def test_a_process_is_told_apart_from_one_that_is_gone():
    assert platform.process_started(os.getpid()) == platform.process_started(os.getpid())
    assert platform.process_started(2**22 + 1) is None


def test_a_process_that_died_is_gone_before_its_parent_took_note():
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)

    assert platform.process_started(child) is None

    os.waitpid(child, 0)


def test_a_process_lives_as_long_as_one_of_its_threads():
    number = 60 if os.uname().machine == "x86_64" else 93  # exit(2), of the first thread alone
    program = "import ctypes, threading, time; threading.Thread(target=time.sleep, args=[60]).start(); "
    program += f"print(flush=True); ctypes.CDLL(None).syscall({number}, 0)"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        stat = Path(f"/proc/{process.pid}/stat")
        while ") Z " not in stat.read_text():
            os.sched_yield()

        started = platform.process_started(process.pid)
        process.kill()

    assert started is not None


def test_a_missing_folder_is_not_in_memory(tmp_path):
    assert platform.in_memory(str(tmp_path / "missing")) is False


def test_a_file_system_is_synced_by_any_of_its_files(tmp_path):
    if platform._native_syncfs() is None:
        pytest.skip("this system syncs no file system by itself")
    descriptor = os.open(tmp_path, os.O_RDONLY)
    platform.sync_file_system(descriptor)
    os.close(descriptor)

    with pytest.raises(OSError, match="Bad file descriptor"):
        platform.sync_file_system(descriptor)
