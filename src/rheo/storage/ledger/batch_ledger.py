"""The ledger of a batch: one durable row for each line of a list, in an SQLite file that only its owner may read.

What was told as done is never lost: before a file gets its name, `publishing` has its row say so, durably; how a line
ended is written soon after. A run that was killed in between leaves a row that the next run settles by a look at the
file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Final

from rheo.domain.batch.claims import Claim, Claims
from rheo.domain.batch.row import Admission, Awaited, Ending, Entry, Publishing, Row, RowState, Summary
from rheo.storage.ledger import claiming
from rheo.storage.ledger import rows as ledger_rows
from rheo.storage.ledger.admission import Admitting
from rheo.storage.ledger.file import open_to_write_rows
from rheo.storage.ledger.own_files import OwnFiles
from rheo.storage.ledger.reading import pages, rows_after, summary_of
from rheo.storage.ledger.run import RowSet, ThisRun
from rheo.storage.ledger.thread import LedgerThread

_LOOKS: Final = 200
"""Files that are looked at between two commits."""


class BatchLedger:
    """A ledger that this process writes; all its methods may be called from any thread, and raise StorageError.

    After an error of the disk every call raises it: nothing may be told as done that no row tells of.
    """

    def __init__(self, path: str, thread: LedgerThread, admitting: Admitting, run: ThisRun) -> None:
        self._own = OwnFiles(path)
        self._run = run
        self._thread = thread
        self._admitting = admitting

    @classmethod
    def open(cls, path: str, *, of: str, durable: bool) -> BatchLedger:
        """Begin a run: open the ledger of a list, made where there is none, with its folder.

        `of` says which list: its absolute path, or `-`. `durable`: what `publishing` noted survives a power cut, too.
        Raises InvalidLedgerError, having changed nothing, where it is no ledger, of another list, of a newer version,
        or in use by a living process.
        """
        run = ThisRun(RowSet(), RowSet(), Claims(), {})
        thread = LedgerThread(path, partial(ledger_rows.finish, run=run), durable=durable)
        thread.start(partial(open_to_write_rows, path, of=of, durable=durable))
        thread.call(ledger_rows.forget_parked)
        return cls(path, thread, thread.call(partial(Admitting, seen=run.admitted)), run)

    def admit(self, entries: Sequence[Entry]) -> list[Admission]:
        """Return what is known of each entry, having made rows for new ones; best some hundred at a time."""
        return self._thread.call(lambda _connection: self._admitting.admit(entries))

    def forget_bad_lines(self) -> None:
        """Drop bad lines of earlier runs, now that the list was read to its end, and they did not come again."""
        self._thread.call(lambda _connection: self._admitting.forget_bad_lines())

    def publishing(self, files: Sequence[Publishing]) -> None:
        """Return once it is durable that these files are about to get their names."""
        self._thread.call(lambda connection: ledger_rows.publish(connection, files), durable=True)

    def keeps(self, path: str) -> bool:
        """Whether a path is one of the files that this ledger is."""
        return self._own.has(path)

    def publishing_copies(self, files: Sequence[Publishing], of: Claim) -> bool:
        """Do the same with copies of a row's file, and return True, if no other row has its path."""

        def publish(connection: sqlite3.Connection) -> bool:
            sole = claiming.is_sole(connection, of)
            if sole:
                ledger_rows.publish(connection, files)
            return sole

        return self._thread.call(publish, durable=True)

    def claim(self, claim: Claim) -> Future[bool]:
        """Have it said whether a row may have a path: no other one has it, nor has asked for it and not ended yet."""
        return self._thread.ask(lambda connection: claiming.take(connection, self._run, claim))

    def alike(self, rows: Sequence[int]) -> set[int]:
        """Return those of some rows whose path another one has, too, in small letters or capital ones."""
        return self._thread.call(lambda connection: claiming.alike(connection, rows))

    def sole(self, claims: Sequence[Claim]) -> list[bool]:
        """Return of each row whether no other one has its path, so that what is there was fetched for no other."""
        return self._thread.call(lambda connection: [claiming.is_sole(connection, claim) for claim in claims])

    def finish(self, endings: Sequence[Ending]) -> None:
        """Note how lines ended, within 0.2 s; waits only where ten thousand endings wait for the disk already."""
        self._thread.finish(endings)

    def park(self, lines: Sequence[tuple[int, str]]) -> None:
        """Put lines away, each by its row with what `unpark` is to return, until their hosts have time.

        A text is kept as it is until it is taken, and overwritten then: it should hold no secret.
        """
        self._thread.call(lambda connection: ledger_rows.park(connection, lines))

    def unpark(self, host: str, most: int) -> list[tuple[int, str]]:
        """Take up to so many lines of a host back, the first ones first."""
        return self._thread.call(lambda connection: ledger_rows.unpark(connection, host, most))

    def mark_duplicates(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Note rows that wait for the row that fetches their URL: `(row, original)`."""
        self._thread.call(lambda connection: ledger_rows.mark_duplicates(connection, pairs))

    def duplicates(self, rows: Sequence[int]) -> list[Awaited]:
        """Return those of the duplicates whose originals are finished; `finish` says what becomes of them.

        One that failed in an earlier run, and was admitted in this one, is not finished before it ends in this one.
        """
        return self._thread.call(lambda connection: ledger_rows.awaited(connection, self._run, rows))

    def set_aside(self, lines: Sequence[tuple[int, str]]) -> None:
        """Put duplicates away, as `park` does, until their originals are finished."""
        self._thread.call(lambda connection: ledger_rows.set_aside(connection, lines))

    def take_aside(self, most: int) -> list[tuple[int, str]]:
        """Take up to so many duplicates back, the first ones first."""
        return self._thread.call(lambda connection: ledger_rows.unpark(connection, ledger_rows.ASIDE, most))

    def settle_publishing(self, look: Callable[[Publishing], bool]) -> int:
        """Find out whether files that a killed run was about to name have their names; return how many those are.

        `look` says whether a file is there as it was told (`rheo.storage.ledger.look.is_there`); it is called here, on
        the caller's thread. What is there is done, the others are pending.
        """
        settled = after = 0
        while told := self._thread.call(partial(ledger_rows.published, after=after, most=_LOOKS)):
            there = [look(file) for file in told]
            done = [file.row for file, found in zip(told, there, strict=True) if found]
            pending = [file.row for file, found in zip(told, there, strict=True) if not found]
            self._thread.call(partial(ledger_rows.settle, done=done, pending=pending))
            settled += len(told)
            after = told[-1].row
        self._thread.call(ledger_rows.forget_earlier)
        return settled

    def summary(self) -> Summary:
        """Return what all rows come to; takes a second for a million."""
        return self._thread.call(summary_of)

    def rows(self, states: Collection[RowState] | None = None) -> Iterator[Row]:
        """Yield rows in the order of their first admission, only those in some states where not None."""
        return pages(lambda after: self._thread.call(partial(rows_after, row=after, states=states)))

    def close(self) -> None:
        """Write what waits and let others have the ledger; raises what keeps it from that, unless it did before."""
        self._thread.stop()
