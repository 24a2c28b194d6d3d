"""The ledger's thread: whoever wants something of it asks here, and what waits together is committed together."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from copy import copy
from typing import Any, Final, NamedTuple, TypeVar

from rheo.domain.batch.row import Ending
from rheo.domain.errors import InternalError, InvalidLedgerError, RheoError, StorageError
from rheo.domain.text import printable
from rheo.storage.ledger.file import OpenLedger, ledger_error

NAME: Final = "rheo ledger"
TOGETHER: Final = 500
"""Endings that are written without waiting for more."""
DELAY: Final = 0.2
"""Seconds that an ending may wait for company."""
MOST_WAITING: Final = 10_000
"""Endings that wait; who has one more waits for room: the disk is slower than the downloads."""

T = TypeVar("T")


class _Call(NamedTuple):
    act: Callable[[sqlite3.Connection], Any]
    durable: bool
    answer: Future[Any]


class LedgerThread:
    """Does what it is told, in that order. After an error of the disk it does nothing more, and says so."""

    def __init__(
        self, path: str, finish: Callable[[sqlite3.Connection, Sequence[Ending]], None], *, durable: bool
    ) -> None:
        self._path = path
        self._finish = finish
        """What writes endings."""
        self._durable = durable
        """Whether a power cut counts."""
        self._wake = threading.Condition()
        self._calls: list[_Call] = []
        self._endings: list[Ending] = []
        self._closing = False
        self._failure: RheoError | None = None
        """Why nothing is done any more."""
        self._told = False
        """Whether somebody knows of the failure."""
        self._thread: threading.Thread | None = None

    def start(self, opening: Callable[[], OpenLedger]) -> None:
        """Open the ledger on the thread; raises what that raises."""
        opened: Future[None] = Future()
        # A daemon: who forgets to close loses no more than by a kill, and is not kept from ending.
        self._thread = threading.Thread(target=self._run, args=(opening, opened), name=NAME, daemon=True)
        self._thread.start()
        opened.result()

    def call(self, act: Callable[[sqlite3.Connection], T], *, durable: bool = False) -> T:
        """Return what is done inside a transaction, once that is committed; `durable`: also after a power cut."""
        return self.ask(act, durable=durable).result()

    def ask(self, act: Callable[[sqlite3.Connection], T], *, durable: bool = False) -> Future[T]:
        """Have it done likewise, without waiting for it; it cannot be taken back."""
        answer: Future[T] = Future()
        answer.set_running_or_notify_cancel()
        with self._wake:
            self._check()
            self._calls.append(_Call(act, durable, answer))
            self._wake.notify_all()
        return answer

    def finish(self, endings: Sequence[Ending]) -> None:
        """Have endings written soon, and before whatever is asked from now on."""
        with self._wake:
            self._wake.wait_for(lambda: len(self._endings) < MOST_WAITING or self._failure is not None)
            self._check()
            before = len(self._endings)
            self._endings += endings
            if not before or len(self._endings) >= TOGETHER:
                self._wake.notify_all()

    def stop(self) -> None:
        """Return once all is written and the ledger closed; raises why it is not, unless somebody was told before."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join()
        if self._failure is not None and not self._told and not isinstance(self._failure, InvalidLedgerError):
            self._check()

    def _check(self) -> None:
        """Raise why nothing is done any more."""
        if self._failure is not None:
            self._told = True
            raise copy(self._failure) from self._failure.__cause__
        if self._closing:
            raise self._closed()

    def _closed(self) -> InvalidLedgerError:
        return InvalidLedgerError(f"the ledger {printable(self._path)} is closed")

    def _run(self, opening: Callable[[], OpenLedger], opened: Future[None]) -> None:
        try:
            ledger = opening()
        except BaseException as error:  # noqa: BLE001  (it is the opener's)
            opened.set_exception(error)
            return
        opened.set_result(None)
        failure: RheoError = InternalError(f"the thread of the ledger {printable(self._path)} died; see the log")
        try:
            while self._step(ledger):
                pass
            ledger.check_there()
            failure = self._closed()
        except StorageError as error:
            failure = error.with_traceback(None)
        except (sqlite3.Error, OSError) as error:
            failure = ledger_error(error, self._path)
            failure.__cause__ = error
        finally:
            ledger.close()
            self._fail(failure)

    def _step(self, ledger: OpenLedger) -> bool:
        """Do what waits, or wait for it; return whether there may be more."""
        with self._wake:
            self._wake.wait_for(lambda: self._calls or self._endings or self._closing)
            self._wake.wait_for(lambda: self._calls or len(self._endings) >= TOGETHER or self._closing, timeout=DELAY)
            endings, self._endings = self._endings, []
            calls, self._calls = self._calls, []
            self._wake.notify_all()  # there is room
            if not endings and not calls:
                return False
        try:
            answers = self._commit(ledger, endings, calls)
        except BaseException:
            with self._wake:
                self._calls = calls + self._calls  # they are told with the others
            raise
        for call, answer in zip(calls, answers, strict=True):
            call.answer.set_result(answer)
        return True

    def _commit(self, ledger: OpenLedger, endings: Sequence[Ending], calls: Sequence[_Call]) -> list[Any]:
        ledger.check_there()
        ledger.be_durable(self._durable and any(call.durable for call in calls))
        connection = ledger.connection
        connection.execute("BEGIN IMMEDIATE")
        self._finish(connection, endings)
        answers = [call.act(connection) for call in calls]
        connection.execute("COMMIT")
        return answers

    def _fail(self, failure: RheoError) -> None:
        """Tell all who wait, and whoever comes, that nothing is written any more."""
        with self._wake:
            self._failure = failure
            calls, self._calls = self._calls, []
            self._endings = []
            self._told = self._told or bool(calls)
            self._wake.notify_all()
        for call in calls:
            call.answer.set_exception(copy(failure))
