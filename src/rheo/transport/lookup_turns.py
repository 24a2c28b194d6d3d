"""Which names are looked up now: those that hang do not keep others from their turn, nor all the threads. Pure."""

from __future__ import annotations

from typing import Final

AT_ONCE: Final = 200
"""Lookups at once that may end soon: name servers are asked no faster than they answer."""

PATIENCE: Final = 0.5
"""Seconds after which a lookup hangs: it goes on, and the next name has its turn."""

MOST: Final = 2048
"""Lookups under way at the most, with those that hang; each has a thread, of 25 kilobytes."""

RESERVED: Final = 16
"""Of so many of them one is for urgent names alone."""

MANY: Final = 50
"""So many may keep others from having a thread."""


class LookupTurns:
    """The names that wait for their turn, and the lookups under way; `now` are seconds that never go back."""

    def __init__(self) -> None:
        self._most = self._ceiling = MOST
        """Fewer where the system had no thread for one more: until as many have ended, and then no more than those."""
        self._under_way = 0
        """Lookups, with those that hang, and those of which nobody awaits the end any more."""
        self._fresh: dict[str, float] = {}
        """When those began that do not hang, the oldest first."""
        self._urgent: dict[str, None] = {}
        self._others: dict[str, None] = {}

    @property
    def crowded(self) -> bool:
        """Whether so many are under way that others might get no thread."""
        return self._under_way > MANY

    @property
    def few(self) -> bool:
        """Whether others need not fear for that any more."""
        return self._under_way < MANY // 2

    def limit(self, most: int) -> None:
        """Have no more than so many under way from now on, unless these are few."""
        self._ceiling = max(MANY, min(self._ceiling, most))
        self._most = min(self._most, self._ceiling)

    def join(self, name: str, *, urgent: bool) -> None:
        """Have a name wait for its turn; an urgent one waits for no other kind."""
        (self._urgent if urgent else self._others)[name] = None

    def hurry(self, name: str) -> None:
        """Have a name be urgent, if it waits."""
        if name in self._others:
            del self._others[name]
            self._urgent[name] = None

    def next(self, now: float) -> str | None:
        """Take out a name that is to be looked up now; None where none is."""
        if self._urgent and self._under_way < self._most:
            return self._begin(self._urgent, now)
        while self._fresh and now - next(iter(self._fresh.values())) >= PATIENCE:
            del self._fresh[next(iter(self._fresh))]
        room = self._most - self._most // RESERVED
        if self._others and self._under_way < room and len(self._fresh) < AT_ONCE:
            return self._begin(self._others, now)
        return None

    def ended(self, name: str) -> None:
        """Note that a lookup is over."""
        self._under_way -= 1
        self._most = min(self._ceiling, self._most + 1)
        self._fresh.pop(name, None)

    def refused(self, name: str) -> bool:
        """Note that there is no thread for a lookup that was to begin; whether it waits until another one ends."""
        self.ended(name)
        self._most = max(1, self._under_way)
        self._ceiling = max(MANY, self._under_way)  # the threads that end are downloads' to have
        if self._under_way:
            self._urgent = {name: None, **self._urgent}
        return self._under_way > 0

    def due(self, now: float) -> float | None:
        """Return after how many seconds there may be a turn though no lookup ends; None: not before one does."""
        if not self._others or len(self._fresh) < AT_ONCE:
            return None
        return max(0.0, next(iter(self._fresh.values())) + PATIENCE - now)

    def _begin(self, waiting: dict[str, None], now: float) -> str:
        name = next(iter(waiting))
        del waiting[name]
        self._under_way += 1
        self._fresh.pop(name, None)
        self._fresh[name] = now
        return name
