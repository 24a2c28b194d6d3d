"""The ledger as a batch uses it: lines are written down, and what earlier runs made of them decides what is done."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rheo.batch.fed import Fed
from rheo.batch.running import Running
from rheo.domain.batch.journal import Journal
from rheo.domain.batch.result import Left
from rheo.domain.batch.row import Admission, Entry, RowState
from rheo.domain.errors import RheoError
from rheo.domain.lists.line import Line
from rheo.domain.settings import Settings, Sync
from rheo.storage.batch_ledger import BatchLedger
from rheo.storage.ledger_look import is_there
from rheo.wishes.lists import is_private, place_said

_FINISHED = frozenset({RowState.DONE, RowState.SKIPPED})


class Book:
    """One run of a list in its ledger."""

    def __init__(self, ledger: BatchLedger, *, again: Callable[[Line, int], Fed], only_failed: bool) -> None:
        """`again` reads a line once more, the nth file of its list."""
        self._ledger = ledger
        self.journal: Journal = ledger
        """Is told of files before they have their names."""
        self._again = again
        self._only_failed = only_failed

    @classmethod
    def open(
        cls, path: Path, *, of: str, settings: Settings, again: Callable[[Line, int], Fed], only_failed: bool
    ) -> Book:
        """Begin a run of the list that `of` names; raises InvalidLedgerError, StorageError.

        What a killed run was about to name is looked at: where it has its name, it is done.
        """
        ledger = BatchLedger.open(str(path), of=of, durable=settings.sync is not Sync.OFF)
        try:
            ledger.settle_publishing(is_there)
        except BaseException:
            ledger.close()
            raise
        return cls(ledger, again=again, only_failed=only_failed)

    def close(self) -> None:
        """Write what waits, and let others have the ledger; raises StorageError."""
        self._ledger.close()

    def admit(self, lines: Sequence[Fed]) -> list[Admission]:
        """Write lines down, and return what is known of each."""
        return self._ledger.admit(list(map(self._entry, lines)))

    def forget_bad_lines(self) -> None:
        """Forget bad lines of earlier runs that did not come again, now that all of the list is known."""
        self._ledger.forget_bad_lines()

    def left(self, known: Admission) -> Left | None:
        """Return why a line is left alone; None where it is to be fetched."""
        if known.repeated:
            return Left.REPEATED
        if known.before in _FINISHED:
            return Left.DONE
        return Left.UNTRIED if self._only_failed and known.before is not RowState.FAILED else None

    def finish(self, lines: Iterable[Running]) -> None:
        """Write down how lines ended."""
        self._ledger.finish([line.ending(line.row) for line in lines if line.row is not None])

    def may_park(self, fed: Fed) -> bool:
        """Whether a line can be put by: one with secrets is not written down."""
        return fed.line is not None and not is_private(fed.line)

    def park(self, lines: Iterable[tuple[int, Fed]]) -> None:
        """Put lines by, each with its row."""
        self._ledger.park([(row, json.dumps((fed.nth, fed.line))) for row, fed in lines])

    def fetch_back(self, host: str, most: int) -> Iterator[tuple[int, Fed]]:
        """Yield lines that were put by, oldest first, and their rows."""
        for row, text in self._ledger.unpark(host, most):
            nth, (number, urls, said) = json.loads(text)
            yield row, self._again(Line(number, tuple(urls), tuple(map(tuple, said))), nth)

    def _entry(self, fed: Fed) -> Entry:
        if isinstance(fed.asked, RheoError):
            return Entry(fed.number, "", "", wrong=fed.asked.message)
        place = fed.asked.output or "" if fed.line is None else place_said(fed.line)
        if isinstance(fed.item, Mapping) and fed.item.get("directory") is not None:
            place = f"{fed.item['directory']}/{place}"
        return Entry(fed.number, fed.asked.url.text, str(fed.asked.url.origin), place)
