"""Whom to believe where sources of one file differ, and taking out of the file what came from who is not believed.

The reference, which answered first, is believed before every mirror; of two mirrors the one that brought more. Where
the reference differs from itself, or from what an earlier run brought, the file is fetched anew.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress

from rheo.domain.errors import StorageError
from rheo.domain.ranges import Range
from rheo.engine.answers.gatekeeper import Changed, Whole
from rheo.engine.crew.member import Member
from rheo.engine.crew.supplier import Supplier
from rheo.engine.crew.suppliers import Suppliers
from rheo.engine.file.incoming import IncomingFile
from rheo.engine.file.versions import StartOver, other_bytes
from rheo.engine.planning.planner import Planner
from rheo.engine.requests.connection import Connection

logger = logging.getLogger(__name__)


class Belief:
    """Bans mirrors that do not serve the same file."""

    def __init__(self, suppliers: Suppliers, file: IncomingFile, plan: Planner) -> None:
        self._suppliers = suppliers
        self._file = file
        self._plan = plan
        self._withdrawing: list[Supplier] = []
        """Those whose bytes are still in the file."""

    @property
    def settled(self) -> bool:
        """Whether nothing is in the file that is not believed, as far as we know."""
        return not self._withdrawing

    def compare(self) -> StartOver | None:
        """Look whether answers fit together where they met; return what follows where the reference does not."""
        tear = self._file.tear()
        if tear is None:
            return None
        shown_by = tear.shown_by
        return self._differs(shown_by if isinstance(shown_by, Supplier) else self._suppliers.reference, tear.at)

    def differ(self, member: Member) -> StartOver | None:
        """Take in that an answer is of another version, or has other bytes than are there."""
        assert member.connection is not None
        at = member.connection.differs_at
        if at is not None:
            return self._differs(member.supplier, at)
        if member.supplier is self._suppliers.reference:
            return StartOver("the file has changed on the server")
        self.ban(member.supplier, _difference(member.connection))
        return None

    def ban(self, mirror: Supplier, because: str) -> None:
        """Ask nothing more of a mirror, and take what it brought out of the file; soon."""
        if mirror.banned is None:
            logger.warning("%s is not used as a mirror any more: %s", mirror.source.start.bare, because)
            for start, stop in mirror.ban(because):
                self._plan.give_back(start, stop)
            self._withdrawing.append(mirror)

    async def withdraw(self) -> None:
        """Take out of the file what came from those that are not believed."""
        while self._withdrawing:
            mirror = self._withdrawing[0]
            ranges = list(mirror.asking.delivered)
            if ranges:
                await self.withdraw_ranges(ranges)
            self._file.seams.forget(mirror)
            self._withdrawing.remove(mirror)

    async def end(self) -> None:
        """Leave no part with bytes in it that are not believed, also where a cancel came right after a ban."""
        with suppress(StorageError):  # what ended the run matters more
            await self.withdraw()

    def distrust(self, ranges: Sequence[Range], *, because: str, now: float) -> None:
        """Ban mirrors that brought one of these ranges alone, which are known to be wrong; let the reference rest."""
        for mirror in self._suppliers.mirrors:
            if any(mirror.asking.delivered.covers(start, stop) for start, stop in ranges):
                self.ban(mirror, because)
        if any(mirror.banned is None for mirror in self._suppliers.mirrors):
            self._suppliers.reference.rest(now)  # perhaps it brought them, and others can do better

    def suspect_mirrors(self, *, because: str) -> list[Range]:
        """Ban every mirror that brought anything; return what they brought."""
        suspected = [each for each in self._suppliers.mirrors if each.asking.delivered]
        ranges = [span for mirror in suspected for span in mirror.asking.delivered]
        for mirror in suspected:
            self.ban(mirror, because)
        return ranges

    async def withdraw_ranges(self, bad: Sequence[Range]) -> None:
        """Take these out of the file, whoever brought them."""
        await self._file.withdraw(bad)
        for start, stop in bad:
            self._plan.give_back(start, stop)
            for supplier in self._suppliers:
                supplier.lose(start, stop)

    def _differs(self, shown_by: Supplier, at: int) -> StartOver | None:
        reference = self._suppliers.reference
        brought_by = self._suppliers.who_brought(at)
        guilty = shown_by if brought_by is None else _less_believed(shown_by, brought_by, reference)
        if guilty is reference:
            return other_bytes(older=self._file.was_there(at))
        self.ban(guilty, f"it has another byte {at} than {reference.source.start.origin}")
        return None


def _difference(connection: Connection) -> str:
    """Return what is wrong with an answer of another version."""
    known, verdict = connection.known, connection.verdict
    size = verdict.resource.size if isinstance(verdict, Changed | Whole) else None
    if known is None or known.size is None or size in {None, known.size}:
        return "it has another version of the file, or another file"
    return f"its file has {size} bytes, not {known.size}"


def _less_believed(one: Supplier, other: Supplier, reference: Supplier) -> Supplier:
    """Return which of two is not believed where they differ."""
    if reference in {one, other}:
        return other if one is reference else one
    return min(one, other, key=lambda each: each.received)
