"""Cuts of power: what a disk holds at a moment, as another disk that is started up again.

The disk is an image of ext4, mounted by a loop device. At a cut the program is held by SIGSTOP, which lets the
system calls end that are under way; once the device has been quiet while its image was copied, the copy holds what
had reached the disk at that moment, and none of what only the page cache had. Mounting the copy replays its journal.
The next run on it sees another start of the machine: that file is laid over /proc in a mount namespace of its own.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
SIZE = "96M"
PATIENCE = 10
"""Seconds for a process to stand still."""
OUTAGE = 60.0
"""Seconds until a machine runs again that lost its power: it knows then that nobody else is at what lies there."""


def obstacle() -> str | None:
    """Return why no power can be cut here; None where it can."""
    if os.geteuid() != 0:
        return "power cuts need root: they mount images"
    missing = [name for name in ("mkfs.ext4", "losetup", "unshare") if shutil.which(name) is None]
    if missing:
        return f"power cuts need {', '.join(missing)}"
    ran = subprocess.run(["losetup", "--find"], capture_output=True, text=True, check=False)
    return f"power cuts need a loop device: {ran.stderr.strip()}" if ran.returncode else None


class Disk:
    """A file system on an image of its own."""

    def __init__(self, image: Path, folder: Path, device: str) -> None:
        self.folder = folder
        self._image = image
        self._device = device

    def copy(self, image: Path) -> None:
        """Write to another image what the disk holds now, while nobody writes to it."""
        before = None
        while before != (before := self._writes()):
            shutil.copyfile(self._image, image)

    @contextmanager
    def cut(self) -> Iterator[Disk]:
        """Start a copy of what it holds now, as a machine does that lost its power, as long as the block lasts."""
        image = self.folder.with_name("cut.img")
        self.copy(image)
        with started(image) as copy:
            _let_pass(copy.folder, OUTAGE)
            yield copy

    def _writes(self) -> list[str]:
        """Return the device's counts; they change with every write, and with those under way."""
        return Path(f"/sys/block/{Path(self._device).name}/stat").read_text().split()[4:]


def lives(process: subprocess.Popen[str], seconds: float) -> bool:
    """Whether a process still runs after so many seconds."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return True
    return False


@contextmanager
def held(process: subprocess.Popen[str]) -> Iterator[None]:
    """Have a process stand still, and no system call of its under way, as long as the block lasts."""
    process.send_signal(signal.SIGSTOP)
    try:
        _wait_until_held(process.pid)
        yield
    finally:
        process.send_signal(signal.SIGCONT)


@contextmanager
def made(image: Path) -> Iterator[Disk]:
    """Make a new disk, as long as the block lasts."""
    subprocess.run(["truncate", "-s", SIZE, image], check=True)
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
    with started(image) as disk:
        yield disk


@contextmanager
def started(image: Path) -> Iterator[Disk]:
    """Mount an image beside itself, replaying its journal, as long as the block lasts."""
    folder = image.with_suffix(".mounted")
    folder.mkdir(exist_ok=True)
    with ExitStack() as stack:
        found = subprocess.run(["losetup", "--find", "--show", image], capture_output=True, text=True, check=True)
        device = found.stdout.strip()
        stack.callback(subprocess.run, ["losetup", "--detach", device], check=True)
        # nobody but the program decides when something is written: no periodic commit
        subprocess.run(["mount", "-o", "commit=600", device, folder], check=True)
        stack.callback(subprocess.run, ["umount", folder], check=True)
        yield Disk(image, folder, device)


def after_a_start(line: Sequence[str], folder: Path) -> list[str]:
    """Return the command line that runs this one as if the machine had been started anew."""
    boot = folder / "boot_id"
    boot.write_text(f"{uuid4()}\n")
    return ["unshare", "--mount", "sh", "-c", f'mount --bind "{boot}" {BOOT_ID} && exec "$@"', "sh", *line]


def _let_pass(folder: Path, seconds: float) -> None:
    """Have all that lies there be so much older."""
    for path in folder.iterdir():
        found = path.stat()
        os.utime(path, (found.st_atime - seconds, found.st_mtime - seconds))


def _wait_until_held(pid: int) -> None:
    """Return once every thread stands still, and no system call is under way."""
    deadline = time.monotonic() + PATIENCE
    while not all(_is_held(task) for task in Path(f"/proc/{pid}/task").iterdir()):
        assert time.monotonic() < deadline, "it does not stand still"


def _is_held(task: Path) -> bool:
    try:
        stat = (task / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return True
    return stat.rpartition(")")[2].split()[0] in {"T", "Z"}
