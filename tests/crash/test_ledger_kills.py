"""The keeper of a ledger is killed at random moments and run again, until all is done: no row is lost on the way."""

import signal
import subprocess
import sys
from itertools import islice

import pytest

from crash import bookkeeper
from crash.strace import under_strace
from origin import File, Generated
from rheo.domain.batch.row import RowState
from rheo.storage.ledger.reader import LedgerReader

MOST_WORDS = 200
"""Of the keeper, before it is killed; it says two for each file."""


def test_a_kill_loses_no_row_of_a_file_that_was_noted_or_told_as_done(tmp_path, dice, torture, report):
    lines = 7000 if torture else 700
    kills = 0
    code, words = 9, []
    while code:
        durable = ("durable", "not")[kills % 2]
        code, words = killed([sys.executable, bookkeeper.__file__, tmp_path, durable, str(lines)], dice)
        kills += code != 0
        told = states(tmp_path)
        said = {int(word.split()[1]) for word in words if word != "open"}
        assert {told[row] for row in said} <= {RowState.PUBLISHING, RowState.DONE}
        there = {row for row, state in told.items() if state is RowState.DONE}
        assert {tmp_path / f"{row - 1}.bin" for row in there} <= set(tmp_path.iterdir())

    assert kills >= lines // MOST_WORDS
    assert states(tmp_path) == dict.fromkeys(range(1, lines + 1), RowState.DONE)
    assert len(list(tmp_path.iterdir())) == lines + 1
    report.add("keeper of a ledger killed at a random moment", kills, f"{lines} files, no row lost, none fetched twice")


@pytest.mark.usefixtures("traceable")
def test_a_state_that_a_kill_left_behind_a_named_file_goes_with_the_next_run(tmp_path, origin):
    origin.serve("/a.bin", File(Generated(3_000_000), etag='"one"'))
    (tmp_path / "urls.txt").write_text(origin.url("/a.bin"))
    line = [sys.executable, "-m", "rheo", "-i", str(tmp_path / "urls.txt"), "-d", str(tmp_path)]
    state = tmp_path / "a.bin.part.json"
    tracing = under_strace([state], "unlink,unlinkat:signal=KILL:when=1", quick=False)

    subprocess.run([*tracing, *line], timeout=60, check=False)
    assert (tmp_path / "a.bin").exists()
    subprocess.run([*line, "--dry-run"], timeout=60, check=True)
    assert state.exists()
    subprocess.run(line, timeout=60, check=True)

    assert {path.name for path in tmp_path.iterdir()} == {"a.bin", "urls.txt", "urls.txt.ledger"}
    assert len({request.headers["range"] for request in origin.requests}) == len(origin.requests)


@pytest.mark.usefixtures("traceable")
def test_a_dry_run_leaves_what_a_kill_left_behind_a_named_file(tmp_path, origin):
    origin.serve("/a.bin", File(Generated(3_000_000), etag='"one"'))
    (tmp_path / "urls.txt").write_text(origin.url("/a.bin"))
    line = [sys.executable, "-m", "rheo", "-i", str(tmp_path / "urls.txt"), "-d", str(tmp_path)]
    tracing = under_strace([tmp_path / "a.bin.part.json"], "unlink,unlinkat:signal=KILL:when=1", quick=False)
    subprocess.run([*tracing, *line], timeout=60, check=False)
    before = {path.name for path in tmp_path.iterdir()}

    ran = subprocess.run([*line, "--dry-run"], timeout=60, check=True, capture_output=True, text=True)

    assert {path.name for path in tmp_path.iterdir()} == before
    assert "a.bin.part.json" in before
    assert ran.stdout == ""


@pytest.mark.usefixtures("traceable")
def test_a_file_whose_renewal_a_kill_kept_from_its_name_is_renewed_by_the_next_run(tmp_path, origin):
    (tmp_path / "urls.txt").write_text(origin.url("/a"))
    line = [sys.executable, "-m", "rheo", "-i", str(tmp_path / "urls.txt"), "-d", str(tmp_path)]
    origin.serve("/a", File(b"old", etag='"1"'))
    subprocess.run(line, timeout=60, check=True)
    origin.serve("/a", File(b"newer", etag='"2"'))
    tracing = under_strace([tmp_path / "a"], "rename,renameat,renameat2,link,linkat:signal=KILL:when=1", quick=False)

    dead = subprocess.run([*tracing, *line, "--check", "remote"], timeout=60, check=False)
    assert dead.returncode == -signal.SIGKILL
    assert (tmp_path / "a").read_bytes() == b"old"
    subprocess.run(line, timeout=60, check=True)

    assert {path.name for path in tmp_path.iterdir()} == {"a", "urls.txt", "urls.txt.ledger"}
    assert (tmp_path / "a").read_bytes() == b"newer"


def killed(line, dice) -> tuple[int, list[str]]:
    """Run the keeper, and kill it at some word; return how it ended, and all that it said."""
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        words = list(islice(process.stdout, dice.randrange(1, MOST_WORDS)))
        process.kill()
        words += process.stdout
    assert process.returncode in {0, -9}
    return process.returncode, [word.strip() for word in words]


def states(folder) -> dict[int, RowState]:
    """Return all rows as a report sees them, without settling anything."""
    reader = LedgerReader.open(str(folder / "urls.ledger"))
    try:
        return {row.row: row.state for row in reader.rows()}
    finally:
        reader.close()
