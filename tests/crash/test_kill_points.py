"""The command is killed right before and right after its nth write, sync or change of a name; the next run goes on."""

import itertools
import shutil
from collections.abc import Iterator

import pytest

from crash.strace import Calls, Moment, killed
from crash.victim import line, run
from origin import File, Generated, paced

SIZE = 1_600_000
DATA = Generated(SIZE)
RATE = 1_200_000
"""Bytes a second on each of three connections: a run has several saves and live maps."""

KILLS = 20
LIKELY = {Calls.WRITE: 16, Calls.SYNC: 5, Calls.NAME: 8}
"""How many calls of a kind a run makes, about: what chance chooses from."""
TOLD = {Calls.WRITE: "write", Calls.SYNC: "sync", Calls.NAME: "rename or unlink"}

pytestmark = pytest.mark.usefixtures("traceable")


@pytest.fixture
def survives(origin, remains, meter):
    """Kill a run at a moment, run again, and see that all is well; returns whether the kill came to pass."""
    honest = File(DATA, etag='"one"')
    url = origin.url("/a")

    def once(moment: Moment) -> bool:
        print(moment)  # noqa: T201  (pytest shows it where a test fails)
        origin.serve("/a", paced(honest, rate=RATE))
        came = killed(line(url, remains.folder, saving_often=True), remains.ours, moment)
        assert not remains.file.exists() or remains.file.read_bytes() == DATA.read(0, SIZE)
        known = remains.known().size
        if not remains.file.exists() or remains.state.exists():
            meter.reset()
            origin.serve("/a", meter.over(honest))
            ran = run(line(url, remains.folder, "-x", "1"))  # what is split later is sent twice
            assert ran.code == 0, ran.err
            assert meter.count <= SIZE - known, "no byte comes again that was known to be there"
        assert remains.file.read_bytes() == DATA.read(0, SIZE)
        assert remains.names == ["a"]
        shutil.rmtree(remains.folder)
        remains.folder.mkdir()
        return came

    return once


def chosen(dice) -> Iterator[Moment]:
    for calls in itertools.cycle(Calls):
        yield Moment(calls, dice.randint(1, LIKELY[calls]), after=dice.random() < 0.5)


def test_a_kill_at_any_call_that_changes_the_disk_costs_nothing_that_was_known(survives, dice):
    moments = chosen(dice)
    kills = 0
    while kills < KILLS:
        kills += survives(next(moments))


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("at_length")
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("calls", Calls, ids=[calls.name.lower() for calls in Calls])
def test_so_does_one_at_every_such_call(survives, calls, after, report):
    for number in itertools.count(1):
        if not survives(Moment(calls, number, after=after)):
            break
    word = "after" if after else "before"
    outcome = "nothing came again that was known; nothing of ours left"
    report.add(f"killed right {word} its nth {TOLD[calls]}, for every n", number - 1, outcome)
    assert number > 3
