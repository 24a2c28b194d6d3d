"""A run of a download that can be stopped in the middle: in this process by the public call, or in a child."""

import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import rheo

MOST = 30
"""Seconds that a run may take once nothing holds it up."""
BUG = 1
"""The command's exit code for what must not happen."""


@dataclass(frozen=True)
class Wish:
    """What a run is to fetch, and how."""

    url: str
    folder: Path
    reserve: bool


class Run(Protocol):
    """A run that began."""

    def ended(self, within: float) -> bool:
        """Whether it ends so soon; what it ended with may be any error of ours."""

    def stop(self) -> None:
        """End it in order."""


class InProcess:
    """A run of a manager in this process."""

    def __init__(self, wish: Wish) -> None:
        self._manager = rheo.sync.DownloadManager(
            directory=wish.folder,
            reserve=wish.reserve,
            connections=3,
            min_split_size="64K",
            retry_policy=rheo.RetryPolicy(attempts=1, base=0.001, ceiling=0.002),
        )
        self._manager.__enter__()
        self._handle = self._manager.add(wish.url)

    def ended(self, within: float) -> bool:
        try:
            self._handle.wait(within)
        except TimeoutError:
            return False
        except rheo.InternalError:
            raise
        except rheo.RheoError:
            pass
        return True

    def stop(self) -> None:
        self._manager.close()


class Child:
    """A run of the command, which can be killed."""

    def __init__(self, wish: Wish) -> None:
        reserve = "--reserve" if wish.reserve else "--no-reserve"
        line = [wish.url, "-d", str(wish.folder), "-x", "3", "-k", "64K", "--retry", "1", reserve]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rheo", "download", *line], stderr=subprocess.PIPE, text=True
        )

    def ended(self, within: float) -> bool:
        try:
            _, errors = self._process.communicate(timeout=within)
        except subprocess.TimeoutExpired:
            return False
        assert self._process.returncode != BUG, errors
        return True

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)  # nothing happens to one that has ended
        assert self.ended(MOST)

    def kill(self) -> None:
        """End it as a crash would."""
        self._process.kill()
        self.ended(MOST)
