"""A ledger on a disk that is full or fails: who writes is told, nobody hangs, and what was durable stays."""

import itertools
import json
import subprocess
import sys

import pytest

from crash import bookkeeper
from crash.disk import NoMountError, fill, mounted
from crash.strace import under_strace
from rheo.cli.exit_codes import ExitCode
from rheo.domain.batch.row import Ending, Entry, Publishing, RowState
from rheo.domain.errors import DiskFullError, StorageError
from rheo.storage.ledger.batch_ledger import BatchLedger

HOST = "https://a.example"


@pytest.fixture
def small_disk(tmp_path):
    """A file system in memory that is soon full."""
    try:
        with mounted(tmp_path / "disk", "4m") as disk:
            yield disk
    except NoMountError as error:
        pytest.skip(str(error))


def entries(start):
    return [Entry(n, f"{HOST}/{n}", HOST) for n in range(start, start + 500)]


def admit_without_end(ledger):
    for start in itertools.count(500, 500):
        ledger.admit(entries(start))


def test_a_full_disk_is_told_to_whoever_writes_and_nothing_durable_is_lost(small_disk):
    path = str(small_disk / "urls.ledger")
    ledger = BatchLedger.open(path, of="-", durable=True)
    (noted, *_) = ledger.admit(entries(0))
    ledger.publishing([Publishing(noted.row, "x", 1, None, 1, 1)])
    filler = fill(small_disk, leaving=0)
    with pytest.raises(DiskFullError, match=r"no room for the ledger .*urls\.ledger"):
        admit_without_end(ledger)
    for act in (
        lambda: ledger.admit(entries(0)),
        lambda: ledger.publishing([]),
        lambda: ledger.finish([Ending(noted.row, RowState.DONE)]),
        ledger.summary,
    ):
        with pytest.raises(DiskFullError):
            act()
    ledger.close()
    filler.unlink()

    ledger = BatchLedger.open(path, of="-", durable=True)
    assert ledger.admit(entries(0))[0].before is RowState.PUBLISHING
    ledger.close()


def test_a_full_disk_is_told_at_the_end_to_who_only_finishes(small_disk):
    ledger = BatchLedger.open(str(small_disk / "urls.ledger"), of="-", durable=True)
    rows = [one.row for one in ledger.admit(entries(0))]
    fill(small_disk, leaving=0)
    ledger.finish([Ending(row, RowState.FAILED, error="stalled", message="x" * 10_000) for row in rows])
    with pytest.raises(DiskFullError):
        ledger.close()


def test_a_disk_too_full_for_a_ledger_is_told(small_disk):
    fill(small_disk, leaving=0)
    with pytest.raises(StorageError, match=r"urls\.ledger"):
        BatchLedger.open(str(small_disk / "urls.ledger"), of="-", durable=True)
    assert [file.name for file in small_disk.iterdir()] == ["filler"]


@pytest.mark.usefixtures("traceable")
@pytest.mark.parametrize("call", ["fdatasync,fsync", "pwrite64"])
def test_a_sync_or_write_that_fails_ends_the_keeper_with_a_word(tmp_path, call):
    log = [tmp_path / "urls.ledger-wal"]
    failing = under_strace(log, f"{call}:error=EIO:when=5+")
    line = [*failing, sys.executable, bookkeeper.__file__, tmp_path, "durable", "70"]

    ran = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)

    assert ran.returncode == 1
    assert "the ledger " in ran.stderr
    assert "disk I/O error" in ran.stderr
    files = {file.name for file in tmp_path.glob("*.bin")}
    assert {f"{int(word.split()[1]) - 1}.bin" for word in ran.stdout.splitlines() if "done" in word} <= files


def test_a_run_whose_ledger_has_no_room_is_given_up_with_a_summary_and_gone_on_with_later(small_disk, tmp_path):
    (tmp_path / "urls.txt").write_text("".join(f"http://127.0.0.1:1/{n}?{'x' * 1000}\n" for n in range(1000)))
    ledger = small_disk / "urls.ledger"
    words = ["-i", tmp_path / "urls.txt", "-d", tmp_path, "--ledger", ledger, "--retry", "0"]
    filler = fill(small_disk, leaving=512 * 1024)

    told = rheo(*words, "--json")
    shown = rheo(*words)
    filler.unlink()
    later = rheo(*words, "--json")

    why = f"no room for the ledger {ledger}; free some space and run it again"
    summary = json.loads(told.stdout.splitlines()[-1])
    assert (summary["type"], summary["given_up"]) == ("summary", why)
    assert f"given up: {why}" in shown.stderr
    assert summary["exit_code"] == told.returncode == shown.returncode == ExitCode.DISK
    assert json.loads(later.stdout.splitlines()[-1])["failed"] == 1000


def rheo(*words):
    line = [sys.executable, "-m", "rheo", *words]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
