"""What all downloads together may hold in memory on the way to the disk, and what each file holds of it. Pure.

No file may hold more than is left for all the others together: a lone one gets half of the budget, one of a thousand
a thousandth, and whoever comes next finds something whoever came before. Nobody has to be counted for that.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple

KEPT_FREE: Final = 8
"""An eighth of the budget is for files whose disk takes everything at once: those whose disk stands still leave it."""

KEPT_MOST: Final = 4
"""A quarter of it may be kept to be compared: that is given back last, and what flows must not wait for it."""

AT_ONCE: Final = 16
"""How many of those who wait are looked at when room becomes free: with a thousand, all would be work."""


class _Wait(NamedTuple):
    holding: Holding
    size: int
    grant: Callable[[int], None]


class Budget:
    """The bytes that may be held; lives on the loop, and nothing in it waits."""

    __slots__ = ("_waits", "held", "kept", "most", "peak")

    def __init__(self, most: int) -> None:
        self.most = most
        """Bytes."""
        self.held = 0
        """Bytes that are held now, by all files."""
        self.kept = 0
        """Bytes of these that are kept to be compared."""
        self.peak = 0
        """The most that ever were."""
        self._waits: OrderedDict[object, _Wait] = OrderedDict()
        """Who waits for room, the one who waits longest first."""

    @property
    def free(self) -> int:
        """Bytes that nobody holds."""
        return self.most - self.held

    @property
    def waiting(self) -> int:
        """How many wait for room."""
        return len(self._waits)

    def holding(self) -> Holding:
        """Return what one file holds, which is nothing yet; it is to be closed."""
        return Holding(self)

    def add(self, size: int) -> None:
        """Count so many bytes more."""
        self.held += size
        self.peak = max(self.peak, self.held)

    def remove(self, size: int) -> None:
        """Count so many bytes less, and let those have what they wait for who are first, and may now.

        Who may not goes to the back: his own file has too much, or others have all; either will be given back.
        """
        self.held -= size
        if not self._waits:
            return
        for _ in range(min(AT_ONCE, len(self._waits))):
            who, wait = self._waits.popitem(last=False)
            if wait.holding.take(wait.size):
                wait.grant(wait.size)
            else:
                self._waits[who] = wait

    def look(self, who: object) -> None:
        """Let somebody have what he waits for, if he may now: who gives something back looks at a few alone.

        Behind many whose disk stands still nobody may be left who does.
        """
        wait = self._waits.get(who)
        if wait is not None and wait.holding.take(wait.size):
            del self._waits[who]
            wait.grant(wait.size)

    def wait(self, who: object, holding: Holding, size: int, grant: Callable[[int], None]) -> None:
        """Have `grant` told of so many bytes once they are held; who waits already goes on waiting."""
        self._waits.setdefault(who, _Wait(holding, size, grant))

    def leave(self, holding: Holding) -> None:
        """Have nobody wait any more who would hold something for this file."""
        for who in [who for who, wait in self._waits.items() if wait.holding is holding]:
            self.forget(who)

    def forget(self, who: object) -> None:
        """Have somebody wait no more."""
        self._waits.pop(who, None)


class Holding:
    """What one file holds: bytes that its connections gather, that wait to be written, or are kept to be compared."""

    __slots__ = ("_budget", "_closed", "_kept", "held", "slow")

    def __init__(self, budget: Budget) -> None:
        self.held = 0
        """Bytes."""
        self.slow = False
        """Whether what is held waits for a disk; who writes the file says so."""
        self._budget = budget
        self._kept = 0
        """Bytes of these that `keep` asked for."""
        self._closed = False

    @property
    def room(self) -> int:
        """How many bytes more may be held."""
        budget = self._budget
        free = budget.most - budget.held - (budget.most // KEPT_FREE if self.slow else 0)
        return 0 if self._closed else max(0, free - (self.held - self._kept))

    @property
    def room_to_keep(self) -> int:
        """How many bytes more may be kept to be compared."""
        return min(self.room, max(0, self._budget.most // KEPT_MOST - self._budget.kept))

    def take(self, size: int) -> bool:
        """Hold so many bytes more, if that may be."""
        if size > self.room:
            return False
        self.add(size)
        return True

    def add(self, size: int) -> None:
        """Hold so many bytes more, whether that may be or not."""
        self.held += size
        self._budget.add(size)

    def wait(self, who: object, size: int, grant: Callable[[int], None]) -> None:
        """Have `grant` told of so many bytes once they are held, unless `who` waits for some already."""
        if not self._closed:
            self._budget.wait(who, self, size, grant)

    def look(self, who: object) -> None:
        """Let somebody have what he waits for, if he may now."""
        self._budget.look(who)

    def forget(self, who: object) -> None:
        """Have somebody wait no more."""
        self._budget.forget(who)

    def keep(self, size: int) -> None:
        """Hold so many bytes for what is compared later, instead of as many as before."""
        more, self._kept = size - self._kept, size
        self._budget.kept += more
        if more > 0:
            self.add(more)
        else:
            self.give_back(-more)

    def give_back(self, size: int) -> None:
        """Hold so many bytes less; nobody cares after the end."""
        if size and not self._closed:
            self.held -= size
            self._budget.remove(size)

    def close(self) -> None:
        """Give back everything: nothing more comes."""
        if self._budget.waiting:
            self._budget.leave(self)
        if self._kept:
            self.keep(0)
        if self.held:
            self.give_back(self.held)
        self._closed = True
