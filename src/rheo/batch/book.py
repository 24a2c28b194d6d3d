"""The ledger as a batch uses it: lines are written down, and what earlier runs made of them decides what is done."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from rheo.batch.chores import Chores
from rheo.batch.doubles import Double, Doubles, is_own
from rheo.batch.fed import Due, Fed, Told
from rheo.batch.running import Running
from rheo.domain.batch.held import Held
from rheo.domain.batch.journal import Journal
from rheo.domain.batch.renewal import Renewal
from rheo.domain.batch.result import Left
from rheo.domain.batch.row import UNDONE, Admission, Entry, RowState
from rheo.domain.batch.terms import Check, Duplicates, Terms
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import RheoError
from rheo.domain.lists.line import Line
from rheo.domain.settings import OnExists, Settings, Sync
from rheo.storage.ledger.batch_ledger import BatchLedger
from rheo.storage.ledger.look import is_there, is_there_alone
from rheo.wishes.lists import is_private, place_said

logger = logging.getLogger(__name__)

_FINISHED: Final = frozenset({RowState.DONE, RowState.SKIPPED})

_IN_PLACE: Final = frozenset({OnExists.RENAME, OnExists.NEWER})
"""Where these are wished, what was not fetched again, as it should, still takes the place of its file."""

_TOGETHER: Final = 32
"""Lines whose files are looked at by one call: handing it on, and asking the ledger, costs as much as some looks."""


class Book:
    """One run of a list in its ledger."""

    def __init__(self, ledger: BatchLedger, *, again: Callable[[Line, int], Fed], terms: Terms, synced: bool) -> None:
        """`again` reads a line once more, the nth file of its list; `synced`: a power cut counts."""
        self._ledger = ledger
        self.journal: Journal = ledger
        """Is told of files before they have their names."""
        self.wake: Callable[[], None] = lambda: None
        """Is called, on any thread, when there is more to `settle`."""
        self._again = again
        self._terms = terms
        self._chores: Chores[Told | Due] = Chores()
        self._doubles_begun = False
        self._synced = synced
        self._doubles = Doubles(ledger, self._read, _written)

    @classmethod
    def open(cls, path: Path, *, of: str, settings: Settings, again: Callable[[Line, int], Fed], terms: Terms) -> Book:
        """Begin a run of the list that `of` names; raises InvalidLedgerError, StorageError.

        What a killed run was about to name is looked at: where it has its name, it is done.
        """
        synced = settings.sync is not Sync.OFF
        ledger = BatchLedger.open(str(path), of=of, durable=synced)
        try:
            ledger.settle_publishing(is_there_alone if terms.touches else is_there)
        except BaseException:
            ledger.close()
            raise
        return cls(ledger, again=again, terms=terms, synced=synced)

    def close(self) -> None:
        """Write what waits, and let others have the ledger; raises StorageError."""
        self._chores.close()
        self._ledger.close()

    @property
    def waiting(self) -> int:
        """How many lines are to be settled yet."""
        return self._chores.pending + self._doubles.waiting

    def forget_bad_lines(self) -> None:
        """Forget bad lines of earlier runs that did not come again, now that all of the list is known."""
        self._ledger.forget_bad_lines()

    @property
    def room(self) -> int:
        """How many more lines may be admitted now."""
        return self._chores.room

    def admit(self, lines: Sequence[Fed]) -> list[Told | Due]:
        """Write lines down, and return those that are settled by that."""
        settled: list[Told | Due] = []
        looks: list[tuple[Fed, Admission, Check]] = []
        pairs: list[tuple[int, int]] = []
        for fed, known in zip(lines, self._ledger.admit(list(map(self._entry, lines))), strict=True):
            if isinstance(fed.asked, RheoError):
                settled.append(Told(fed, None, error=fed.asked))
            elif (check := self._check_of(fed.asked, known)) is not None:
                looks.append((fed, known, check))
            elif (left := self._left(known)) is None and known.original is not None and self._doubles.may_wait(fed):
                pairs.append((known.row, known.original))
                settled += self._duplicate(fed, known)
            else:
                if left is Left.UNTRIED and known.original is not None:  # else the ledger has it as pending
                    pairs.append((known.row, known.original))
                settled.append(Due(fed, known.row) if left is None else Told(fed, left))
        if pairs:
            self._ledger.mark_duplicates(pairs)
            self._doubles.flush()
        for start in range(0, len(looks), _TOGETHER):
            some = looks[start : start + _TOGETHER]
            self._chores.give(partial(self._look, some), len(some), self.wake)
        return settled

    def settle(self) -> list[Told | Due]:
        """Return lines that were settled meanwhile."""
        return self._chores.take()

    def double(self) -> None:
        """Have files made for lines whose URL others fetched, now that these are finished.

        None is, before all files of earlier runs are looked at: what is not right is fetched again, and no original.
        """
        if self._chores.pending and not self._doubles_begun:
            return
        self._doubles_begun = True
        for one in self._doubles.take(self._chores.room) if self._doubles.waiting else ():
            self._chores.give(partial(self._doubled, one), 1, self.wake)

    def _duplicate(self, fed: Fed, known: Admission) -> list[Told | Due]:
        """Have a line wait for its original, or leave it alone."""
        if self._terms.duplicates.makes_files:
            self._doubles.put(fed, known.row)
            return []
        if self._terms.duplicates is Duplicates.REPORT:
            logger.warning("%s: row %s of the ledger has the same URL, and fetches it", fed.place, known.original)
        return [Told(fed, Left.DUPLICATE)]

    def _doubled(self, one: Double) -> list[Told | Due]:
        """Make a line's file of its original's, and write down what became of it."""
        from rheo.batch.doubling import Doubling  # noqa: PLC0415  (most lists have no duplicates)

        link = self._terms.duplicates is Duplicates.LINK
        doubling = Doubling(link, self._ledger, self._synced, self._chores.go_on)
        settled = doubling.double(one.fed, one.row, one.original)
        if isinstance(settled, Told):
            results = [] if settled.result is None else [settled.result]
            self._ledger.finish([Running(one.fed, "", one.row, settled.error, results=results).ending(one.row)])
        return [settled]

    def _look(self, lines: Sequence[tuple[Fed, Admission, Check]]) -> list[Told | Due]:
        from rheo.batch.looking import look  # noqa: PLC0415  (a list's first run finds nothing to look at)

        go_on = self._chores.go_on
        looked = {one[1].row: look(*one, sole=True, go_on=go_on) for one in lines}
        by_size = {
            known.row: str(known.path)
            for _, known, check in lines
            if isinstance(told := looked[known.row], Told) and (check is not Check.HASH or told.left is Left.SIZED)
        }
        shared = self._shared(by_size)  # asked last, as another line's file may come there meanwhile
        looked |= {one[1].row: look(*one, sole=False, go_on=go_on) for one in lines if one[1].row in shared}
        return list(looked.values())

    def _shared(self, paths: Mapping[int, str]) -> set[int]:
        """Return those of some rows whose path another one has."""
        alike = sorted(self._ledger.alike(list(paths)))
        if not alike:
            return set()
        from rheo.storage.claiming import claim_of  # noqa: PLC0415  (few files are doubtful)

        sole = self._ledger.sole([claim_of(row, paths[row]) for row in alike])
        return {row for row, alone in zip(alike, sole, strict=True) if not alone}

    def _check_of(self, request: DownloadRequest, known: Admission) -> Check | None:
        """Return how a line of which an earlier run has a file is looked at; None where it is not, or there is none."""
        check = Check.REMOTE if request.on_exists is OnExists.NEWER else self._terms.check
        if known.repeated or self._is_untried(known):
            return None
        if known.before in _FINISHED:
            return check
        older = known.before in UNDONE and known.path is not None  # it failed to be fetched again, or a kill came
        return check or Check.SIZE if older and request.on_exists in _IN_PLACE else None

    def _left(self, known: Admission) -> Left | None:
        """Return why a line is left alone; None where it is to be fetched."""
        if known.repeated:
            return Left.REPEATED
        if known.before in _FINISHED:
            return Left.DONE
        return Left.UNTRIED if self._is_untried(known) else None

    def _is_untried(self, known: Admission) -> bool:
        return self._terms.only_failed and known.before is not RowState.FAILED

    def finish(self, lines: Iterable[Running]) -> None:
        """Write down how lines ended."""
        self._ledger.finish([line.ending(line.row) for line in lines if line.row is not None])

    def may_park(self, fed: Fed) -> bool:
        """Whether a line can be put by: one with secrets is not written down."""
        return fed.line is not None and not is_private(fed.line)

    def park(self, lines: Iterable[tuple[int, Fed]]) -> None:
        """Put lines by, each with its row."""
        self._ledger.park([(row, _written(fed)) for row, fed in lines])

    def fetch_back(self, host: str, most: int) -> Iterator[tuple[int, Fed]]:
        """Yield lines that were put by, oldest first, and their rows."""
        for row, text in self._ledger.unpark(host, most):
            yield row, self._read(text)

    def _read(self, text: str) -> Fed:
        import json  # noqa: PLC0415  (few lists have lines to put by)

        nth, (number, urls, said), renewal = json.loads(text)
        fed = self._again(Line(number, tuple(urls), tuple(map(tuple, said))), nth)
        return fed if renewal is None else fed._replace(renewal=_restored(*renewal))

    def _entry(self, fed: Fed) -> Entry:
        if isinstance(fed.asked, RheoError):
            return Entry(fed.number, "", "", wrong=fed.asked.message)
        place = _place_of(fed.asked, fed.item) if fed.line is None else place_said(fed.line)
        return Entry(fed.number, fed.asked.url.text, str(fed.asked.url.origin), place, own=is_own(fed))


def _place_of(request: DownloadRequest, item: object) -> str:
    """Return where a file of no line of text is to go, as far as that is said of it alone."""
    name = request.output or ""
    return f"{item['directory']}/{name}" if isinstance(item, Mapping) and "directory" in item else name


def _written(fed: Fed) -> str:
    import json  # noqa: PLC0415  (likewise)

    return json.dumps((fed.nth, fed.line, fed.renewal))


def _restored(path: str, held: Sequence[str | None] | None) -> Renewal:
    return Renewal(path, None if held is None else Held(*held))
