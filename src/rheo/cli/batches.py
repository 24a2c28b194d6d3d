"""Lists on their way through a run: what they ask for, and the ledger that knows what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from rheo.batch.batch import Add, Batch
from rheo.batch.book import Book
from rheo.batch.fed import Fed
from rheo.batch.feed import Feed
from rheo.cli.lists import ListWords, read
from rheo.domain.batch.terms import Terms
from rheo.domain.settings import Settings
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
    book = Book.open(
        ledger.path or Path(reading.root, f"{Path(words.file or _OF_STANDARD_INPUT).name}.ledger"),
        of="-" if words.file is None else str(words.file.absolute()),
        settings=settings,
        again=reading.again,
        terms=ledger.terms,
    )
    return Listing(reading.fed, book)
