"""A list whose first lines are of hosts by the thousand that are not there: those behind them come nevertheless."""

import json
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.command import Start
from origin import File, Origin

DEAD, ALIVE = 6000, 200


@pytest.fixture
def refused() -> Iterator[list[str]]:
    """URLs of as many hosts, at a port where nobody listens."""
    with socket.socket() as nobody:
        nobody.bind(("0.0.0.0", 0))  # it stays taken, at all addresses
        port = nobody.getsockname()[1]
        yield [f"http://127.1.{number // 250}.{1 + number % 250}:{port}/f" for number in range(DEAD)]


def test_those_behind_hosts_that_refuse_are_fetched_before_these_are_given_up(
    refused: list[str], origin: Origin, start: Start
) -> None:
    origin.serve("/a", File(b"x" * 100))
    Path("urls.txt").write_text("\n".join([*refused, *(origin.url(f"/a?{number}") for number in range(ALIVE))]))

    process = start("-i", "urls.txt", "--json", err=subprocess.DEVNULL)

    told: Counter[str] = Counter()
    first: Counter[str] = Counter()
    assert process.stdout is not None
    while told["completed"] < ALIVE:
        kind = json.loads(process.stdout.readline())["type"]
        told[kind] += 1
        if told["completed"] == 1 and not first:
            first.update(told)
    process.kill()
    process.wait()
    assert first["failed"] < DEAD // 50
    assert first["started"] < 2 * DEAD
    assert told["started"] - first["started"] < 10 * ALIVE
