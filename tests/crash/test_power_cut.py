"""The power is cut at random moments: the state claims nothing that was lost, and the next run goes on from there."""

import subprocess
from pathlib import Path

import pytest

from crash import power
from crash.victim import Remains, line, run
from origin import File, Generated, paced
from rheo.storage.parts import inspection
from rheo.storage.parts.names import Names
from rheo.storage.parts.part_state import decode
from rheo.storage.seal import DamagedError

SIZE = 12_000_000
DATA = Generated(SIZE)
HONEST = File(DATA, etag='"one"')
RATE = 1_000_000
"""Bytes a second on each of three connections."""
CUTS = 50
ASIDE = {"a.damaged.part", "a.damaged.part.json"}
"""What is left where the state is empty: the first claim of a name is not synced, and holds the name until a save."""
GAP = 0.4
"""Seconds between two cuts of one run, on average: it saves every 0.15 s."""


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("at_length")
def test_what_a_state_claims_outlives_a_power_cut(disk, meter, dice, report):
    url = meter.origin.url("/a")
    claimed = []
    while len(claimed) < CUTS:
        meter.origin.serve("/a", paced(HONEST, rate=RATE))
        reserve = dice.choice(["--reserve", "--no-reserve"])
        command = line(url, disk.folder, reserve, saving_often=True)
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            while power.lives(process, dice.uniform(GAP / 2, 3 * GAP / 2)):
                with power.held(process):
                    claimed.append(goes_on(disk, url, meter))
        assert process.returncode == 0
        Remains(disk.folder).file.unlink()
        subprocess.run(["sync", "-f", disk.folder], check=True)
    share = sum(claimed) / len(claimed) / SIZE
    report.add(
        "cut off from power at a random moment",
        len(claimed),
        f"every claim was true, and went on: {share:.0%} on average",
    )


def goes_on(disk, url, meter) -> int:
    """Start a copy of the disk, see that what is claimed is there, and run; return how many bytes were claimed."""
    with disk.cut() as copy:
        remains = Remains(copy.folder)
        claimed = claims(remains)
        begun = remains.state.exists() and not remains.state.read_bytes()
        meter.count = 0
        meter.origin.serve("/a", meter.over(HONEST))
        ran = run(power.after_a_start(line(url, copy.folder, "-x", "1"), disk.folder.parent))
        assert ran.code == 0, ran.err
        assert meter.count <= SIZE - claimed
        assert remains.file.read_bytes() == DATA.read(0, SIZE)
        assert set(remains.names) - {"a", "lost+found"} == (ASIDE if begun else set())
    return claimed


def claims(remains) -> int:
    """See that every byte that is claimed is there (invariant 2), and return how many are; a file claims all."""
    if remains.file.exists():
        assert remains.file.read_bytes() == DATA.read(0, SIZE)
        return SIZE
    try:
        state = decode(remains.state.read_bytes())
    except (FileNotFoundError, DamagedError):
        return 0
    part = inspection.part_of(Names(str(remains.file)), state)
    for start, stop in state.synced:
        with Path(part).open("rb") as file:
            file.seek(start)
            assert file.read(stop - start) == DATA.read(start, stop)
    return remains.synced().size
