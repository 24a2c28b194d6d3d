"""A folder in which `A` and `a` are one name, as on Windows and macOS: of an NTFS image, mounted by a program."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = "64M"


def obstacle() -> str | None:
    """Return why there can be none here; None where there can."""
    if os.geteuid() != 0:
        return "a folder without case needs root: it is mounted"
    if not Path("/dev/fuse").exists():
        return "a folder without case needs /dev/fuse"
    missing = [name for name in ("mkntfs", "lowntfs-3g") if shutil.which(name) is None]
    return f"a folder without case needs {', '.join(missing)}" if missing else None


@contextmanager
def mounted(image: Path) -> Iterator[Path]:
    """Make such a folder, as long as the block lasts."""
    folder = image.with_suffix(".mounted")
    folder.mkdir()
    subprocess.run(["truncate", "-s", SIZE, image], check=True)
    subprocess.run(["mkntfs", "-q", "-F", image], check=True, capture_output=True)
    subprocess.run(["lowntfs-3g", "-o", "ignore_case", image, folder], check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)
