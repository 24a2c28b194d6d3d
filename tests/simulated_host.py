"""Hosts with hidden limits, and a client that asks them through a gate, in time that is only counted."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

from rheo.engine.politeness.gate import Gate

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
    refusals: Counter[int] = field(default_factory=Counter)
    """By the file."""
    sent: list[float] = field(default_factory=list)
    answers: list[tuple[float, int, bool]] = field(default_factory=list)

    @property
    def worst(self) -> int:
        return max(self.refusals.values(), default=0)


def fetch(  # noqa: PLR0913  (a simulation has that many dials)
    files: int,
    takes: Takes,
    *,
    gate: Gate | None = None,
    slots: int = 8,
    latency: Callable[[], float] = lambda: 0.004,
    wait: float | None = None,
    status: int = 429,
    dice: Callable[[], float] = lambda: 0.5,
    ends: float = 4000.0,
) -> Told:
    """Fetch files, those first that were refused; a refusal asks for `wait` seconds, or for nothing."""
    gate = gate or Gate()
    told = Told()
    fresh, again = deque(range(files)), deque[int]()
    events: list[tuple[float, int, str, int, float]] = []
    numbers: Iterator[int] = count()
    now, under_way, done = 0.0, 0, 0
    while done < files and now < ends:
        while under_way < slots and (fresh or again) and gate.turn(now) <= now:
            tries = gate.tries and bool(fresh)
            file = (fresh if tries or not again else again).popleft()
            gate.go(now)
            told.sent.append(now)
            others, under_way = under_way, under_way + 1
            taken = takes(now, others)
            told.answers.append((now, file, taken))
            heapq.heappush(events, (now + latency(), next(numbers), "taken" if taken else "refused", file, now))
        turn = gate.turn(now) if under_way < slots and (fresh or again) else float("inf")
        due = min(turn, events[0][0] if events else float("inf"))
        assert due < float("inf"), "nobody would ever go on"
        now = max(now, due)
        while events and events[0][0] <= now:
            _, _, what, file, sent = heapq.heappop(events)
            under_way -= 1
            if what == "taken":
                gate.taken(sent)
                done += 1
            else:
                told.refusals[file] += 1
                gate.refused(sent, now, status=status, wait=wait, jitter=dice())
                again.append(file)
            gate.ended(sent)
    told.seconds = now
    return told
