"""Whose line is handed over next: hosts in turn, and none may take more than half of the room that is left. Pure.

So a host that is slow, or down, never keeps the others from their turn, however many lines of it come first. The list
is read ahead for lines of others, and what has to wait meanwhile is parked: it is put by where it takes no memory.
Hosts that nobody has reached yet, and those of which nothing is finished for a while, take no room from others, as
long as they are not too many.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

T = TypeVar("T")

HANDED: Final = 1000
"""Lines that are handed over and not finished, at most, beside those of silent hosts."""

MOST: Final = 20_000
"""Those of silent hosts included; one that waits to be tried again takes five kilobytes."""

SILENCE: Final = 1.0
"""Seconds after which a host is silent that has lines, and finishes none."""

READY: Final = 1000
"""Lines that are held so that nobody waits for the list."""

HELD: Final = 8000
"""Lines that are held at most, where they cannot be parked."""

LEAST: Final = 8
"""Lines of a host that may be handed over as long as there is any room."""

AHEAD: Final = 1000.0
"""Lines a second by which a list moves on while all that is held has to wait for its hosts."""

FEW: Final = 100
"""Lines of a host below which parked ones are fetched back."""

BACK: Final = 400
"""How many of them at once."""


@dataclass(slots=True)
class _Host(Generic[T]):
    held: list[T] = field(default_factory=list)
    """A list, as most hosts have a line or two, and an empty deque takes as much as ten."""
    staying: list[T] = field(default_factory=list)
    """Held, too, but cannot be parked; their turn comes first."""
    handed: int = 0
    parked: int = 0
    moved: float = 0.0
    """When one of its lines was finished, or the first was handed over."""
    silent: bool = False
    reached: bool = False
    """Whether any of its lines was finished."""

    @property
    def waiting(self) -> int:
        return len(self.held) + len(self.staying)

    @property
    def idle(self) -> bool:
        return not (self.waiting or self.handed or self.parked)


class Spread(Generic[T]):
    """The lines between a list and the manager, by host; `now` are seconds of a clock that never goes back."""

    def __init__(self, *, parks: bool, now: float) -> None:
        self._parks = parks
        """Whether lines can be put by."""
        self._hosts: dict[str, _Host[T]] = {}
        self._turns: deque[str] = deque()
        """Hosts with lines that may be handed over, the next one first."""
        self._capped: set[str] = set()
        """Hosts with lines that have as many handed over as they may."""
        self._wanting: set[str] = set()
        """Hosts of which parked lines are to be fetched back."""
        self.held = self.handed = self.parked = 0
        """How many lines there are of each kind."""
        self._staying = 0
        """Those of the lines held that cannot be parked, though others can."""
        self._heard: OrderedDict[str, _Host[T]] = OrderedDict()
        """Hosts that have lines handed over and are not silent, those first that moved least lately."""
        self._silent = 0
        """Lines that are handed over to silent hosts."""
        self._credit = 0.0
        """Lines that the list may move on by beyond what is finished; less than none where many have."""
        self._credited = self._finished = now

    @property
    def left(self) -> int:
        """How many lines are not finished."""
        return self.held + self.handed + self.parked

    def put(self, host: str, line: T, *, stays: bool = False) -> None:
        """Hold a line of a host until it is its turn; one that `stays` cannot be parked."""
        found = self._hosts.get(host)
        if found is None:
            found = self._hosts[host] = _Host()
        if not found.waiting:
            self._turns.append(host)
        (found.staying if stays else found.held).append(line)
        self.held += 1
        self._staying += stays

    def take(self) -> Iterator[T]:
        """Yield the lines that are to be handed over now; each counts as handed over as it is yielded."""
        for host in [host for host in self._capped if self._may(self._hosts[host])]:
            self._capped.discard(host)
            self._turns.append(host)
        while self._turns and self._room > 0:
            host = self._turns.popleft()
            found = self._hosts[host]
            if not self._may(found):
                self._capped.add(host)
                continue
            self._staying -= bool(found.staying)
            line = (found.staying or found.held).pop(0)
            self._hand(host, found)
            if found.waiting:
                self._turns.append(host)
            self._note_want(host, found)
            yield line

    def finish(self, host: str, now: float) -> None:
        """Note that a line of a host is not handed over any more: it is done, or never will be."""
        found = self._hosts[host]
        found.handed -= 1
        self.handed -= 1
        self._hear(host, found, now)
        self._finished = now
        self._credit = max(-AHEAD, self._credit - 1.0)
        if found.idle:
            del self._hosts[host]

    def wait(self, host: str) -> None:
        """Note that a line of a host is to be tried again later: if none was finished yet, nobody may be there."""
        found = self._hosts[host]
        if not found.reached and self._heard.pop(host, None) is not None:
            self._silence(found)

    def wanted(self, now: float) -> int:
        """Return how many more lines are to be read from the list now."""
        self._note_silence(now)
        self._credit = min(AHEAD, self._credit + AHEAD * (now - self._credited))
        self._credited = now
        room = max(0, HELD - self.held)
        if not self._stuck:
            return min(room, max(0, READY - self._movable))
        if not self._parks:
            return room
        ahead = READY if now - self._finished > 1.0 else int(max(0.0, self._credit))
        return min(room, max(READY - self._movable, ahead))

    def surplus(self) -> Iterator[tuple[str, T]]:
        """Yield the lines that are to be parked now, those last that came first; each counts as parked then."""
        while self._parks and self._movable > READY and self._capped:
            host = max(self._capped, key=lambda host: len(self._hosts[host].held))
            found = self._hosts[host]
            if not found.held:
                return
            for _ in range(max(1, min(len(found.held) - FEW, self._movable - READY))):
                line = found.held.pop()
                found.parked += 1
                self.held -= 1
                self.parked += 1
                self._credit = max(-AHEAD, self._credit - 1.0)
                yield host, line
            if not found.waiting:
                self._capped.discard(host)
                self._note_want(host, found)

    def wanted_back(self) -> Iterator[tuple[str, int]]:
        """Yield the hosts of which parked lines are wanted, and how many."""
        for host in list(self._wanting):
            yield host, min(BACK, self._hosts[host].parked)

    def put_back(self, host: str, line: T) -> None:
        """Hold a line again that was parked."""
        self._hosts[host].parked -= 1
        self.parked -= 1
        self.put(host, line)
        self._note_want(host, self._hosts[host])

    @property
    def _movable(self) -> int:
        """How many of the lines held could be parked, if any can."""
        return self.held - self._staying

    @property
    def _stuck(self) -> bool:
        """Whether all that is held has to wait for its hosts, though there is room."""
        return not self._turns and self._room > 0

    @property
    def _room(self) -> int:
        """How many more lines may be handed over."""
        return min(HANDED + self._silent, MOST) - self.handed

    def _may(self, host: _Host[T]) -> bool:
        return host.handed < (LEAST if host.silent else max(LEAST, self._room))

    def _hand(self, host: str, found: _Host[T]) -> None:
        self.held -= 1
        self.handed += 1
        found.handed += 1
        if found.silent:
            self._silent += 1
        elif found.handed == 1:
            found.moved = self._credited
            self._heard[host] = found

    def _hear(self, host: str, found: _Host[T], now: float) -> None:
        """Note that a host is not silent: one line of it was finished."""
        if found.silent:
            found.silent = False
            self._silent -= found.handed + 1
        found.reached = True
        self._heard.pop(host, None)
        if found.handed:
            found.moved = now
            self._heard[host] = found

    def _note_silence(self, now: float) -> None:
        while self._heard:
            host, found = next(iter(self._heard.items()))
            if now - found.moved < SILENCE:
                return
            del self._heard[host]
            self._silence(found)

    def _silence(self, found: _Host[T]) -> None:
        found.silent = True
        self._silent += found.handed

    def _note_want(self, host: str, found: _Host[T]) -> None:
        if found.parked and found.waiting < FEW:
            self._wanting.add(host)
        else:
            self._wanting.discard(host)
