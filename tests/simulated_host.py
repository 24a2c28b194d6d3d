"""Hosts with hidden limits, and a client that asks them through a gate, in time that is only counted."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from rheo.engine.politeness.gate import Gate

TRIES = 6
"""How often a file is refused until it is given up."""

Takes = Callable[[float, int], bool]
"""Whether a host takes a request at a time, with so many others under way."""


def sliding(limit: int, window: float = 1.0) -> Takes:
    """Take so many in any window."""
    taken: deque[float] = deque()

    def takes(now: float, _: int) -> bool:
        while taken and taken[0] <= now - window:
            taken.popleft()
        if len(taken) >= limit:
            return False
        taken.append(now)
        return True

    return takes


def fixed(limit: int, window: float = 1.0, offset: float = 0.3) -> Takes:
    """Take so many in each window, of which the first began `offset` seconds before."""
    taken: Counter[int] = Counter()

    def takes(now: float, _: int) -> bool:
        index = int((now + offset) / window)
        if taken[index] >= limit:
            return False
        taken[index] += 1
        return True

    return takes


def bucket(rate: float, burst: int) -> Takes:
    """Take as many as there are tokens."""
    tokens, last = float(burst), 0.0

    def takes(now: float, _: int) -> bool:
        nonlocal tokens, last
        tokens, last = min(float(burst), tokens + (now - last) * rate), now
        if tokens < 1:
            return False
        tokens -= 1
        return True

    return takes


def at_once(most: int) -> Takes:
    """Take as long as no more are under way."""
    return lambda _, others: others < most


@dataclass
class Told:
    """What a simulation came to."""

    seconds: float = 0.0
    """Until the last file came that came."""
    refusals: Counter[int] = field(default_factory=Counter)
    """By the file."""
    sent: list[float] = field(default_factory=list)
    """When requests were."""

    @property
    def worst(self) -> int:
        """How often the file was refused that was refused most often."""
        return max(self.refusals.values(), default=0)


@dataclass
class Client:
    """Fetches files through a gate, those first that were refused, so many at once."""

    takes: Takes
    gate: Gate = field(default_factory=Gate)
    slots: int = 8
    latency: Callable[[], float] = lambda: 0.004
    wait: float | None = None
    """What a refusal asks for; None: nothing."""
    status: int = 429
    broken: frozenset[int] = frozenset()
    """Files that are refused always, and given up after `TRIES`."""
    dice: Callable[[], float] = lambda: 0.5
    now: float = 0.0
    told: Told = field(default_factory=Told)

    def fetch(self, files: int, *, ends: float = 4000.0) -> Told:
        """Fetch so many, until they are there or the time is over."""
        self._fresh, self._again = deque(range(files)), deque[int]()
        self._answers: list[tuple[float, int, bool, int, float]] = []
        self._numbers = count()
        done = 0
        while done < files and self.now < ends:
            while self._may_send() and self.gate.turn(self.now) <= self.now:
                self._send()
            turn = self.gate.turn(self.now) if self._may_send() else float("inf")
            due = min(turn, self._answers[0][0] if self._answers else float("inf"))
            assert due < float("inf"), "nobody would ever go on"
            self.now = max(self.now, due)
            while self._answers and self._answers[0][0] <= self.now:
                _, _, taken, file, sent = heapq.heappop(self._answers)
                self._answered(file, sent, taken=taken)
                done += taken or self.told.refusals[file] == TRIES
        return self.told

    def _may_send(self) -> bool:
        return len(self._answers) < self.slots and bool(self._fresh or self._again)

    def _send(self) -> None:
        first, second = (self._fresh, self._again) if self.gate.tries else (self._again, self._fresh)
        file = (first or second).popleft()
        self.gate.go(self.now)
        self.told.sent.append(self.now)
        taken = file not in self.broken and self.takes(self.now, len(self._answers))
        heapq.heappush(self._answers, (self.now + self.latency(), next(self._numbers), taken, file, self.now))

    def _answered(self, file: int, sent: float, *, taken: bool) -> None:
        if taken:
            self.told.seconds = self.now
            self.gate.taken(sent, file)
        else:
            self.told.refusals[file] += 1
            self.gate.refused(sent, self.now, status=self.status, wait=self.wait, jitter=self.dice(), url=file)
            if self.told.refusals[file] < TRIES:
                self._again.append(file)
        self.gate.ended(sent)
