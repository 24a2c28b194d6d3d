"""The command, as tests call it."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from cli.command import Ran, Rheo, Start, started
from rheo.cli.app import run


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep out what this terminal likes, and settings of this machine."""
    for name in [name for name in os.environ if name.startswith("RHEO_") and name != "RHEO_HOME"]:
        monkeypatch.delenv(name)
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def heeded() -> Iterator[None]:
    """Let Ctrl-C count even where this run was started in the background, which has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def rheo(capfd: pytest.CaptureFixture[str]) -> Rheo:
    """The command, run in this process."""

    def command(*arguments: str) -> Ran:
        capfd.readouterr()
        code = run(arguments)
        out, err = capfd.readouterr()
        return Ran(code, out, err)

    return command


@pytest.fixture
def start() -> Iterator[Start]:
    """Start the command in a process of its own, which ends with the test at the latest."""
    with ExitStack() as processes:

        def command(*arguments: str, **more: Any) -> subprocess.Popen[str]:
            process = processes.enter_context(started(*arguments, **more))
            processes.callback(process.kill)
            return process

        yield command
