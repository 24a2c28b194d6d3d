"""Lists on their way through a run: what they ask for, and the ledger that knows what became of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from rheo.batch.batch import CHUNK, Add, Batch
from rheo.batch.book import Book
from rheo.batch.fed import Due, Fed, Told
from rheo.batch.feed import Feed
from rheo.cli.lists import ListWords, Reading, read
from rheo.domain.batch.result import Left
from rheo.domain.batch.terms import Duplicates, Terms
from rheo.domain.settings import Settings, Sync
from rheo.storage.ledger.file import copy_of_ledger
from rheo.wishes import Wishes

_OF_STANDARD_INPUT = "standard-input"


class LedgerWords(NamedTuple):
    """What stands on the command line of a list's ledger."""

    path: Path | None
    """None: beside the files."""
    wanted: bool
    terms: Terms


class Listing(NamedTuple):
    """A list that can be fetched."""

    fed: Iterator[Fed]
    book: Book | None
    """Where it is written down what becomes of its lines, to be closed in the end; None: nowhere."""

    def batch(self, add: Add, wake: Callable[[], None], *, now: float) -> Batch:
        """Return the list on its way; `wake` is called on a thread of its own when there is more of it."""
        return Batch(Feed(self.fed, wake), add, book=self.book, now=now)


def open_listing(words: ListWords, ledger: LedgerWords, settings: Settings, wishes: Wishes, *, beside: int) -> Listing:
    """Return what the list asks for; raises the UsageError of a list that cannot be read, or of its ledger.

    `beside` is how many files are asked for that are none of the list's.
    """
    reading = read(words, settings, wishes, beside=beside)
    if not ledger.wanted:
        return Listing(reading.fed, None)
    return Listing(reading.fed, _book(_path(words, ledger, reading), words, ledger, settings, reading))


@contextmanager
def foreseen(
    words: ListWords, ledger: LedgerWords, settings: Settings, wishes: Wishes, *, beside: int
) -> Iterator[Iterator[Left | Fed]]:
    """Yield the lines that would be fetched, or asked for, and why the others would be left alone; raises likewise.

    That is found out with a copy of the ledger, in a folder for temporary files: nothing else is touched.
    """
    reading = read(words, settings, wishes, beside=beside)
    if not ledger.wanted:
        yield reading.fed
        return
    from tempfile import TemporaryDirectory  # noqa: PLC0415  (few only want to know)

    with TemporaryDirectory() as folder:
        copy = Path(copy_of_ledger(str(_path(words, ledger, reading)), folder))
        makes_files = ledger.terms.duplicates.makes_files
        ledger = ledger._replace(terms=ledger.terms._replace(touches=False, duplicates=Duplicates.SKIP))
        with closing(_book(copy, words, ledger, replace(settings, sync=Sync.OFF), reading)) as book:
            yield _foreseen(reading.fed, book, double=Left.DOUBLED if makes_files else Left.DUPLICATE)


def _foreseen(fed: Iterator[Fed], book: Book, *, double: Left) -> Iterator[Left | Fed]:
    while lines := list(islice(fed, CHUNK)):
        for one in sorted(_settled(book, lines), key=lambda one: (one.fed.number, one.fed.nth)):
            left = one.left if isinstance(one, Told) else None
            yield one.fed if left is None else double if left is Left.DUPLICATE else left


def _settled(book: Book, lines: Sequence[Fed]) -> Iterator[Told | Due]:
    """Yield what becomes of lines, once the files of earlier runs are looked at as far as that is wished."""
    there = threading.Event()
    book.wake = there.set
    yield from book.admit(lines)
    while book.waiting:
        there.clear()
        yield from book.settle()
        if book.waiting:
            there.wait()


def _path(words: ListWords, ledger: LedgerWords, reading: Reading) -> Path:
    return ledger.path or Path(reading.root, f"{Path(words.file or _OF_STANDARD_INPUT).name}.ledger")


def _book(path: Path, words: ListWords, ledger: LedgerWords, settings: Settings, reading: Reading) -> Book:
    return Book.open(
        path,
        of="-" if words.file is None else str(words.file.absolute()),
        settings=settings,
        again=reading.again,
        terms=ledger.terms,
    )
