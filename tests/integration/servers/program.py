"""Someone else's program as a server: found, started on free ports, waited for until it listens, ended."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

import pytest

HOST: Final = "127.0.0.1"
TESTS: Final = Path(__file__).parents[2]
PATIENCE: Final = 20
"""Seconds for a server to listen, to write its log, or to end."""

STARTS: Final = 5
"""How often a server may be started whose ports another program took meanwhile."""

_PAUSE: Final = 0.01


@dataclass(frozen=True)
class Login:
    """Who may pass."""

    user: str
    password: str


@dataclass(frozen=True)
class Log:
    """What a server wrote about its requests."""

    path: Path

    def text(self) -> str:
        return self.path.read_text(errors="replace") if self.path.exists() else ""

    def shows(self, words: str) -> bool:
        """Whether these words are there, or soon: servers write a request down after they answered it."""
        return _comes_true(lambda: words in self.text())

    def lines(self, count: int) -> list[str]:
        """Return all lines once there are so many, which is soon."""
        assert _comes_true(lambda: self.text().count("\n") >= count)
        return self.text().splitlines()


def find(program: str, *, package: str) -> str:
    """Return the program's path; without it the test is skipped, or fails in CI, where all is to be installed."""
    path = shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if path is None:
        lacking(f"{program} is not installed (Debian's package {package})")
    return path


def lacking(reason: str) -> NoReturn:
    """Skip, and say why; where CI is set, fail."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def running(
    configure: Callable[..., Sequence[str]],
    *,
    ports: int,
    output: Path,
    farewell: signal.Signals = signal.SIGTERM,
) -> Iterator[list[int]]:
    """Run the command that is made of free ports until the block is left; with other ports where one was taken.

    The `farewell` ends it: SIGKILL where a program would wait for seconds though it has nothing to save.
    """
    with ExitStack() as stack:
        for _ in range(STARTS):
            numbers = free_ports(ports)
            process = _start(configure(*numbers), output)
            stack.callback(_end, process, farewell)
            if _ready(process, numbers):
                yield numbers
                return
        pytest.fail(f"the server does not start: {output.read_text(errors='replace')}")


def free_ports(count: int) -> list[int]:
    """Return ports that were free a moment ago, for UDP too."""
    with ExitStack() as stack:
        ports: list[int] = []
        while len(ports) < count:
            stream = stack.enter_context(socket.create_server((HOST, 0)))
            datagram = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            try:
                datagram.bind(stream.getsockname())
            except OSError:
                continue
            ports.append(stream.getsockname()[1])
        return ports


def _start(command: Sequence[str], output: Path) -> subprocess.Popen[bytes]:
    """Start the program in a session of its own, with our tests among the modules that it may import."""
    modules = [str(TESTS), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    with output.open("ab") as file:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(modules).rstrip(os.pathsep)},
            start_new_session=True,
        )


def _end(process: subprocess.Popen[bytes], farewell: signal.Signals) -> None:
    """End the program, wait for it, and leave none of its children behind."""
    process.send_signal(farewell)
    try:
        process.wait(PATIENCE)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _ready(process: subprocess.Popen[bytes], ports: Sequence[int]) -> bool:
    """Wait until all ports listen, and say whether it is this program that does: one that lost a port has ended."""
    return _comes_true(lambda: process.poll() is not None or _listening(ports)) and process.poll() is None


def _listening(ports: Sequence[int]) -> bool:
    try:
        for port in ports:
            socket.create_connection((HOST, port), timeout=1).close()
    except (ConnectionRefusedError, TimeoutError):
        return False
    return True


def _comes_true(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE)
    return True
