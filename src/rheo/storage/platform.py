"""Everything that operating systems do differently, and nothing else: one function each, one suite for all.

Written for Linux, macOS and Windows; tested on Linux.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

MOST_BUFFERS: Final = 512
"""Buffers that one call may carry (IOV_MAX is 1024 on Linux and macOS, and Windows has none)."""

NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
NO_WAITING: Final = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


def open_exclusively(path: str, *, mode: int = 0o666) -> int:
    """Create a file that was not there, following no link, and return its descriptor."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | NO_FOLLOW, mode)


def open_to_read(path: str) -> int:
    """Open a file that is there, following no link and waiting for no pipe."""
    return os.open(path, os.O_RDONLY | NO_FOLLOW | NO_WAITING)


def open_to_write(path: str) -> int:
    """Open a file that is there for reading and writing, following no link and waiting for no pipe."""
    return os.open(path, os.O_RDWR | NO_FOLLOW | NO_WAITING)


def write_at(descriptor: int, buffers: Sequence[bytes], offset: int) -> None:
    """Write all the buffers at the offset, however often the system must be asked."""
    if len(buffers) > MOST_BUFFERS:
        buffers = [b"".join(buffers)]
    size = sum(map(len, buffers))
    written = _write(descriptor, buffers, offset)
    while written < size:
        rest = b"".join(buffers)[written:]
        more = _write(descriptor, [rest], offset + written)
        if more == 0:
            raise OSError(errno.EIO, "the file system takes no more bytes and gives no reason")
        written += more


def read_at(descriptor: int, buffer: memoryview, offset: int) -> int:
    """Fill the buffer from the offset, however often the system must be asked; fewer bytes only at the end."""
    count = _read(descriptor, buffer, offset)
    while 0 < count < len(buffer):
        more = _read(descriptor, buffer[count:], offset + count)
        if more == 0:
            break
        count += more
    return count


if hasattr(os, "pwritev"):

    def _write(descriptor: int, buffers: Sequence[bytes], offset: int) -> int:
        return os.pwritev(descriptor, buffers, offset)

    def _read(descriptor: int, buffer: memoryview, offset: int) -> int:
        return os.preadv(descriptor, [buffer], offset)

else:

    def _write(descriptor: int, buffers: Sequence[bytes], offset: int) -> int:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.write(descriptor, b"".join(buffers))

    def _read(descriptor: int, buffer: memoryview, offset: int) -> int:
        os.lseek(descriptor, offset, os.SEEK_SET)
        data = os.read(descriptor, len(buffer))
        buffer[: len(data)] = data
        return len(data)


def rename_without_clobbering(source: str, target: str) -> None:
    """Give a file another name in the same folder, or raise FileExistsError if that name is taken."""
    native = _native_rename()
    if native is not None:
        number = native(os.fsencode(source), os.fsencode(target))
        if number == 0:
            return
        if number not in _UNSUPPORTED:
            raise OSError(number, os.strerror(number), source, None, target)
    if sys.platform == "win32":
        os.rename(source, target)  # refuses by itself
        return
    _rename_by_link(source, target)


def _rename_by_link(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # No such call and no hard links (FAT, some network folders): claim the name, then replace the claim.
        os.close(open_exclusively(target))
        os.replace(source, target)
        return
    os.unlink(source)


_UNSUPPORTED: Final = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP})
_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EMLINK})


@cache
def _native_rename() -> Callable[[bytes, bytes], int] | None:
    """Return the system's own call, which answers 0 or an error number; None where it has none."""
    if sys.platform == "darwin":
        return _renamex()
    return _renameat2() if sys.platform == "linux" else None


def _renameat2() -> Callable[[bytes, bytes], int] | None:
    import ctypes  # noqa: PLC0415  (costs 10 ms, and only publishing needs it)

    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return None
    here, no_replace = -100, 1  # AT_FDCWD, RENAME_NOREPLACE (linux/fs.h)
    return lambda source, target: ctypes.get_errno() if call(here, source, here, target, no_replace) else 0


def _renamex() -> Callable[[bytes, bytes], int] | None:
    import ctypes  # noqa: PLC0415  (costs 10 ms, and only publishing needs it)

    call = getattr(ctypes.CDLL(None, use_errno=True), "renamex_np", None)
    if call is None:
        return None
    exclusive = 4  # RENAME_EXCL (sys/stdio.h)
    return lambda source, target: ctypes.get_errno() if call(source, target, exclusive) else 0


def sync_file(descriptor: int) -> None:
    """Return once the file's bytes are on the disk, as far as the disk can be believed."""
    if sys.platform == "darwin":
        import fcntl  # noqa: PLC0415  (does not exist on Windows)

        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
        return
    os.fsync(descriptor)


def sync_data(descriptor: int) -> None:
    """Return once the file's bytes are on the disk, and what is needed to find them; its time may not be."""
    if hasattr(os, "fdatasync") and sys.platform != "darwin":
        os.fdatasync(descriptor)
        return
    sync_file(descriptor)


def sync_file_system(descriptor: int) -> None:
    """Return once all that was written on the descriptor's file system is on the disk; OSError where nobody can say."""
    native = _native_syncfs()
    number = errno.ENOSYS if native is None else native(descriptor)
    if number:
        raise OSError(number, os.strerror(number))


@cache
def _native_syncfs() -> Callable[[int], int] | None:
    """Return the system's own call, which answers 0 or an error number; None where it has none."""
    if sys.platform != "linux":
        return None
    import ctypes  # noqa: PLC0415  (costs 10 ms, and only many small files need it)

    call = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    return None if call is None else lambda descriptor: ctypes.get_errno() if call(descriptor) else 0


def release() -> str:
    """Return which Linux this is, as `6.1.0-18-amd64`; empty for other systems."""
    return os.uname().release if sys.platform == "linux" else ""


def reserve(descriptor: int, size: int) -> None:
    """Give the file this size and room on the disk for all of it, where the file system can; else only the size."""
    native = _native_reserve()
    if native is not None:
        number = native(descriptor, size)
        while number == errno.EINTR:
            number = native(descriptor, size)
        if number == 0:
            return
        if number not in _UNSUPPORTED:
            raise OSError(number, os.strerror(number))
    os.ftruncate(descriptor, size)


@cache
def _native_reserve() -> Callable[[int, int], int] | None:
    """Return the system's own call, which answers 0 or an error number; None where it has none."""
    if sys.platform == "darwin":
        return _preallocate
    return _fallocate() if sys.platform == "linux" else None


def _fallocate() -> Callable[[int, int], int] | None:
    # Never posix_fallocate: where the file system cannot, it writes every block.
    import ctypes  # noqa: PLC0415  (costs 10 ms, and only large files need it)

    library = ctypes.CDLL(None, use_errno=True)
    call = getattr(library, "fallocate64", None) or getattr(library, "fallocate", None)
    if call is None:
        return None
    call.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    return lambda descriptor, size: ctypes.get_errno() if call(descriptor, 0, 0, size) else 0


def _preallocate(descriptor: int, size: int) -> int:
    """Ask macOS for room (fcntl(2), F_PREALLOCATE, fstore_t), then set the size."""
    import fcntl  # noqa: PLC0415  (does not exist on Windows)
    import struct  # noqa: PLC0415  (only here)

    command, all_of_it, from_the_end = 42, 4, 3
    try:
        fcntl.fcntl(descriptor, command, struct.pack("=Iiqqq", all_of_it, from_the_end, 0, size, 0))
        os.ftruncate(descriptor, size)
    except OSError as error:
        return error.errno or errno.EIO
    return 0


def set_time(descriptor: int, path: str | None, modified: float | None) -> None:
    """Set when the open file, which has this path if any, was modified; it keeps its own where None, or that fails."""
    place = descriptor if os.utime in os.supports_fd else path
    if modified is not None and place is not None:
        try:  # noqa: SIM105  (for every file: `suppress` is three calls more)
            os.utime(place, (modified, modified))
        except OSError:
            pass


def free_space(descriptor: int) -> int | None:
    """Return how many bytes the file's disk has room for; None where nobody can tell."""
    if not hasattr(os, "fstatvfs"):
        return None
    room = os.fstatvfs(descriptor)
    return room.f_bavail * room.f_frsize or None  # some network folders say 0 and mean nothing


def sync_folder(folder: str) -> None:
    """Return once the folder's names are on the disk; a no-op where folders cannot be synced."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)


def in_memory(folder: str) -> bool:
    """Whether the folder's file system has no disk, so that there is nothing to sync; False in doubt."""
    return file_system_type(folder) in _MEMORY


def file_system_type(folder: str) -> str | None:
    """Return of which type the folder's file system is, such as `ext4`; None where nobody can tell."""
    try:
        number = os.stat(folder).st_dev
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    device = f"{os.major(number)}:{os.minor(number)}"
    for mount in mounts.splitlines():
        described, _, kind = mount.partition(" - ")  # proc(5): fields up to a lone dash, then the type
        if described.split()[2] == device:
            return kind.split()[0]
    return None


_MEMORY: Final = frozenset({"tmpfs", "ramfs"})


def boot_id() -> str | None:
    """Return what changes with every start of this machine; None where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None


def pid_namespace() -> str | None:
    """Return what tells this set of process numbers from another one on the same machine; None where all are one."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return None


def process_started(pid: int) -> str | None:
    """Return what tells a process from a later one of the same number; None if it is gone or nobody can tell.

    One that has died is gone, though its parent has not asked yet how it ended; in a container perhaps nobody does.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()  # proc(5), from the third field on
    state, threads, started = fields[0], int(fields[17]), fields[19]
    # The first thread may have ended before the others, which write on.
    return None if state in _DEAD and threads <= 1 else started


_DEAD: Final = frozenset("ZXx")
"""States of a thread of which nothing is left but its number."""


def process_alive(pid: int) -> bool:
    """Whether a process of this number lives; in doubt, it does."""
    if sys.platform == "win32":
        return True  # a signal 0 would be a Ctrl-C there
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
