"""What one run of a program took."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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


def run(commands: Sequence[Sequence[str]], *, environment: Mapping[str, str], patience: float = PATIENCE) -> Run:
    """Run commands in turn, timed together, or raise RunError where one fails; what they print is not kept."""
    with started(commands, environment=environment, patience=patience) as finish:
        return finish()


@contextmanager
def started(
    commands: Sequence[Sequence[str]], *, environment: Mapping[str, str], patience: float = PATIENCE
) -> Iterator[Callable[[], Run]]:
    """Start commands, and yield what waits for them as `run` does; nothing of them runs after the block."""
    with tempfile.TemporaryFile() as orders, tempfile.TemporaryFile() as complaints:
        orders.write(json.dumps(commands).encode())
        orders.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(STOPWATCH)],
            stdin=orders,
            stdout=subprocess.PIPE,
            stderr=complaints,
            cwd=environment["HOME"],
            env=dict(environment),
            start_new_session=True,
        )
        try:
            yield lambda: _read(process, complaints, patience)
        finally:
            _kill_session(process)


def _read(process: subprocess.Popen[bytes], complaints: IO[bytes], patience: float) -> Run:
    try:
        printed, _ = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        raise RunError(f"not finished after {patience:g} s") from None
    took = json.loads(printed)
    if took["code"]:
        raise RunError(f"exit code {took['code']}: {_last_line(complaints)}")
    return Run(wall=took["wall"], cpu=took["cpu"], peak=took["peak"])


def _kill_session(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _last_line(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    lines = complaints.read().decode(errors="replace").strip().splitlines()
    return lines[-1][:100] if lines else "it said nothing"
