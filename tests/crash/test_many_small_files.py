"""Many small files, which are synced in groups: on a disk that fails, and on one whose power is cut."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.command import Ran
from crash import power
from crash.strace import under_strace
from crash.victim import run
from origin import File, Generated
from rheo.domain.batch.row import RowState
from rheo.storage.file_system import FileSystem
from rheo.storage.ledger.reader import LedgerReader

COUNT = 500
SIZE = 10_240
FAILED = 3
"""The command's exit code where some of several files failed."""
CUTS = 30
GAP = 0.1
"""Seconds between two cuts of one run, on average."""

_IN_FULL_GROUPS = """
from rheo.storage import sync_group
sync_group.GROUP_DELAY = 10.0
from rheo.__main__ import main
main()
"""
"""The command without hurry: groups are full, however slow the machine is."""
_SWEEPING_OFTEN = """
from rheo.storage import sync_costs
sync_costs.LEAST_FILES = 1
from rheo.__main__ import main
main()
"""
"""The command in a hurry: the disk is synced as a whole for as few files as there are."""


@pytest.fixture
def swept(downloads) -> Path:
    """A folder whose file system is synced as a whole."""
    downloads.mkdir()
    disk = FileSystem.of(str(downloads))
    if disk is None:
        pytest.skip("no file system is synced as a whole here")
    disk.close()
    return downloads


@pytest.fixture
def listed(origin, tmp_path) -> Path:
    """A list of small files."""
    for number in range(COUNT):
        origin.serve(f"/{number}", File(data(number)))
    file = tmp_path / "urls"
    file.write_text("".join(f"{origin.url(f'/{number}')}\n" for number in range(COUNT)))
    return file


def data(number: int) -> Generated:
    return Generated(SIZE, seed=number)


def line(listed: Path, folder: Path, *more: str, program: str = _IN_FULL_GROUPS) -> list[str]:
    return [sys.executable, "-c", program, "download", "-i", str(listed), "-d", str(folder), *more]


def failing(swept: Path, inject: str, log: Path, listed: Path) -> tuple[Ran, list[str]]:
    """Return how the command ended where calls fail, and the names of these calls, in their order."""
    prefix = under_strace([], inject, log=str(log))
    ran = run([*prefix, *line(listed, swept, "--no-ledger")])
    return ran, re.findall(r"\b(syncfs|fsync)\b.*\(INJECTED\)", log.read_text())


def check_whole(folder: Path) -> set[int]:
    """See that each name has its whole file; return which there are."""
    named = {int(path.name) for path in folder.iterdir() if path.name.isdecimal()}
    for number in named:
        assert (folder / str(number)).read_bytes() == data(number).read(0, SIZE)
    return named


@pytest.mark.usefixtures("traceable")
def test_a_disk_that_fails_as_a_whole_is_asked_for_each_file_from_then_on(swept, listed, tmp_path):
    ran, failed = failing(swept, "syncfs:error=EIO", tmp_path / "log", listed)

    assert ran.code == 0, ran.err
    assert failed == ["syncfs"], "once, though two groups more would have been worth it"
    assert check_whole(swept) == set(range(COUNT))


@pytest.mark.usefixtures("traceable")
def test_no_file_whose_sync_fails_gets_its_name_and_each_is_told(swept, listed, tmp_path):
    ran, failed = failing(swept, "syncfs,fsync:error=EIO", tmp_path / "log", listed)

    assert ran.code == FAILED, ran.err
    assert {f"{swept / str(number)}: Input/output error" in ran.err for number in range(COUNT)} == {True}
    assert failed.count("syncfs") == 1
    assert failed.count("fsync") >= COUNT
    assert check_whole(swept) == set()


@pytest.mark.usefixtures("traceable")
def test_a_kill_before_a_disk_is_synced_leaves_no_name_that_its_group_would_have_had(swept, listed, tmp_path):
    prefix = under_strace([], "syncfs:signal=KILL", quick=False)
    ran = run([*prefix, *line(listed, swept)])

    assert ran.code == -9
    assert len(check_whole(swept)) == 200, "the first group was synced file by file"
    assert run(line(listed, swept)).code == 0
    assert check_whole(swept) == set(range(COUNT))


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("at_length")
def test_what_has_a_name_outlives_a_power_cut_and_its_row_knows_it(disk, listed, dice, report):
    named = []
    while len(named) < CUTS:
        command = line(listed, disk.folder, program=_SWEEPING_OFTEN)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            while power.lives(process, dice.uniform(GAP / 2, 3 * GAP / 2)):
                with power.held(process):
                    named.append(len(whole_after_a_cut(disk)))
        assert process.returncode == 0
        for path in (path for path in disk.folder.iterdir() if path.is_file()):
            path.unlink()
        subprocess.run(["sync", "-f", disk.folder], check=True)
    assert any(0 < count < COUNT for count in named)
    share = sum(named) / len(named) / COUNT
    outcome = f"every file with a name, {share:.0%} on average, was whole, and the ledger knew it"
    report.add("cut off from power among many small files", len(named), outcome)


def whole_after_a_cut(disk) -> set[int]:
    """Start a copy of the disk, and see that each file with a name is whole, and that the ledger knows it."""
    with disk.cut() as copy:
        there = check_whole(copy.folder)
        assert there <= known(copy.folder)
        assert [path.name for path in copy.folder.iterdir() if path.name.endswith(".part")] == []
    return there


def known(folder: Path) -> set[int]:
    """Return the files that a ledger has as done, or about to be."""
    ledgers = [path for path in folder.iterdir() if path.name.endswith(".ledger")]
    if not ledgers or not ledgers[0].stat().st_size:
        return set()
    reader = LedgerReader.open(str(ledgers[0]))
    try:
        rows = reader.rows([RowState.PUBLISHING, RowState.DONE])
        return {int(row.url.rpartition("/")[2]) for row in rows}
    finally:
        reader.close()
