"""A download's way through the limits: which of them it is under, what it can use, and what it has used."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Final

from rheo.engine.limits.limit import Limit
from rheo.transport.meter import Meter

HEADROOM: Final = 1.5
"""How many times what it took lately a flow may take next, where nothing holds it up: so it can become faster."""

MEMORY: Final = 0.8
"""How much of what was so counts one tick later: bytes come in bursts."""

QUANTUM: Final = 16 * 1024
"""Bytes that a flow is given beyond its share where they are left: one chunk."""

READ_LEAST: Final = 1024
READ_MOST: Final = 512 * 1024
"""Bytes of one read from a socket: what the stop cuts off of it waits in memory."""

LEAST_RATE: Final = 16 * 1024
"""Bytes per second that a connection should have at the least: of fewer a server believes that nobody reads."""

BINDING: Final = 0.5
"""The part of its latest ticks in which a lane was held up, from which on it is the limit that makes it slow."""


MOST_PRIORITY: Final = 1000
"""From which on a priority weighs no more: beside a weight that is beyond all measure, others would be lost."""


class Flow:
    """What one download takes from one host."""

    __slots__ = ("_marked", "_recent", "limits", "meter")

    def __init__(self, limits: tuple[Limit, Limit, Limit]) -> None:
        self.limits = limits
        """Those that it is under, in force or not: on everything, on its host, on its download."""
        self.meter = Meter(self._give_more)
        self._marked = 0
        self._recent = inf
        """Bytes of its latest ticks; endless as long as nobody knows."""

    @property
    def limited(self) -> bool:
        """Whether it is under a limit at some time of the week."""
        total, host, own = self.limits
        return total.allowed is not None or host.allowed is not None or own.allowed is not None

    @property
    def held(self) -> bool:
        """Whether it could take more than it may."""
        return bool(self.meter.held)

    def begin(self, most: float) -> None:
        """Take nothing but what is left until the next tick, in which it may be given so many bytes at the most."""
        self.meter.stop = self.meter.taken
        self.meter.read = _read_size(most)

    def settle(self) -> None:
        """End a tick: what was not used goes back to the limits, and what was taken too much is owed."""
        meter = self.meter
        taken, self._marked = meter.taken - self._marked, meter.taken
        self._recent = inf if meter.held else max(taken, MEMORY * (0.0 if self._recent == inf else self._recent))
        if meter.stop == inf:
            meter.stop = meter.taken
        elif meter.stop > meter.taken:
            self._give(meter.taken - meter.stop)

    @property
    def idle(self) -> bool:
        """Whether nothing has come lately."""
        return self._recent < 1

    @property
    def appetite(self) -> float:
        """Bytes that it can use until the next tick; endless where nobody knows."""
        return max(0.0, HEADROOM * self._recent + self.meter.taken - self.meter.stop)

    def grant(self, size: float) -> None:
        """Let it take so many bytes more until the next tick."""
        meter = self.meter
        if size == inf:
            meter.stop, meter.read = inf, None
        else:
            self._give(size)
            meter.read = _read_size(size / max(1, len(meter.held)))
        if meter.held and meter.stop > meter.taken:
            meter.release()

    def end(self) -> None:
        """Give back what it did not use, or have the limits bear what it owes; nothing more comes."""
        if self.meter.stop != inf:
            self._give(self.meter.taken - self.meter.stop)
        self.meter.more = None  # which is ours: each would keep the other alive

    def _give(self, size: float) -> None:
        for limit in self.limits:
            limit.give(size)
        self.meter.stop += size

    def _give_more(self) -> bool:
        """Take what the others left; a callback of the transport asks."""
        left = min((limit.left for limit in self.limits), default=inf)
        if left <= 0:
            return False
        self._give(min(left, QUANTUM))
        return self.meter.stop > self.meter.taken


class Lane:
    """What one download takes, from all hosts together."""

    __slots__ = ("_flow_to", "_pressure", "alike", "flows", "least", "own", "share", "weight")

    def __init__(self, flow_to: Callable[[Lane, str], Flow], *, weight: float, own: Limit, alike: bool) -> None:
        """`flow_to` makes its flow from a host; `own` is the limit on what it takes alone, `alike` with others."""
        self.weight = weight
        """Its part of what is shared."""
        self.least = 0.0
        """Bytes per second that it needs to be in time; 0.0 where nobody hurries it."""
        self.own = own
        self.alike = alike
        """Whether the limit on what it takes alone is that of every download, also when that changes."""
        self.flows: dict[str, Flow] = {}
        """By host."""
        self.share = inf
        """Bytes per second that it may take now, evened out; endless without a limit."""
        self._flow_to = flow_to
        self._pressure = 1.0
        """How much of the time it was held up lately, from 0 to 1."""

    @property
    def busy(self) -> int:
        """How many hosts bring something."""
        return max(1, sum(not flow.idle for flow in self.flows.values()))

    @property
    def limited(self) -> bool:
        """Whether it is a limit that makes it slow; where there is one, it is believed to be until the line shows."""
        return self.share < inf and self._pressure >= BINDING

    @property
    def connections(self) -> int | None:
        """How many connections are enough for what it may take; None where the line says that, and no limit."""
        return max(1, int(self.share // LEAST_RATE)) if self.limited else None

    def meter(self, host: str) -> Meter:
        """Return what counts the bytes of this download from a host."""
        flow = self.flows.get(host)
        if flow is None:
            flow = self.flows[host] = self._flow_to(self, host)
        return flow.meter

    def press(self, *, share: float) -> None:
        """Take in how it went during the last tick, and what it may take from now on."""
        held = any(flow.held for flow in self.flows.values())
        self.share = share if inf in (share, self.share) else MEMORY * self.share + (1 - MEMORY) * share
        self._pressure = 1.0 if share == inf else MEMORY * self._pressure + (1 - MEMORY) * held


def weight_of(priority: int) -> float:
    """Return the part of a line that a priority is worth beside another: 1 for 0, 2 for 1, 3 for 2, a half for -1."""
    if not priority:
        return 1.0
    priority = min(max(priority, -MOST_PRIORITY), MOST_PRIORITY)
    return 1.0 + priority if priority >= 0 else 1.0 / (1 - priority)


def _read_size(share: float) -> int:
    """Return a power of two that is no more than a share, so that it does not change with every tick."""
    return min(READ_MOST, max(READ_LEAST, 1 << (int(share).bit_length() - 1) if share >= 1 else 0))
