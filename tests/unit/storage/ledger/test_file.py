"""Opening a ledger: what is none, or another one's, is told and left as it is."""

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest

from rheo.domain.batch.row import Ending, Entry, RowState
from rheo.domain.errors import InvalidLedgerError
from rheo.storage.ledger import file as ledger_file
from rheo.storage.ledger.batch_ledger import BatchLedger
from rheo.storage.ledger.file import open_to_report
from rheo.storage.ledger.reading import summary_of
from rheo.storage.ledger.schema import VERSION

A = Entry(1, "https://a.example/x", "https://a.example", "x")
LIST = "/lists/urls.txt"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "urls.txt.ledger"


def opened(path, of=LIST):
    return BatchLedger.open(str(path), of=of, durable=True)


def made(path):
    ledger = opened(path)
    ledger.admit([A])
    ledger.close()


def refused(path, why, of=LIST):
    """See that a ledger is not opened, for that reason, and nothing changed."""
    before = contents(path.parent)
    with pytest.raises(InvalidLedgerError, match=why) as refusal:
        opened(path, of=of)
    assert str(path) in refusal.value.message
    assert contents(path.parent) == before


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def test_it_is_made_with_its_folder_for_its_owners_eyes_alone(path):
    made(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_all_that_lies_beside_it_meanwhile_is_for_its_owner_too_and_goes(path):
    ledger = opened(path)
    ledger.admit([A])
    beside = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert beside == dict.fromkeys([f"{path.name}{end}" for end in ("", "-shm", "-wal", ".lock")], 0o600)
    ledger.close()
    assert list(path.parent.iterdir()) == [path]


def test_a_name_that_needs_quoting_is_a_name(tmp_path):
    path = tmp_path / "a?b#c%41 d\udcff.ledger"
    made(path)
    assert list(tmp_path.iterdir()) == [path]
    open_to_report(str(path)).close()


def test_a_list_may_have_a_name_that_is_no_utf_8(path):
    opened(path, of="/lists/\udcff").close()
    opened(path, of="/lists/\udcff").close()
    refused(path, "is of another list", of="/lists/\udcfe")


def test_a_ledger_of_another_list_is_refused(path):
    made(path)
    refused(path, "is of another list, /lists/urls.txt; name another with --ledger FILE", of="-")


def test_a_file_that_is_no_ledger_is_refused(path):
    path.parent.mkdir()
    path.write_bytes(b"my notes" * 100)
    refused(path, "is no ledger of a batch")


def test_a_short_file_that_is_no_ledger_is_refused(path):
    path.parent.mkdir()
    path.write_bytes(b"x")
    refused(path, "is no ledger of a batch")


def test_a_database_of_another_program_is_refused(path):
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE batch (list)")
    connection.close()
    refused(path, "is no ledger of a batch")


def test_a_ledger_of_a_newer_version_is_refused(path):
    made(path)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    refused(path, f"was written by a newer rheo, in version {VERSION + 1} of its form; update rheo")


def test_a_damaged_ledger_is_refused(path):
    made(path)
    data = bytearray(path.read_bytes())
    data[100:2000] = bytes(1900)
    path.write_bytes(data)
    refused(path, "is damaged")


def test_a_ledger_with_a_row_that_no_list_has_is_refused(path):
    made(path)
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE line SET id = {2**60}")
    connection.close()
    refused(path, "is damaged")


def test_a_link_is_not_followed(path, tmp_path):
    path.parent.mkdir()
    path.symlink_to(tmp_path / "victim")
    refused(path, "is a link")
    assert not (tmp_path / "victim").exists()


def test_a_link_in_the_place_of_the_lock_is_not_followed(path, tmp_path):
    path.parent.mkdir()
    path.with_name(f"{path.name}.lock").symlink_to(tmp_path / "victim")
    refused(path, "cannot be made or locked")
    assert not (tmp_path / "victim").exists()


@pytest.mark.parametrize("end", ["-wal", "-journal", "-shm"])
def test_links_in_the_places_of_what_lies_beside_it_are_not_followed(path, tmp_path, end):
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    path.parent.mkdir()
    path.with_name(f"{path.name}{end}").symlink_to(victim)
    with suppress(InvalidLedgerError):
        made(path)
    assert victim.read_bytes() == b"precious"


def test_a_folder_in_its_place_is_refused(path):
    path.mkdir(parents=True)
    refused(path, "is no regular file")


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InvalidLedgerError, match="--ledger FILE"):
        opened(tmp_path / "file" / "urls.ledger")


def test_an_empty_file_that_a_kill_left_becomes_a_ledger(path):
    path.parent.mkdir()
    path.write_bytes(b"")
    made(path)


def test_a_file_of_another_user_is_refused(path, monkeypatch):
    made(path)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    monkeypatch.setattr(ledger_file, "_SUPERUSER", path.stat().st_uid + 2)
    refused(path, "belongs to another user")


def test_a_second_one_in_this_process_is_refused_while_the_first_is_open(path):
    first = opened(path)
    with pytest.raises(InvalidLedgerError, match="is in use by another rheo"):
        opened(path)
    first.admit([A])
    first.close()
    opened(path).close()


def test_another_process_is_refused_while_it_is_open_and_not_after_its_death(path):
    code = (
        "import sys; from rheo.storage.ledger.batch_ledger import BatchLedger; "
        f"BatchLedger.open(sys.argv[1], of={LIST!r}, durable=True); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "open\n"
        with pytest.raises(InvalidLedgerError, match="is in use by another rheo"):
            opened(path)
        process.kill()
        process.wait()
    made(path)
    assert list(path.parent.iterdir()) == [path]


def test_where_no_memory_can_be_shared_it_works_without_a_log(path):
    path.with_name(f"{path.name}-shm").mkdir(parents=True)
    ledger = opened(path)
    (admission,) = ledger.admit([A])
    ledger.finish([Ending(admission.row, RowState.DONE)])
    assert ledger.summary().states == {RowState.DONE: 1}
    assert not path.with_name(f"{path.name}-wal").exists()
    ledger.close()
    with closing(opened(path)) as again:
        assert again.admit([A])[0].before is RowState.DONE


def test_a_report_reads_while_it_is_written(path):
    ledger = opened(path)
    (admission,) = ledger.admit([A])
    connection = open_to_report(str(path))
    assert summary_of(connection).states == {RowState.PENDING: 1}
    ledger.finish([Ending(admission.row, RowState.DONE)])
    ledger.publishing([])
    assert summary_of(connection).states == {RowState.DONE: 1}
    connection.close()
    ledger.admit([A._replace(place="y")])
    ledger.close()
    assert list(path.parent.iterdir()) == [path]


def test_who_reads_a_report_keeps_nobody_from_closing(path):
    ledger = opened(path)
    ledger.admit([A])
    connection = open_to_report(str(path))
    reading = connection.execute("SELECT id FROM line")
    reading.fetchone()
    ledger.close()
    connection.close()
    with closing(opened(path)) as again:
        assert again.admit([A])[0].row == 1


def test_a_report_writes_nothing(path):
    made(path)
    before = contents(path.parent)
    connection = open_to_report(str(path))
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM line")
    connection.close()
    assert contents(path.parent) == before


@pytest.mark.parametrize("content", [None, b"", b"my notes" * 100])
def test_a_report_needs_a_ledger(path, content):
    path.parent.mkdir()
    if content is not None:
        Path(path).write_bytes(content)
    with pytest.raises(InvalidLedgerError, match=r"urls\.txt\.ledger "):
        open_to_report(str(path))
