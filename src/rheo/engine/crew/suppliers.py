"""The sources of one file together: whose word counts, and which of them gets the next connection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from rheo.domain.errors import RheoError, UsageError
from rheo.domain.result import SourceShare
from rheo.domain.strategy import Candidate, Strategy
from rheo.domain.url import Url
from rheo.engine.crew.supplier import Supplier
from rheo.engine.hosts.host import Host
from rheo.engine.sources.mirrors import most_hopeful
from rheo.engine.sources.source import Source
from rheo.engine.sources.turns import SILENCE


class Suppliers:
    """All of them, in the order of preference; the first one is the reference, which the others are held against."""

    def __init__(self, several: Iterable[Supplier], strategy: Strategy, *, dice: Callable[[], float]) -> None:
        """`strategy` chooses among them, `dice` returns random numbers in [0, 1)."""
        self._all = tuple(several)
        self._strategy = strategy
        self._dice = dice
        self._served: list[Host] = []
        """Where this counts as a transfer: as they were when that began."""
        self.reference = self._all[0]

    def add(self, supplier: Supplier) -> None:
        """Take in one more, as the last choice."""
        self._all = (*self._all, supplier)
        if self._served:
            self._serve(supplier)

    def new_among(self, sources: Iterable[Source]) -> list[Source]:
        """Return the sources that are not among these suppliers."""
        known = {supplier.source for supplier in self._all}
        return [source for source in sources if source not in known]

    def others_flow(self, supplier: Supplier) -> bool:
        """Whether anybody but this one brings bytes."""
        return any(member.flowing for each in self._all if each is not supplier for member in each.members)

    def begin(self) -> None:
        """Count as one more transfer at each one's host, until `end`."""
        for supplier in self._all:
            self._serve(supplier)

    def end(self) -> None:
        """Count no more."""
        for host in self._served:
            host.transfers -= 1
        self._served.clear()

    def __iter__(self) -> Iterator[Supplier]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def received(self) -> int:
        """Bytes that came in this run, and are believed."""
        return sum(supplier.received for supplier in self._all)

    @property
    def mirrored(self) -> bool:
        """Whether anybody but the reference brought anything."""
        return any(supplier.received for supplier in self._all[1:])

    @property
    def mirrors(self) -> tuple[Supplier, ...]:
        """All but the reference."""
        return self._all[1:]

    @property
    def banned(self) -> dict[Url, str]:
        """Those that have not the file, and why; who serves no parts of it may yet bring all."""
        several = (each for each in self._all if each.asking.resource.ranged)
        return {each.source.given: each.banned for each in several if each.banned is not None}

    @property
    def ranged(self) -> bool:
        """Whether any of them may serve parts of the file."""
        return any(each.banned is None and each.asking.resource.ranged for each in self._all)

    @property
    def shares(self) -> tuple[SourceShare, ...]:
        """What each of several sources brought; none where there is one."""
        if len(self._all) == 1:
            return ()
        return tuple(
            SourceShare(url=each.source.start.text, size=each.received, banned=each.banned) for each in self._all
        )

    def usable(self, now: float) -> bool:
        """Whether anything may be asked of any of them now."""
        return any(supplier.usable(now) for supplier in self._all)

    def error(self) -> RheoError:
        """Return the error that stands for all of them; there must be one."""
        return most_hopeful(supplier.error for supplier in self._all if supplier.error is not None)

    def who_brought(self, position: int) -> Supplier | None:
        """Return who brought a byte in this run; None where nobody did."""
        return next((each for each in self._all if each.has_brought(position)), None)

    def choose(self, allowed: Callable[[Supplier], bool]) -> Supplier | None:
        """Return who gets one more connection; None where that is allowed to nobody.

        Raises UsageError where the strategy, which may be the caller's own, does not choose.
        """
        several = {self._candidate(supplier): supplier for supplier in self._all if allowed(supplier)}
        if len(several) <= 1:
            return next(iter(several.values()), None)
        chosen = self._chosen(list(several))
        found = next((supplier for candidate, supplier in several.items() if candidate == chosen), None)
        if found is None:
            raise UsageError("the strategy for mirrors chose none of its candidates")
        return found

    def may_have_another(self, supplier: Supplier, now: float, *, waited: float) -> bool:
        """Whether a source may get one more connection.

        A mirror that has brought nothing yet is asked once at a time, so that one that stays silent is raced by others.
        That is once the reference answered, or stayed silent for too long in the `waited` seconds.
        """
        if supplier is self.reference:
            return supplier.may_have_another(now)
        if not supplier.members and (waited >= SILENCE or self.reference.asking.answers > 0):
            return True
        return supplier.received > 0 and supplier.may_have_another(now)

    def _chosen(self, candidates: list[Candidate]) -> Candidate:
        try:
            return self._strategy.choose(candidates, self._dice())
        except Exception as failure:
            raise UsageError(f"the strategy for mirrors failed: {type(failure).__name__}: {failure}") from failure

    def _serve(self, supplier: Supplier) -> None:
        host = supplier.host
        host.transfers += 1
        self._served.append(host)

    def _candidate(self, supplier: Supplier) -> Candidate:
        return Candidate(
            url=supplier.source.start,
            rank=self._all.index(supplier),
            connections=len(supplier.members),
            speed=supplier.speed if supplier.asking.answers else None,
        )
