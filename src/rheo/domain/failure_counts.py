"""What failed of a run, in bounded memory whatever its length: how often by what went wrong, and where. Pure."""

from __future__ import annotations

from collections import Counter
from heapq import nlargest
from typing import Final, NamedTuple

from rheo.domain.errors import HttpStatusError, NeedsNewUrlError, RheoError

MOST_HOSTS: Final = 1000
"""Hosts that are counted exactly at the least; beyond twice as many those go of which fewest failed."""


class Kind(NamedTuple):
    """What kind of error it was."""

    code: str
    status: int | None = None
    """None where no answer is to blame."""

    def __str__(self) -> str:
        return self.code if self.status is None else f"{self.code} {self.status}"


def kind_of(error: RheoError) -> Kind:
    """Return the kind that an error is counted as."""
    return Kind(error.code, error.status if isinstance(error, (HttpStatusError, NeedsNewUrlError)) else None)


class Commonest:
    """Counts what comes most often, of any number of names, in memory for some of them.

    Counts are exact as long as `slack` is 0; from then on they may be too high by that, and any name that came more
    often is among them: who is met anew may be one that was dropped, and begins with what that had at the most.
    (After "space saving": Metwally, Agrawal and El Abbadi, 2005; here half of the names is dropped at a time.)
    """

    def __init__(self, most: int) -> None:
        """Take how many names are kept at the least."""
        self.slack = 0
        self._most = most
        self._counts: dict[str, int] = {}

    def add(self, name: str) -> None:
        """Count a name once more."""
        self._counts[name] = self._counts.get(name, self.slack) + 1
        if len(self._counts) > 2 * self._most:
            kept = dict(self.first(self._most))
            self.slack = max(count for name, count in self._counts.items() if name not in kept)
            self._counts = kept

    def first(self, number: int) -> list[tuple[str, int]]:
        """Return so many names with their counts, the commonest first; of equal ones, who was met first."""
        return nlargest(number, self._counts.items(), key=lambda item: item[1])


class FailureCounts:
    """Counts what failed by what went wrong, and where."""

    def __init__(self) -> None:
        self.kinds: Counter[Kind] = Counter()
        self.hosts = Commonest(MOST_HOSTS)

    @property
    def total(self) -> int:
        """How many failed."""
        return self.kinds.total()

    def add(self, error: RheoError, *, host: str | None) -> None:
        """Count one; `host` is None where the URL is not known, as in a line that says none."""
        self.kinds[kind_of(error)] += 1
        if host is not None:
            self.hosts.add(host)

    def worst_hosts(self, number: int) -> list[tuple[str, int]]:
        """Return so many hosts with how many failed there, at the least; none where none stands out of too many."""
        slack = self.hosts.slack
        return [(host, count - slack) for host, count in self.hosts.first(number) if count > 2 * slack]
