"""The command is killed at random moments and run again, until the file is whole: little is fetched twice."""

import subprocess

import pytest

from crash.victim import line
from origin import File, Generated, paced

SIZE = 3_000_000
DATA = Generated(SIZE)
RATE = 1_000_000
"""Bytes a second on each of three connections."""
TRAFFIC = 3 * RATE
LASTS = 1.3
"""Seconds that an undisturbed run takes, about."""
LOST = 0.3
"""Seconds of traffic that a kill may cost."""


@pytest.mark.timeout(900)
def test_a_kill_costs_a_moment_of_traffic_and_never_a_wrong_byte(remains, meter, dice, torture, report):
    kills = 200 if torture else 20
    meter.origin.serve("/a", meter.over(paced(File(DATA, etag='"one"'), rate=RATE)))
    lost, finished, known = [], 0, 0

    while len(lost) < kills:
        meter.reset()
        killed = was_killed(line(meter.origin.url("/a"), remains.folder), after=dice.uniform(0, LASTS))
        assert not remains.file.exists() or remains.file.read_bytes() == DATA.read(0, SIZE)
        sent = meter.settled()
        before, known = known, SIZE if remains.file.exists() else remains.known().size
        if killed:
            lost.append(sent - (known - before))
        else:
            assert remains.names == ["a"]
        if remains.file.exists() and not remains.state.exists():  # a kill may come between the last step and the end
            remains.file.unlink()
            finished, known = finished + 1, 0

    report.add("killed at a random moment", kills, told(lost, finished))
    assert sum(lost) <= kills * LOST * TRAFFIC, f"{lost} bytes were lost"


def was_killed(command, *, after: float) -> bool:
    """Run a command, and kill it unless it ended before that."""
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            _, errors = process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            process.kill()
            return True
    assert process.returncode == 0, errors
    return False


def told(lost, finished) -> str:
    mean, most = (seconds / TRAFFIC * 1000 for seconds in (sum(lost) / len(lost), max(lost)))
    return f"{finished} whole files; a kill cost {mean:.0f} ms of traffic, {most:.0f} ms at most"
