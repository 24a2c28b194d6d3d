"""Lines whose URL another line fetches, put by until all others are finished: there may be a million of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from rheo.batch.fed import Fed
from rheo.domain.batch.row import Awaited
from rheo.storage.ledger.batch_ledger import BatchLedger
from rheo.wishes.http import HttpKeywords
from rheo.wishes.lists import answered_otherwise, may_have_user

KEPT: Final = 10_000
"""Lines that are kept in memory, as they were read from no text; who comes then is fetched."""

_OWN: Final = frozenset(HttpKeywords.__annotations__)
"""What an item of a program may have that makes a server answer it otherwise than others."""


def is_own(fed: Fed) -> bool:
    """Whether a line says what a server may answer otherwise than it answers others with the URL."""
    if fed.line is not None:
        return answered_otherwise(fed.line)
    item = fed.item
    return isinstance(item, Mapping) and (not _OWN.isdisjoint(item) or may_have_user(str(item.get("url"))))


class Double(NamedTuple):
    """A line, and what the ledger knows of the one that fetches its URL."""

    fed: Fed
    row: int
    original: Awaited | None
    """None where that is not finished in this run, as somebody wished."""


class Doubles:
    """Those of one run."""

    def __init__(self, ledger: BatchLedger, read: Callable[[str], Fed], write: Callable[[Fed], str]) -> None:
        """`read` and `write` make a line of text, and text of a line."""
        self._ledger = ledger
        self._read = read
        self._write = write
        self._kept: deque[tuple[int, Fed]] = deque()
        self._aside: list[tuple[int, str]] = []
        self._written = 0
        """Lines that the ledger keeps."""

    @property
    def waiting(self) -> int:
        """How many lines wait."""
        return len(self._kept) + self._written

    def may_wait(self, fed: Fed) -> bool:
        """Whether there is room for a line."""
        return fed.line is not None or len(self._kept) < KEPT

    def put(self, fed: Fed, row: int) -> None:
        """Have a line wait; `flush` writes it down."""
        if fed.line is None:
            self._kept.append((row, fed))
        else:
            self._aside.append((row, self._write(fed)))

    def flush(self) -> None:
        """Write down the lines that were put."""
        if self._aside:
            self._ledger.set_aside(self._aside)
            self._written += len(self._aside)
            self._aside = []

    def take(self, most: int) -> list[Double]:
        """Return up to so many lines, now that all others are finished."""
        lines = [(row, self._read(text)) for row, text in self._ledger.take_aside(most)] if self._written else []
        self._written -= len(lines)
        while self._kept and len(lines) < most:
            lines.append(self._kept.popleft())
        known = {one.row: one for one in self._ledger.duplicates([row for row, _ in lines])}
        return [Double(fed, row, known.get(row)) for row, fed in lines]
