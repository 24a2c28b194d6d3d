"""`rheo batch report`: everything that a ledger has, in three forms."""

import csv
import io
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cli.command import Rheo, Start, ended
from cli.test_start import HEAVY, loaded_by
from rheo.domain.batch.row import Ending, Entry, RowState
from rheo.storage.ledger.batch_ledger import BatchLedger

HOST = "https://a.example"
HASH = "sha-256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


def written(*lines: tuple[Entry, Ending | None]) -> str:
    """Write a ledger and return its name."""
    ledger = BatchLedger.open("urls.ledger", of="/lists/urls.txt", durable=False)
    for entry, ending in lines:
        (admission,) = ledger.admit([entry])
        if ending is not None:
            ledger.finish([ending._replace(row=admission.row)])
    ledger.close()
    return "urls.ledger"


DONE = Ending(0, RowState.DONE, "d/x", 10240, HASH, 1, None, None, 0.25, '"v1"', "yesterday")
FAILED = Ending(0, RowState.FAILED, attempts=5, error="http_status", message="it answered 404", seconds=61.04)
BATCH = (
    (Entry(1, f"{HOST}/x", HOST, "d/x"), DONE),
    (Entry(2, f"{HOST}/y", HOST), FAILED),
    (Entry(3, "", "", wrong="it has no URL"), None),
    (Entry(4, "https://b.example/z", "https://b.example"), None),
)


def test_people_get_a_line_for_each_and_a_summary(rheo: Rheo) -> None:
    ran = rheo("batch", "report", written(*BATCH))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "   line  state             size  attempts   seconds  URL\n"
        "      1  done          10.0 KiB         1       0.2  https://a.example/x  d/x\n"
        "      2  failed               -         5      61.0  https://a.example/y: http_status: it answered 404\n"
        "      3  bad line             -         0         -  it has no URL\n"
        "      4  pending              -         0         -  https://b.example/z\n"
        "\n"
        "4 lines: 1 pending, 1 done, 1 failed, 1 bad line, 10.0 KiB\n"
        "errors: 1 bad_line, 1 http_status\n"
        "  https://a.example: 1 of 2 failed\n"
    )


def test_only_what_failed_is_told_where_that_is_asked_for(rheo: Rheo) -> None:
    ran = rheo("batch", "report", "--failed", written(*BATCH))
    assert [line.split()[1] for line in ran.out.splitlines()[:3]] == ["state", "failed", "bad"]
    assert "4 lines: 1 pending, 1 done" in ran.out
    assert "https://a.example/x" not in ran.out


@pytest.mark.parametrize("named", [f"{HOST}/y?q", f"{HOST}/y", HOST])
def test_what_is_wrong_names_the_url_no_second_time(named: str, rheo: Rheo) -> None:
    failed = FAILED._replace(message=f"{named}: status 404: not found")
    ran = rheo("batch", "report", written((Entry(1, f"{HOST}/y?q", HOST), failed)))
    assert f"  {HOST}/y?q: http_status: status 404: not found\n" in ran.out


def test_nothing_but_the_summary_is_told_of_nothing(rheo: Rheo) -> None:
    assert rheo("batch", "report", written()).out == "0 lines\n"
    assert rheo("batch", "report", "--failed", written(BATCH[0])).out == "1 line: 1 done, 10.0 KiB\n"


def test_programs_get_objects(rheo: Rheo) -> None:
    ran = rheo("batch", "report", "--json", written(*BATCH))
    first, *_, last = [json.loads(line) for line in ran.out.splitlines()]
    assert first == {
        "type": "row",
        "row": 1,
        "number": 1,
        "url": f"{HOST}/x",
        "host": HOST,
        "place": "d/x",
        "state": "done",
        "path": "d/x",
        "size": 10240,
        "hash": HASH,
        "attempts": 1,
        "error": None,
        "message": None,
        "seconds": 0.25,
        "etag": '"v1"',
        "modified": "yesterday",
        "original": None,
    }
    assert last == {
        "type": "summary",
        "total": 4,
        "states": {"pending": 1, "done": 1, "failed": 1, "bad_line": 1},
        "errors": {"bad_line": 1, "http_status": 1},
        "size": 10240,
        "hosts": [{"host": HOST, "failed": 1, "total": 2}],
    }


def test_what_the_disk_kept_from_us_is_no_fault_of_its_host(rheo: Rheo) -> None:
    full = FAILED._replace(error="disk_full", message="no room")
    told = rheo("batch", "report", written(BATCH[1], (Entry(9, "https://b.example/z", "https://b.example"), full))).out
    assert told.endswith("errors: 1 disk_full, 1 http_status\n  https://a.example: 1 of 1 failed\n")


def test_spreadsheets_get_a_table(rheo: Rheo) -> None:
    ran = rheo("batch", "report", "--csv", written(*BATCH[:3]))
    assert ran.out == (
        "number,url,place,state,path,size,hash,attempts,error,message,seconds,etag,modified\r\n"
        f'1,https://a.example/x,d/x,done,d/x,10240,{HASH},1,,,0.25,"""v1""",yesterday\r\n'
        "2,https://a.example/y,,failed,,,,5,http_status,it answered 404,61.04,,\r\n"
        "3,,,bad_line,,,,0,bad_line,it has no URL,,,\r\n"
    )


def test_no_cell_is_a_formula_or_steers_a_terminal(rheo: Rheo) -> None:
    paths = ["=1+1", "+x", "-x", "@x", "\t=x", 'a,"b"\nc', "\x1b[2J", "\udcff"]
    lines = [(Entry(n, f"{HOST}/{n}", HOST, path), DONE._replace(path=path)) for n, path in enumerate(paths)]
    table = rheo("batch", "report", "--csv", written(*lines)).out
    cells = [row["path"] for row in csv.DictReader(io.StringIO(table, newline=""))]
    assert cells == ["'=1+1", "'+x", "'-x", "'@x", r"\x09=x", r'a,"b"\x0ac', r"\x1b[2J", r"\udcff"]


def test_people_and_programs_are_told_of_odd_names(rheo: Rheo) -> None:
    ledger = written((BATCH[0][0], DONE._replace(path="\x1b[2J\udcff")))
    assert r"https://a.example/x  \x1b[2J\udcff" in rheo("batch", "report", ledger).out
    assert json.loads(rheo("batch", "report", "--json", ledger).out.splitlines()[0])["path"] == "\x1b[2J\udcff"


def test_a_batch_that_runs_can_be_reported_on(rheo: Rheo) -> None:
    ledger = BatchLedger.open("urls.ledger", of="-", durable=False)
    ledger.admit([BATCH[0][0]])
    assert rheo("batch", "report", "urls.ledger").out.endswith("\n1 line: 1 pending, 0 B\n")
    ledger.close()


def test_a_ledger_whose_change_was_cut_off_is_as_it_was_before(rheo: Rheo) -> None:
    told = rheo("batch", "report", written(*BATCH)).out
    cut_off_a_change("urls.ledger")
    ran = rheo("batch", "report", "urls.ledger")
    assert (ran.code, ran.out, ran.err) == (0, told, "")


def cut_off_a_change(path: str) -> None:
    """Leave a ledger as a power cut does: half of a change is in it, and beside it the journal that undoes that."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")  # so that changes are written before their end
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE line SET message = hex(zeroblob(100000))")
        saved = {name: Path(name).read_bytes() for name in (path, f"{path}-journal")}
    for name, content in saved.items():
        Path(name).write_bytes(content)


@pytest.mark.parametrize("content", [None, "", "my notes"])
def test_what_is_no_ledger_is_told(rheo: Rheo, content: str | None) -> None:
    if content is not None:
        Path("urls.ledger").write_text(content)
    ran = rheo("batch", "report", "urls.ledger")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("rheo: urls.ledger ")
    assert ran.err.endswith("; name the ledger that a batch wrote\n")
    assert len(ran.err.splitlines()) == 1


def test_two_forms_at_once_are_a_mistake(rheo: Rheo) -> None:
    ran = rheo("batch", "report", "--csv", "--json", "urls.ledger")
    assert (ran.code, ran.err) == (2, "rheo: --csv and --json are two forms of one report; leave one out\n")


@pytest.mark.parametrize("form", [[], ["--csv"], ["--json"]])
def test_a_reader_that_has_seen_enough_is_no_mistake(start: Start, form: list[str]) -> None:
    ledger = BatchLedger.open("urls.ledger", of="-", durable=False)
    ledger.admit([Entry(n, f"{HOST}/{n}", HOST) for n in range(20_000)])
    ledger.close()
    process = start("batch", "report", "urls.ledger", *form)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    ran = ended(process)
    assert (ran.code, ran.err) == (141, "")


def test_a_report_needs_no_engine() -> None:
    assert not loaded_by("batch", "report", written(*BATCH)) & (HEAVY - {"rheo.storage"})


def test_a_long_report_takes_no_more_memory_than_a_short_one() -> None:
    code = (
        "import sys, resource; from rheo.cli.app import run; run(sys.argv[1:]); "
        "sys.stderr.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))"
    )

    def most() -> int:
        line = [sys.executable, "-c", code, "batch", "report", "urls.ledger"]
        return int(subprocess.run(line, capture_output=True, text=True, check=True, timeout=60).stderr)

    written(*BATCH)
    short = most()
    ledger = BatchLedger.open("urls.ledger", of="/lists/urls.txt", durable=False)
    for start in range(0, 50_000, 1000):
        ledger.admit([Entry(n, f"{HOST}/{n}", HOST) for n in range(start, start + 1000)])
    ledger.close()
    assert most() < short + 8 * 1024
