"""What one run of a program took."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

PATIENCE: Final = 180.0
"""Seconds after which a run is given up."""

STOPWATCH: Final = Path(__file__).with_name("children") / "stopwatch.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Seconds of wall and CPU (user and system, children included), and peak memory in bytes."""

    wall: float
    cpu: float
    peak: int


class RunError(Exception):
    """A program did not do what it was asked; the message says what."""


def run(commands: Sequence[Sequence[str]], *, environment: Mapping[str, str]) -> Run:
    """Run commands in turn, timed together, or raise RunError where one fails; what they print is not kept."""
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(STOPWATCH)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            cwd=environment["HOME"],
            env=dict(environment),
            start_new_session=True,
        )
        try:
            printed, _ = process.communicate(json.dumps(commands).encode(), timeout=PATIENCE)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if isinstance(error, subprocess.TimeoutExpired):
                raise RunError(f"not finished after {PATIENCE:g} s") from None
            raise
        took = json.loads(printed)
        if took["code"]:
            raise RunError(f"exit code {took['code']}: {_last_line(complaints)}")
    return Run(wall=took["wall"], cpu=took["cpu"], peak=took["peak"])


def _last_line(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    lines = complaints.read().decode(errors="replace").strip().splitlines()
    return lines[-1][:100] if lines else "it said nothing"
