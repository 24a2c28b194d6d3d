"""The ledger of a batch: what one run writes, the next one knows."""

import asyncio
import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path

import pytest

from rheo.domain.batch.claims import Claim
from rheo.domain.batch.row import Awaited, Ending, Entry, Publishing, Row, RowState, Summary, Troubled
from rheo.domain.errors import InvalidLedgerError
from rheo.storage.ledger.batch_ledger import BatchLedger
from rheo.storage.ledger.look import is_there
from rheo.storage.ledger.thread import TOGETHER

A = Entry(1, "https://a.example/x", "https://a.example", "x")
B = Entry(2, "https://b.example/y", "https://b.example")
BAD = Entry(3, "", "", wrong="it has no URL")
HELLO = "sha-256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "urls.txt.ledger")


@pytest.fixture
def begin(path):
    """Return what begins a run, after the one before."""
    ledgers = []

    def begun():
        for ledger in ledgers:
            ledger.close()
        ledgers.append(BatchLedger.open(path, of="/lists/urls.txt", durable=True))
        return ledgers[-1]

    yield begun
    for ledger in ledgers:
        ledger.close()


def states(ledger):
    return [row.state for row in ledger.rows()]


def test_a_new_line_is_pending(begin):
    first, second = begin().admit([A, B])
    assert (first.before, first.repeated, first.path, first.original) == (RowState.PENDING, False, None, None)
    assert first.row != second.row


def test_a_line_is_the_same_row_in_every_run_and_order(begin):
    first, second = begin().admit([A, B])
    ledger = begin()
    again = ledger.admit([B._replace(number=1), A._replace(number=2)])
    assert [one.row for one in again] == [second.row, first.row]
    assert [(row.row, row.number) for row in ledger.rows()] == [(first.row, 2), (second.row, 1)]


def test_a_line_that_comes_again_in_a_run_is_told(begin):
    ledger = begin()
    assert [one.repeated for one in ledger.admit([A, A, B])] == [False, True, False]
    assert [one.repeated for one in ledger.admit([B, A])] == [True, True]
    assert len(states(ledger)) == 2
    assert [one.repeated for one in begin().admit([A, B])] == [False, False]


def test_a_bad_line_is_kept_with_what_is_wrong(begin):
    (admission,) = begin().admit([BAD])
    ledger = begin()
    assert ledger.admit([BAD]) == [admission._replace(before=RowState.BAD_LINE)]
    (row,) = ledger.rows()
    assert (row.number, row.url, row.state, row.error, row.message) == (3, "", "bad_line", "bad_line", "it has no URL")


def test_a_bad_line_that_was_mended_is_forgotten_at_the_end_of_the_list(begin):
    begin().admit([BAD, A])
    ledger = begin()
    ledger.admit([A, BAD._replace(number=4)])
    ledger.forget_bad_lines()
    assert [(row.number, row.state) for row in ledger.rows()] == [(1, "pending"), (4, "bad_line")]


def test_the_same_url_at_another_place_has_an_original(begin):
    ledger = begin()
    first, second, third = ledger.admit([A, A._replace(place="z"), A._replace(place="")])
    assert (first.original, second.original, third.original) == (None, first.row, first.row)
    (fourth,) = ledger.admit([A._replace(place="w")])
    assert fourth.original == first.row


def test_a_row_of_an_earlier_run_is_an_original_only_if_it_is_done_or_comes_again(begin):
    ledger = begin()
    first, _ = ledger.admit([A, B])
    assert begin().admit([A._replace(place="z")])[0].original is None
    ledger = begin()
    ledger.finish([Ending(first.row, RowState.DONE)])
    assert ledger.admit([A._replace(place="w")])[0].original == first.row


def test_a_line_that_is_done_needs_no_original(begin):
    _, second = begin().admit([A, A._replace(place="z")])
    ledger = begin()
    ledger.finish([Ending(second.row, RowState.DONE)])
    assert [one.original for one in ledger.admit([A, A._replace(place="z")])] == [second.row, None]


def test_what_has_an_answer_of_its_own_has_no_original_and_is_none_in_later_runs_either(begin):
    ledger = begin()
    first, second = ledger.admit([A._replace(own=True), A._replace(place="z")])
    assert ledger.admit([A._replace(place="y", own=True)])[0].original is None
    assert second.original is None
    ledger.finish([Ending(row=first.row, state=RowState.DONE)])
    ledger.close()
    assert [one.original for one in begin().admit([A, A._replace(place="w")])] == [None, None]


def test_originals_do_not_go_in_circles(begin):
    ledger = begin()
    first, second = ledger.admit([A, A._replace(place="z")])
    ledger.mark_duplicates([(second.row, first.row)])
    ledger = begin()
    (other_way,) = ledger.admit([A._replace(place="z")])
    assert (other_way.before, other_way.original) == (RowState.DUPLICATE, None)
    assert ledger.admit([A])[0].original == second.row
    assert states(ledger) == ["pending", "pending"]


def test_the_original_of_a_duplicate_is_the_one_that_is_fetched(begin):
    ledger = begin()
    first, second = ledger.admit([A, A._replace(place="z")])
    ledger.mark_duplicates([(second.row, first.row)])
    assert ledger.admit([A._replace(place="w")])[0].original == first.row


def test_a_row_tells_everything(begin):
    ledger = begin()
    (admission,) = ledger.admit([A])
    row = admission.row
    ledger.publishing([Publishing(row, "d/x", 5, HELLO, 7, 8)])
    assert next(ledger.rows()).state is RowState.PUBLISHING
    ledger.finish([Ending(row, RowState.DONE, attempts=2, seconds=0.5, etag='"v1"', modified="yesterday")])
    told = Row(
        row, 1, A.url, A.host, "x", RowState.DONE, "d/x", 5, HELLO, 2, None, None, 0.5, '"v1"', "yesterday", None
    )
    assert list(ledger.rows()) == [told]
    (again,) = begin().admit([A])
    assert again == (row, RowState.DONE, False, "d/x", 5, HELLO, '"v1"', "yesterday", None)


def test_attempts_add_up_and_errors_do_not_last(begin):
    ledger = begin()
    (admission,) = ledger.admit([A])
    ledger.finish([Ending(admission.row, RowState.FAILED, attempts=5, error="stalled", message="too slow", seconds=9)])
    (row,) = ledger.rows()
    assert (row.state, row.attempts, row.error, row.message) == (RowState.FAILED, 5, "stalled", "too slow")
    ledger.finish([Ending(admission.row, RowState.DONE, path="x", size=1, attempts=1)])
    (row,) = ledger.rows()
    assert (row.attempts, row.error, row.message, row.seconds, row.path) == (6, None, None, None, "x")


def test_a_file_that_did_not_get_its_name_is_not_told(begin):
    ledger = begin()
    (admission,) = ledger.admit([A])
    ledger.publishing([Publishing(admission.row, "d/x", 5, HELLO, 7, 8)])
    ledger.finish([Ending(admission.row, RowState.FAILED, error="disk_full", message="no room")])
    (row,) = ledger.rows()
    assert (row.path, row.size, row.hash) == (None, None, None)


def test_what_failed_keeps_the_file_of_an_earlier_run(begin):
    ledger = begin()
    (admission,) = ledger.admit([A])
    ledger.finish([Ending(admission.row, RowState.DONE, path="d/x", size=5, etag='"v1"')])
    assert states(ledger) == ["done"]
    ledger.finish([Ending(admission.row, RowState.FAILED, error="stalled", message="too slow")])
    (row,) = ledger.rows()
    assert (row.path, row.size, row.etag) == ("d/x", 5, '"v1"')


@pytest.mark.parametrize("named", ["d/x", "d/x.1"])
def test_what_did_not_take_the_place_of_the_file_of_an_earlier_run_leaves_it_that(begin, named):
    ledger = begin()
    rows = [one.row for one in ledger.admit([A, A._replace(place="y")])]
    ledger.finish([Ending(row, RowState.DONE, path="d/x", size=5) for row in rows])
    ledger = begin()
    ledger.publishing([Publishing(row, path, 6, HELLO, 7, 8) for row in rows for path in ("d/y", named)])
    ledger.finish([Ending(rows[0], RowState.FAILED, error="disk_failed", message="no such folder")])
    ledger = begin()
    ledger.settle_publishing(lambda _: False)
    assert [(row.state, row.path, row.size) for row in ledger.rows()] == [
        ("failed", "d/x", None),
        ("pending", "d/x", None),
    ]


def test_names_and_numbers_that_sqlite_does_not_take_come_back(begin):
    ledger = begin()
    (admission,) = ledger.admit([A._replace(place="\udcff/é")])
    ledger.publishing([Publishing(admission.row, "d/\udcff/é", 5, None, 2**64 - 1, 2**127)])
    assert next(ledger.rows()).place == "\udcff/é"
    told = []
    ledger = begin()
    ledger.settle_publishing(lambda one: not told.append(one))
    assert [(one.path, one.device, one.inode) for one in told] == [("d/\udcff/é", 2**64 - 1, 2**127)]
    assert ledger.admit([A._replace(place="\udcff/é")])[0].path == "d/\udcff/é"


def test_thousands_are_admitted_at_once(begin):
    entries = [A._replace(number=n, url=f"https://a.example/{n}") for n in range(1, 2501)]
    ledger = begin()
    admissions = ledger.admit(entries)
    assert len({one.row for one in admissions}) == 2500
    assert [row.url for row in ledger.rows()] == [entry.url for entry in entries]
    assert [one.row for one in begin().admit(entries)] == [one.row for one in admissions]


def test_parked_lines_come_back_once_in_their_order(begin):
    ledger = begin()
    first, second, third = ledger.admit([A, B, A._replace(url="https://a.example/2")])
    ledger.park([(third.row, "line 3"), (first.row, "line 1")])
    ledger.park([(second.row, "line \udcff")])
    assert ledger.unpark(A.host, 1) == [(first.row, "line 1")]
    assert ledger.unpark(A.host, 5) == [(third.row, "line 3")]
    assert ledger.unpark(A.host, 5) == []
    assert ledger.unpark(B.host, 5) == [(second.row, "line \udcff")]


def test_a_line_that_was_parked_twice_is_one_line(begin):
    ledger = begin()
    (admission,) = ledger.admit([A])
    ledger.park([(admission.row, "line 1")])
    ledger.park([(admission.row, "line 1, again")])
    assert ledger.unpark(A.host, 5) == [(admission.row, "line 1, again")]
    assert ledger.unpark(A.host, 5) == []


def test_what_a_run_parked_the_next_one_reads_again(begin, path):
    ledger = begin()
    (admission,) = ledger.admit([A])
    ledger.park([(admission.row, "the text of a line")])
    ledger = begin()
    assert ledger.unpark(A.host, 5) == []
    assert ledger.admit([A])[0].before is RowState.PENDING
    ledger.close()
    assert b"the text of a line" not in Path(path).read_bytes()


def test_duplicates_are_told_once_their_originals_are_finished(begin):
    ledger = begin()
    first, second, other, third = ledger.admit([A, A._replace(place="z"), B, B._replace(place="w")])
    ledger.mark_duplicates([(second.row, first.row), (third.row, other.row)])
    assert states(ledger) == ["pending", "duplicate", "pending", "duplicate"]
    both = [second.row, third.row]
    assert ledger.duplicates(both) == []
    ledger.finish([Ending(first.row, RowState.DONE, path="d/x", size=1, hash=HELLO)])
    done = Awaited(second.row, first.row, RowState.DONE, "d/x", 1, HELLO, None, None)
    assert ledger.duplicates(both) == [done]
    ledger.finish([Ending(other.row, RowState.FAILED, error="stalled", message="too slow")])
    failed = Awaited(third.row, other.row, RowState.FAILED, None, None, None, "stalled", "too slow")
    assert ledger.duplicates(both) == [done, failed]
    ledger.finish([Ending(second.row, RowState.DONE, path="d/z", size=1)])
    assert ledger.duplicates(both) == [failed]


def test_duplicates_are_put_away_apart_from_what_waits_for_its_host(begin):
    ledger = begin()
    first, second = ledger.admit([A, A._replace(place="z")])
    ledger.park([(first.row, "one")])
    ledger.set_aside([(second.row, "other")])
    assert ledger.unpark(A.host, 9) == [(first.row, "one")]
    assert ledger.take_aside(9) == [(second.row, "other")]
    assert ledger.take_aside(9) == []


def test_an_original_that_failed_before_is_not_finished_while_it_is_tried_again(begin):
    ledger = begin()
    first, second = ledger.admit([A, A._replace(place="z")])
    ledger.finish([Ending(first.row, RowState.FAILED, error="stalled", message="too slow")])
    ledger = begin()
    first, second = ledger.admit([A, A._replace(place="z")])
    assert (first.before, second.original) == (RowState.FAILED, first.row)
    ledger.mark_duplicates([(second.row, first.row)])
    assert ledger.duplicates([second.row]) == []
    ledger.finish([Ending(first.row, RowState.FAILED, error="stalled", message="too slow")])
    assert [one.row for one in ledger.duplicates([second.row])] == [second.row]


def test_no_row_is_its_own_original(begin):
    ledger = begin()
    first, second = ledger.admit([A, A._replace(place="z")])
    ledger.finish([Ending(first.row, RowState.SKIPPED)])
    ledger = begin()
    assert ledger.admit([A._replace(place="z")])[0].original == first.row
    ledger.mark_duplicates([(second.row, first.row)])
    assert ledger.admit([A])[0].original is None


def test_what_was_about_to_get_its_name_is_settled_by_a_look(begin, tmp_path):
    named, other, grown, copied = (tmp_path / name for name in ("named", "other", "grown", "copied"))
    for file in (named, other, grown, copied):
        file.write_bytes(b"hello")
    ledger = begin()
    entries = [A._replace(place=name) for name in ("named", "other", "grown", "copied", "gone")]
    row = [one.row for one in ledger.admit(entries)]
    device, inode = named.stat().st_dev, named.stat().st_ino
    ledger.publishing(
        [
            Publishing(row[0], str(named), 5, None, device, inode),
            Publishing(row[1], str(other), 5, HELLO.replace("2c", "2d"), device, 0),
            Publishing(row[2], str(grown), 4, HELLO, device, grown.stat().st_ino),
            Publishing(row[3], str(copied), 5, HELLO, device, 0),
            Publishing(row[4], str(tmp_path / "gone"), 5, HELLO, device, 0),
        ]
    )
    ledger = begin()
    assert ledger.settle_publishing(is_there) == 5
    assert states(ledger) == ["done", "pending", "pending", "done", "pending"]
    assert [r.path for r in ledger.rows()] == [str(named), None, None, str(copied), None]
    assert ledger.settle_publishing(is_there) == 0


def test_the_summary_counts_by_state_code_and_host(begin):
    ledger = begin()
    entries = [A, B, BAD, B._replace(url="https://b.example/2"), B._replace(url="https://b.example/3")]
    row = [one.row for one in ledger.admit(entries)]
    ledger.finish([Ending(row[0], RowState.DONE, size=7)])
    ledger.finish([Ending(row[number], RowState.FAILED, error="stalled", message="") for number in (1, 3)])
    ledger.finish([Ending(row[4], RowState.SKIPPED, size=100)])
    assert ledger.summary() == Summary(
        {RowState.FAILED: 2, RowState.BAD_LINE: 1, RowState.DONE: 1, RowState.SKIPPED: 1},
        {"stalled": 2, "bad_line": 1},
        7,
        [Troubled(B.host, 2, 3)],
    )


def test_the_ten_worst_hosts_are_told_and_no_more(begin):
    ledger = begin()
    entries = [
        Entry(1, f"https://{host}.example/{n}", f"https://{host}.example") for host in range(12) for n in range(host)
    ]
    ledger.finish([Ending(one.row, RowState.FAILED, error="stalled", message="") for one in ledger.admit(entries)])
    assert ledger.summary().hosts == [Troubled(f"https://{n}.example", n, n) for n in range(11, 1, -1)]


def test_rows_may_be_asked_for_by_state_while_the_ledger_is_written(begin):
    ledger = begin()
    row = [one.row for one in ledger.admit([A._replace(url=f"https://a.example/{n}") for n in range(3000)])]
    ledger.finish([Ending(one, RowState.FAILED, error="stalled", message="") for one in row[::2]])
    failed = ledger.rows({RowState.FAILED})
    assert next(failed).row == row[0]
    ledger.finish([Ending(row[-2], RowState.DONE)])
    assert [one.row for one in failed] == row[2:-2:2]


def test_endings_are_written_before_what_is_asked_next(begin):
    ledger = begin()
    row = [one.row for one in ledger.admit([A._replace(url=f"https://a.example/{n}") for n in range(TOGETHER * 3)])]
    for one in row:
        ledger.finish([Ending(one, RowState.DONE)])
    assert ledger.summary().states == {RowState.DONE: len(row)}


def test_many_threads_may_ask_at_once(begin):
    ledger = begin()

    def work(number):
        for index in range(20):
            (admission,) = ledger.admit([A._replace(url=f"https://a.example/{number}/{index}")])
            ledger.publishing([Publishing(admission.row, "x", 1, None, 1, 1)])
            ledger.finish([Ending(admission.row, RowState.DONE)])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.summary().states == {RowState.DONE: 160}


def test_a_ledger_that_is_closed_says_so(begin, path):
    ledger = begin()
    ledger.close()
    ledger.close()
    with pytest.raises(InvalidLedgerError, match="is closed"):
        ledger.admit([A])
    with pytest.raises(InvalidLedgerError, match="is closed"):
        ledger.finish([])
    assert [file.name for file in Path(path).parent.iterdir()] == ["urls.txt.ledger"]


def granted(ledger, row, path, *, caseless=False):
    return ledger.claim(Claim(row, path, caseless)).result()


def test_a_path_is_its_who_asked_first_until_that_ended_without_it(begin):
    ledger = begin()
    first, second = (one.row for one in ledger.admit([A, B]))

    assert [granted(ledger, row, "/get") for row in (first, second, first)] == [True, False, True]
    ledger.finish([Ending(first, RowState.FAILED, error="http_status")])
    assert granted(ledger, second, "/get")


def test_a_path_is_the_rows_that_has_a_file_there_in_every_run(begin):
    ledger = begin()
    first, second = (one.row for one in ledger.admit([A, B]))
    granted(ledger, first, "/get")
    ledger.publishing([Publishing(first, "/get", 1, None, 1, 1)])
    assert not granted(ledger, second, "/get")
    ledger.finish([Ending(first, RowState.DONE, path="/get")])
    assert not granted(ledger, second, "/get")

    ledger = begin()

    assert [granted(ledger, row, "/get") for row in (second, first)] == [False, True]
    assert [granted(ledger, second, "/GET", caseless=caseless) for caseless in (True, False)] == [False, True]


def test_a_path_that_is_no_utf8_is_known_again(begin):
    ledger = begin()
    first, second = (one.row for one in ledger.admit([A, B]))
    ledger.finish([Ending(first, RowState.DONE, path="/caf\udce9")])

    assert [granted(ledger, row, "/caf\udce9") for row in (second, first)] == [False, True]


def test_paths_are_indexed_only_where_somebody_asks(begin, path):
    def indexes():
        with closing(sqlite3.connect(path)) as reader:
            return {name for (name,) in reader.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}

    ledger = begin()
    (first,) = ledger.admit([A])
    assert "line_path" not in indexes()

    granted(ledger, first.row, "/get")

    assert "line_path" in indexes()


def test_a_claim_that_nobody_waits_for_any_more_harms_nobody(begin):
    ledger = begin()
    (first,) = ledger.admit([A])

    async def leave():
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.wrap_future(ledger.claim(Claim(first.row, "/get", caseless=False))), 0)

    asyncio.run(leave())

    assert granted(ledger, first.row, "/get")
