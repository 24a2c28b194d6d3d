"""A list of any length takes the same memory: nothing of a file stays once it has ended."""

import itertools
import json
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.command import Start, ended
from origin import File, Origin

FIRST, MORE, PIECE = 2000, 5000, 250
MOST = 6_000_000
"""Bytes by which memory may grow; with something of each file it was 14 MB where they came, 88 MB where they failed.

Without a ledger: SQLite's cache grows to its 16 MB first.
"""

UrlOf = Callable[[int], str]


@pytest.fixture
def fetched(origin: Origin) -> UrlOf:
    origin.serve("/a", File(b"x" * 100))
    return lambda number: f"{origin.url('/a')}?{number}"


@pytest.fixture
def refused() -> Iterator[UrlOf]:
    """URLs at a port where nobody listens."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        yield lambda number: f"http://127.0.0.1:{port}/{number}"


def ask(process: subprocess.Popen[str], numbers: Iterator[int], url_of: UrlOf, count: int) -> None:
    """Have so many files more fetched, or tried, and return once all have ended."""
    assert process.stdin is not None
    assert process.stdout is not None
    for _ in range(0, count, PIECE):
        for _ in range(PIECE):
            number = next(numbers)
            process.stdin.write(json.dumps({"url": url_of(number), "out": str(number)}) + "\n")
        process.stdin.flush()
        left = PIECE
        while left:
            left -= process.stdout.readline().startswith(('{"type": "completed"', '{"type": "failed"'))


def resident(process: subprocess.Popen[str]) -> int:
    """Return the bytes of memory that a process has."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
@pytest.mark.parametrize("kind", ["fetched", "refused"])
def test_thousands_of_files_more_take_no_more_memory(
    kind: str, request: pytest.FixtureRequest, start: Start, downloads: Path
) -> None:
    numbers, url_of = itertools.count(), request.getfixturevalue(kind)
    words = ("--no-ledger", "--format", "jsonl", "--json", "--retry", "0", "--sync", "off", "-d", str(downloads))
    process = start("-i", "-", *words, stdin=subprocess.PIPE, err=subprocess.DEVNULL)
    ask(process, numbers, url_of, FIRST)
    before = resident(process)
    ask(process, numbers, url_of, MORE)
    growth = resident(process) - before
    process.stdin.close()  # type: ignore[union-attr]
    process.stdin = None

    assert ended(process).code == (0 if kind == "fetched" else 3)
    assert growth < MOST
