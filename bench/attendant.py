"""A process of the comparison's own that stands between a program and its origin for as long as a block lasts."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from bench.measure import RunError

ROOT: Final = Path(__file__).resolve().parent.parent
ENDS_WITHIN: Final = 5.0


class AttendantError(RunError):
    """It could not begin; the message is the last that it said."""


@contextmanager
def attended(
    module: str, *arguments: str, environment: Mapping[str, str], around: Sequence[str] = ()
) -> Iterator[tuple[int, Any]]:
    """Run a module of `bench.children`, and yield its process id and what it prints first, as JSON.

    `around` are words before the command; they may not fork. It ends with its standard input, so also where this
    process is killed.
    """
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            [*around, sys.executable, "-m", f"bench.children.{module}", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            cwd=ROOT,
            env=dict(environment),
            start_new_session=True,
        )
        with process:
            try:
                yield process.pid, json.loads(_first_line(process, complaints))
            finally:
                _end(process)


def _first_line(process: subprocess.Popen[bytes], complaints: IO[bytes]) -> bytes:
    line = process.stdout.readline() if process.stdout is not None else b""
    if line:
        return line
    process.wait()
    complaints.seek(0)
    lines = complaints.read().decode(errors="replace").strip().splitlines()
    raise AttendantError(lines[-1] if lines else "it said nothing")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
