"""The real command, as the crash tests start it, and what it may leave behind."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.command import Ran
from rheo.domain.ranges import RangeSet
from rheo.storage.parts.part_state import decode, decode_live

MOST = 30
"""Seconds that a run may take."""

_SAVING_OFTEN = """
from rheo.engine.file import keeper
keeper.SAVED_AFTER = 0.15
from rheo.__main__ import main
main()
"""
"""The command in a hurry: what it does every 5 s comes to pass also where a run lasts less than one."""


@dataclass(frozen=True)
class Remains:
    """A folder in which a download to `a` may have ended at any moment."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "a"

    @property
    def part(self) -> Path:
        return self.folder / "a.part"

    @property
    def state(self) -> Path:
        return self.folder / "a.part.json"

    @property
    def live(self) -> Path:
        return self.folder / "a.part.live"

    @property
    def names(self) -> list[str]:
        """Return what lies there."""
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.exists() else []

    @property
    def ours(self) -> list[Path]:
        """Return every path that the command writes to, but for those that are never the first name of a file."""
        drafts = [self.folder / f"{name}.0.new" for name in ("a.part.json", "a.part.live")]
        return [self.folder, self.file, self.part, self.state, self.live, *drafts]

    def synced(self) -> RangeSet:
        """Return what the state claims."""
        return RangeSet(decode(self.state.read_bytes()).synced) if self.state.exists() else RangeSet()

    def known(self) -> RangeSet:
        """Return what state and live map claim together: what need not be fetched again after a kill."""
        ranges = self.synced()
        if self.state.exists() and self.live.exists():
            for start, stop in decode_live(self.live.read_bytes()).written:
                ranges.add(start, stop)
        return ranges


def line(url: str, folder: Path, *more: str, saving_often: bool = False) -> list[str]:
    """Return the command line that fetches a URL into a folder over several connections."""
    program = ["-c", _SAVING_OFTEN] if saving_often else ["-m", "rheo"]
    return [sys.executable, *program, "download", url, "-d", str(folder), "-x", "3", "-k", "128K", *more]


def run(command: Sequence[str]) -> Ran:
    """Return how a command ended."""
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=MOST, env=os.environ)
    return Ran(ran.returncode, ran.stdout, ran.stderr)
