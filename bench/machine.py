"""What the comparison runs on, without the names of hosts, users and folders."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from bench.scale import GIB


def describe_machine(*, memory_folder: Path, disk_folder: Path) -> list[str]:
    """Return a line for each fact about the machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return [
        f"{os.cpu_count()} cores ({_processor()}), {memory / GIB:.0f} GiB of memory",
        f"load average when it began: {os.getloadavg()[0]:.1f}",
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        f"memory file system: {file_system(memory_folder)}; disk: {file_system(disk_folder)}",
    ]


def file_system(folder: Path) -> str:
    """Return the type of the file system that a folder is on."""
    here = folder.resolve()
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
    holding = [mount for mount in mounts if here.is_relative_to(mount[1])]
    return max(reversed(holding), key=lambda mount: len(mount[1]))[2]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
