"""The command in this process, or in one of its own: arguments in; exit code, standard output and errors out."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """What people read, without what differs each time."""
        return masked(self.err).splitlines()


Rheo = Callable[..., Ran]


Start = Callable[..., subprocess.Popen[str]]


def started(
    *arguments: str,
    out: int = subprocess.PIPE,
    err: int = subprocess.PIPE,
    stdin: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[str]:
    """Return the command, started in a process of its own."""
    line = [sys.executable, "-m", "rheo", *arguments]
    return subprocess.Popen(
        line, stdin=stdin, stdout=out, stderr=err, text=True, env={**os.environ, **(environment or {})}
    )


def ended(process: subprocess.Popen[str], said: str | None = None) -> Ran:
    """Wait for its end; it is told this much, where it listens."""
    out, err = process.communicate(said, timeout=30)
    return Ran(process.returncode, out or "", err or "")


def masked(text: str) -> str:
    """Put words in the place of speeds, durations and times of day."""
    text = re.sub(r"\d+(\.\d+)? ([KMG]i)?B/s", "SPEED", text)
    text = re.sub(r"\b(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\b", "CLOCK", text)  # with the date shortly before midnight
    return re.sub(r"\b\d+(\.\d+)?(s| ms)\b", "TIME", text)
