"""A small file system in memory, which can be filled."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class NoMountError(Exception):
    """Nothing can be mounted here; says why."""


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[Path]:
    """Mount a file system of that size on a folder, as long as the block lasts; raises NoMountError."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "rheo", folder]
    ran = subprocess.run(mount, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise NoMountError(f"no file system can be mounted here, so none is filled: {ran.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def fill(folder: Path, *, leaving: int) -> Path:
    """Take all room of a file system but so many bytes; return the file that has it."""
    filler = folder / "filler"
    room = os.statvfs(folder)
    with filler.open("wb") as file, suppress(OSError):  # a run that writes meanwhile may have taken the room
        os.posix_fallocate(file.fileno(), 0, max(1, room.f_bavail * room.f_frsize - leaving))
    return filler


@contextmanager
def filled(folder: Path, *, leaving: int) -> Iterator[None]:
    """Have little room on a file system, as long as the block lasts."""
    filler = fill(folder, leaving=leaving)
    try:
        yield
    finally:
        filler.unlink()
