"""A repair is killed right before and right after its nth write, sync or change of a name; and one of a large file."""

import hashlib
import itertools
import sys

import pytest

from crash.strace import Calls, Moment, killed
from crash.victim import run
from origin import File, Generated

PIECE = 128 * 1024
SIZE = 12 * PIECE
DATA = Generated(SIZE)
KILLS = 5
LIKELY = {Calls.WRITE: 10, Calls.SYNC: 4, Calls.NAME: 6}

LARGE = Generated(1024**3)
LARGE_PIECE = 1024**2


def metalink(data: Generated, length: int) -> bytes:
    digests = (hashlib.sha256(data.read(start, start + length)).hexdigest() for start in range(0, data.size, length))
    pieces = "".join(f"<hash>{digest}</hash>" for digest in digests)
    return (
        '<metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="a">'
        f'<size>{data.size}</size><pieces length="{length}" type="sha-256">{pieces}</pieces></file></metalink>'
    ).encode()


def flip(path, *places):
    with path.open("r+b") as file:
        for at in places:
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 1]))


def line(path, document, url):
    command = ["verify", str(path), "--metalink", str(document), "--repair", url, "-x", "2"]
    return [sys.executable, "-m", "rheo", *command]


@pytest.fixture
def survives(origin, remains, tmp_path):
    """Kill a repair at a moment, and repair again; returns whether the kill came to pass."""
    document = tmp_path / "a.meta4"
    document.write_bytes(metalink(DATA, PIECE))
    right = DATA.read(0, SIZE)
    origin.serve("/a", File(DATA, etag='"one"'))

    def once(moment: Moment) -> bool:
        print(moment)  # noqa: T201  (pytest shows it where a test fails)
        remains.file.write_bytes(right)
        flip(remains.file, 2 * PIECE, 7 * PIECE + 1)
        damaged = remains.file.read_bytes()
        came = killed(line(remains.file, document, origin.url("/a")), remains.ours, moment)
        assert remains.file.read_bytes() in {damaged, right}, "the name has what it had, or the whole right file"
        ran = run(line(remains.file, document, origin.url("/a")))
        assert ran.code == 0, ran.err
        assert remains.file.read_bytes() == right
        return came

    return once


@pytest.mark.usefixtures("traceable")
def test_a_killed_repair_leaves_the_file_as_it_was_or_right(survives, dice):
    kills = 0
    for calls in itertools.cycle(Calls):
        kills += survives(Moment(calls, dice.randint(1, LIKELY[calls]), after=dice.random() < 0.5))
        if kills >= KILLS:
            break


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("traceable", "at_length")
def test_so_does_one_that_is_killed_at_every_such_call(survives, report):
    count = 0
    for calls, after in itertools.product(Calls, (False, True)):
        for number in itertools.count(1):
            if not survives(Moment(calls, number, after=after)):
                break
            count += 1
    report.add("killed before or after each call of a repair", count, "the damaged file stayed, or was right")
    assert count > 20


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("at_length")
def test_a_flipped_bit_in_a_gibibyte_costs_one_piece(origin, remains, report, tmp_path):
    document = tmp_path / "a.meta4"
    document.write_bytes(metalink(LARGE, LARGE_PIECE))
    with remains.file.open("wb") as file:
        for start in range(0, LARGE.size, LARGE_PIECE):
            file.write(LARGE.read(start, start + LARGE_PIECE))
    flip(remains.file, 777 * LARGE_PIECE + 7)
    origin.serve("/a", File(LARGE))

    ran = run(line(remains.file, document, origin.url("/a")))

    assert ran.code == 0, ran.err
    bad = f"bytes={777 * LARGE_PIECE}-{778 * LARGE_PIECE - 1}"
    assert [request.headers["range"] for request in origin.requests] == [bad]
    assert run(line(remains.file, document, origin.url("/a"))).code == 0
    report.add("a flipped bit in 1 GiB, with pieces of 1 MiB", 1, "repaired by one request for that piece")
