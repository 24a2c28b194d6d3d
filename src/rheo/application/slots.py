"""How many downloads may ask the network at once: more where they share a connection, fewer where limits are low."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cached_property
from typing import Final

from rheo.domain.oldest import drop_oldest
from rheo.domain.settings import DEFAULT_CONCURRENT, DEFAULT_STREAMS, Settings
from rheo.domain.url import Origin

MOST_LENT: Final = 1024
"""Slots that are lent at once at the most."""

OPEN_FILES: Final = 4
"""So many files must a process be allowed to have open for each slot that is lent: who has it, has a socket."""

MOST_MULTIPLEXING: Final = 2048
"""Origins of which is remembered that they speak HTTP/2."""


class Slots:
    """Counts who holds one, and knows which origins share a connection."""

    def __init__(
        self,
        settings: Settings,
        *,
        worth: Callable[[], int | None],
        open_files: Callable[[], int] = lambda: MOST_LENT * OPEN_FILES,
    ) -> None:
        """`worth` returns how many get anything of a limit; None where limits say nothing of that.

        `open_files` returns how many the process may have, sockets included; it is asked once, if slots are to be lent.
        """
        self.taken = 0
        self.lent = 0
        """Those of downloads that go on without; they are not among those that are taken."""
        self._lent_by: Counter[Origin] = Counter()
        self._open_files = open_files
        self._settings = settings
        self._worth = worth
        self._taken_by: dict[Origin, int] = {}
        self._unfinished: Counter[Origin] = Counter()
        """Downloads of each origin that are queued or run."""
        self._multiplexing: dict[Origin, None] = {}
        """Origins that were seen to speak HTTP/2, as many as are remembered."""

    @property
    def any_left(self) -> bool:
        """Whether one more may run, if its origin is the right one."""
        return self.taken < self._most(DEFAULT_STREAMS if self._multiplexing else DEFAULT_CONCURRENT)

    def left_for(self, origin: Origin) -> bool:
        """Whether one more of this origin may run, as far as its own kind goes; what it lends, it has."""
        most = self._most_of(origin)
        return self.taken < most and self._taken_by.get(origin, 0) < most

    def has_share(self, origin: Origin) -> bool:
        """Whether one more of this origin may run though others wait: no host has more than half then, or one."""
        most = self._most_of(origin)
        share = most if len(self._unfinished) == 1 else max(1, most // 2)
        return self.taken < most and self._taken_by.get(origin, 0) < share

    def take(self, origin: Origin) -> None:
        """Have one more of an origin hold a slot."""
        self.taken += 1
        self._taken_by[origin] = self._taken_by.get(origin, 0) + 1

    @property
    def may_lend(self) -> bool:
        """Whether one more may be lent: not where connections are counted, as each that waits for an answer is one."""
        return self._settings.max_connections is None and self.lent < self._most_lent

    @cached_property
    def _most_lent(self) -> int:
        return min(MOST_LENT, self._open_files() // OPEN_FILES)

    def has_more_than_share(self, origin: Origin, *, lends: bool) -> bool:
        """Whether an origin keeps more than its share from others, which came later; `lends` one that it lends now.

        Nobody has more than the user says, where they do.
        """
        if self._settings.max_concurrent is not None or len(self._unfinished) <= 1:
            return False
        kept = self._taken_by[origin] - self._lent_by[origin] + lends
        return kept > max(1, self._most_of(origin) // 2)

    def lend(self, origin: Origin) -> None:
        """Have one be free for downloads of other origins, though its own goes on."""
        self.taken -= 1
        self.lent += 1
        self._lent_by[origin] += 1

    def take_back(self, origin: Origin) -> None:
        """Have one that was lent be taken again, even if there are too many then."""
        self.taken += 1
        self.lent -= 1
        self._lent_by[origin] -= 1
        if not self._lent_by[origin]:
            del self._lent_by[origin]

    def give_back(self, origin: Origin, *, lent: bool) -> None:
        """Have one fewer, which may have been lent."""
        if lent:
            self.take_back(origin)
        self.taken -= 1
        self._taken_by[origin] -= 1
        if not self._taken_by[origin]:
            del self._taken_by[origin]

    def enter(self, origin: Origin) -> None:
        """Note that a download of an origin is queued."""
        self._unfinished[origin] += 1

    def leave(self, origin: Origin) -> None:
        """Note that one has ended, or was taken out."""
        self._unfinished[origin] -= 1
        if self._unfinished[origin] <= 0:
            del self._unfinished[origin]

    def shared(self, origin: Origin) -> bool:
        """Whether there are several of an origin, for which a connection that many share is worth asking for."""
        return self._unfinished[origin] > 1

    def multiplexes(self, origin: Origin) -> None:
        """Note that an origin speaks HTTP/2."""
        self._multiplexing.pop(origin, None)  # so that it is not among the oldest
        self._multiplexing[origin] = None
        drop_oldest(self._multiplexing, most=MOST_MULTIPLEXING)

    def _most_of(self, origin: Origin) -> int:
        return self._most(DEFAULT_STREAMS if origin in self._multiplexing else DEFAULT_CONCURRENT)

    def _most(self, usual: int) -> int:
        most = self._settings.max_concurrent or usual
        return min(most, self._settings.max_connections or most, self._worth() or most)
