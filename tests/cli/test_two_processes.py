"""Two commands at one target: one has it, the other says so, shares the outcome, or takes over from the dead."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.command import Start, ended
from origin import File, Generated, Origin, Part, gated

CONTENT = Generated(8_000_000)
WHOLE = CONTENT.read(0, 8_000_000)
ALONE = ("--connections", "1")


@pytest.fixture
def gate(origin: Origin) -> Iterator[threading.Event]:
    """Opened, it lets the rest of the file through."""
    gate = threading.Event()
    origin.serve("/a.iso", gated(File(CONTENT, etag='"1"'), gate, after=3_000_000))
    yield gate
    gate.set()


def begun(origin: Origin, name: str = "a.iso") -> None:
    """Return once the first command has its part, and waits for the rest."""
    origin.wait_for(lambda server: server.held == 1, 10)
    deadline = time.monotonic() + 10
    while not Path(f"{name}.part.live").exists():
        assert time.monotonic() < deadline
        os.sched_yield()


def names() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def test_the_second_one_says_who_is_at_it(origin: Origin, gate: threading.Event, start: Start) -> None:
    first = start(origin.url("/a.iso"), *ALONE)
    begun(origin)

    second = ended(start(origin.url("/a.iso"), *ALONE))
    gate.set()

    assert second.code == 9
    assert f"is being written by process {first.pid}" in second.err
    assert "--join" in second.err
    assert ended(first).code == 0
    assert Path("a.iso").read_bytes() == WHOLE
    assert names() == ["a.iso"]


def test_joining_shares_the_outcome(origin: Origin, gate: threading.Event, start: Start) -> None:
    first = start(origin.url("/a.iso"), *ALONE)
    begun(origin)
    second = start(origin.url("/a.iso"), *ALONE, "--join", "--json")
    assert second.stdout is not None
    assert any('"joining"' in line for line in second.stdout)

    gate.set()

    assert (ended(first).code, ended(second).code) == (0, 0)
    assert len(origin.requests) == 1
    assert Path("a.iso").read_bytes() == WHOLE
    assert names() == ["a.iso"]


def test_joining_says_that_it_waits_for_another_one(origin: Origin, gate: threading.Event, start: Start) -> None:
    start(origin.url("/a.iso"), *ALONE)
    begun(origin)

    second = start(origin.url("/a.iso"), *ALONE, "--join")

    assert second.stderr is not None
    assert next(second.stderr) == "a.iso: waiting for another rheo\n"


def test_joining_ends_with_a_mismatch_where_the_file_that_came_is_not_the_one_asked_for(
    origin: Origin, gate: threading.Event, start: Start
) -> None:
    first = start(origin.url("/a.iso"), *ALONE)
    begun(origin)
    second = start(origin.url("/a.iso"), *ALONE, "--join", "--json", "--hash", f"md5:{'0' * 32}")
    assert second.stdout is not None
    assert any('"joining"' in line for line in second.stdout)

    gate.set()

    assert ended(first).code == 0
    joined = ended(second)
    assert joined.code == 6
    assert '"checksum_mismatch"' in joined.out
    assert "a.iso is there already and is not the file that was asked for" in joined.out
    assert names() == ["a.iso"]
    assert Path("a.iso").read_bytes() == WHOLE


def test_joining_takes_no_older_file_for_that_of_one_who_failed(
    origin: Origin, gate: threading.Event, start: Start
) -> None:
    Path("a.iso").write_bytes(b"older")
    first = start(origin.url("/a.iso"), *ALONE, "--on-exists", "overwrite", "--hash", f"md5:{'0' * 32}")
    begun(origin)
    second = start(origin.url("/a.iso"), *ALONE, "--on-exists", "overwrite", "--join", "--json")
    assert second.stdout is not None
    assert any('"joining"' in line for line in second.stdout)

    gate.set()

    assert (ended(first).code, ended(second).code) == (6, 0)
    assert Path("a.iso").read_bytes() == WHOLE
    assert names() == ["a.iso"]


def test_who_joined_in_vain_says_that_it_connects(origin: Origin, gate: threading.Event, start: Start) -> None:
    answer = threading.Event()
    whole = File(CONTENT, etag='"1"')
    origin.serve("/a.iso", [gated(whole, gate, after=3_000_000), gated(whole, answer, after=1, part=Part.HEAD)])
    first = start(origin.url("/a.iso"), *ALONE, "--hash", f"md5:{'0' * 32}")
    begun(origin)
    second = start(origin.url("/a.iso"), *ALONE, "--join", "--json")
    assert second.stdout is not None
    assert any('"joining"' in line for line in second.stdout)

    gate.set()

    assert any('"connecting"' in line for line in second.stdout)
    answer.set()
    assert (ended(first).code, ended(second).code) == (6, 0)


def test_joining_shares_the_outcome_also_beside_a_part_of_somebody_else(
    origin: Origin, gate: threading.Event, start: Start
) -> None:
    Path("a.iso.part").write_bytes(b"somebody's")
    first = start(origin.url("/a.iso"), *ALONE)
    begun(origin, "a.iso.1")
    second = start(origin.url("/a.iso"), *ALONE, "--join", "--json")
    assert second.stdout is not None
    assert any('"joining"' in line for line in second.stdout)

    gate.set()

    joined = ended(second)
    assert (ended(first).code, joined.code) == (0, 0)
    assert '"skipped": 1' in joined.out
    assert names() == ["a.iso", "a.iso.part"]


def test_joining_goes_on_where_the_other_one_was_killed(origin: Origin, gate: threading.Event, start: Start) -> None:
    first = start(origin.url("/a.iso"), *ALONE)
    begun(origin)
    second = start(origin.url("/a.iso"), *ALONE, "--join", "--json")
    assert second.stdout is not None
    assert any('"joining"' in line for line in second.stdout)

    first.send_signal(signal.SIGKILL)
    first.wait()
    gate.set()

    assert ended(second).code == 0
    assert origin.requests[-1].headers["range"] != "bytes=0-"
    assert Path("a.iso").read_bytes() == WHOLE
    assert names() == ["a.iso"]


def test_a_dead_one_of_which_nobody_took_note_blocks_nobody(
    origin: Origin, gate: threading.Event, start: Start
) -> None:
    """As in a container, whose first process may never ask how its children ended."""
    first = start(origin.url("/a.iso"), *ALONE)
    begun(origin)
    first.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, first.pid, os.WEXITED | os.WNOWAIT)
    gate.set()

    assert ended(start(origin.url("/a.iso"), *ALONE)).code == 0
    assert origin.requests[-1].headers["range"] != "bytes=0-"
    assert names() == ["a.iso"]


def test_what_a_stopped_one_left_is_gone_on_with_by_one_of_many(
    origin: Origin, gate: threading.Event, start: Start
) -> None:
    first = start(origin.url("/a.iso"), *ALONE)
    begun(origin)
    first.send_signal(signal.SIGKILL)
    first.wait()
    gate.set()

    codes = sorted(ended(each).code for each in [start(origin.url("/a.iso"), *ALONE) for _ in range(4)])

    assert codes[0] == 0
    assert set(codes) <= {0, 9}
    for name in names():
        assert name == "a.iso" or (name.startswith("a.") and name.endswith(".iso"))
        assert Path(name).read_bytes() == WHOLE


def test_many_that_join_fetch_it_once(origin: Origin, start: Start) -> None:
    origin.serve("/a.iso", File(CONTENT, etag='"1"'))
    several = [start(origin.url("/a.iso"), *ALONE, "--join", "--on-exists", "skip") for _ in range(4)]

    assert [ended(each).code for each in several] == [0, 0, 0, 0]
    assert names() == ["a.iso"]
    assert Path("a.iso").read_bytes() == WHOLE


def test_what_cannot_be_gone_on_with_makes_way(origin: Origin, start: Start) -> None:
    gate = threading.Event()
    origin.serve("/a.iso", gated(File(CONTENT, ranges=False), gate, after=3_000_000))
    first = start(origin.url("/a.iso"))
    begun(origin)
    first.send_signal(signal.SIGKILL)
    first.wait()
    gate.set()

    assert ended(start(origin.url("/a.iso"))).code == 0

    assert Path("a.iso").read_bytes() == WHOLE
    assert names() == ["a.iso"]


def test_a_part_of_somebody_else_cannot_be_gone_on_with(origin: Origin, start: Start) -> None:
    Path("b.part").write_bytes(b"somebody's")

    ran = ended(start(origin.url("/a.iso"), "--resume-from", "b.part"))

    assert ran.code == 2
    assert "b.part cannot be gone on with: no part state of ours says what it is of" in ran.err
    assert Path("b.part").read_bytes() == b"somebody's"


def test_joining_finds_what_was_named_around_an_older_file(origin: Origin, gate: threading.Event, start: Start) -> None:
    Path("a.iso").write_bytes(b"older")
    first = start(origin.url("/a.iso"), *ALONE)
    begun(origin, "a.1.iso")
    second = start(origin.url("/a.iso"), *ALONE, "--join", "--json")
    assert second.stdout is not None
    assert any('"joining"' in line for line in second.stdout)
    gate.set()

    ran = ended(second)

    assert (ended(first).code, ran.code) == (0, 0)
    assert names() == ["a.1.iso", "a.iso"]
