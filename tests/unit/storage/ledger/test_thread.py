"""The ledger's thread: who asks is answered, or told why not, and never left waiting."""

import sqlite3
import threading

import pytest

from rheo.domain.batch.row import Ending, Entry, RowState
from rheo.domain.errors import DiskFullError, InternalError, InvalidLedgerError, StorageError
from rheo.storage.ledger import thread as ledger_thread
from rheo.storage.ledger.batch_ledger import BatchLedger

A = Entry(1, "https://a.example/x", "https://a.example")


@pytest.fixture
def ledger(tmp_path):
    ledger = BatchLedger.open(str(tmp_path / "urls.ledger"), of="-", durable=False)
    yield ledger
    ledger.close()


@pytest.fixture
def held(ledger):
    """Return what lets the thread go on, which waits in the middle of something."""
    entered, release = threading.Event(), threading.Event()

    def hold(_connection):
        entered.set()
        release.wait()

    holder = threading.Thread(target=ledger._thread.call, args=(hold,))
    holder.start()
    entered.wait()
    yield release.set
    release.set()
    holder.join()


def failing(error):
    def act(_connection):
        raise error

    return act


def full():
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return error


def test_endings_are_written_within_a_moment_though_nobody_asks(ledger, tmp_path):
    (admission,) = ledger.admit([A])
    ledger.finish([Ending(admission.row, RowState.DONE)])
    connection = sqlite3.connect(tmp_path / "urls.ledger")
    deadline = threading.Event()
    while connection.execute("SELECT state FROM line").fetchone() != ("done",):
        assert not deadline.wait(0.01)
    connection.close()


def test_who_finishes_waits_only_where_too_many_wait_already(ledger, held):
    ledger.finish([Ending(1, RowState.DONE)] * ledger_thread.MOST_WAITING)
    waiting = threading.Thread(target=ledger.finish, args=([Ending(1, RowState.DONE)],))
    waiting.start()
    waiting.join(0.05)
    assert waiting.is_alive()
    held()
    waiting.join()


def test_an_error_of_the_disk_is_told_to_all_who_wait_and_whoever_comes(ledger, held):
    errors = []

    def ask(act):
        try:
            ledger._thread.call(act)
        except StorageError as error:
            errors.append(error)

    threads = [threading.Thread(target=ask, args=(act,)) for act in (failing(full()), list, list)]
    for thread in threads:
        thread.start()
    while len(ledger._thread._calls) < len(threads):
        threads[0].join(0.01)
    held()
    for thread in threads:
        thread.join()
    assert [type(error) for error in errors] == [DiskFullError] * 3
    assert len({id(error) for error in errors}) == 3
    with pytest.raises(DiskFullError, match=r"no room for the ledger .*urls\.ledger; free some space"):
        ledger.finish([Ending(1, RowState.DONE)])
    with pytest.raises(DiskFullError):
        ledger.admit([A])
    ledger.close()


def test_who_waits_for_room_is_told_of_an_error_too(ledger, held):
    ledger.finish([Ending(1, RowState.DONE)] * ledger_thread.MOST_WAITING)
    told = []

    def finish():
        try:
            ledger.finish([Ending(1, RowState.DONE)])
        except StorageError as error:
            told.append(error)

    waiting = threading.Thread(target=finish)
    waiting.start()
    ledger._thread._fail(DiskFullError("full"))
    waiting.join()
    assert len(told) == 1
    held()


def test_an_error_that_nobody_was_told_of_is_raised_at_the_end(ledger, monkeypatch):
    monkeypatch.setattr(ledger._thread, "_finish", lambda connection, endings: failing(full())(connection))
    ledger.finish([Ending(1, RowState.DONE)])
    with pytest.raises(DiskFullError):
        ledger.close()
    ledger.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_is_told_and_leaves_nobody_waiting(ledger):
    with pytest.raises(InternalError, match="died"):
        ledger._thread.call(failing(ZeroDivisionError()))
    with pytest.raises(InternalError):
        ledger.admit([A])


def test_nothing_is_taken_while_it_closes(ledger, held):
    closing = threading.Thread(target=ledger.close)
    closing.start()
    while not ledger._thread._closing:
        closing.join(0.01)
    with pytest.raises(InvalidLedgerError, match="is closed"):
        ledger.finish([Ending(1, RowState.DONE)])
    held()
    closing.join()
