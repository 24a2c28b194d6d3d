"""The keeper of a ledger is killed at random moments and run again, until all is done: no row is lost on the way."""

import subprocess
import sys
from itertools import islice

from crash import bookkeeper
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
