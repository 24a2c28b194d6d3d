"""Where requests to one host wait for their turn, and what its answers mean for those who come next.

Who would stand there for long is sent away with an error instead: a download that waits holds no slot.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, Final

from rheo.domain.errors import HostClosedError
from rheo.domain.url import Origin, Url
from rheo.engine.clock import Clock, Timer
from rheo.engine.politeness.gate import SLOWED, Gate
from rheo.engine.politeness.outage import Outage
from rheo.transport.base import Exchange, Flow, Head
from rheo.transport.rate_limit_fields import FIELDS, used_up_for

if TYPE_CHECKING:
    from rheo.transport.base import Receiver

PATIENCE: Final = 2.0
"""Seconds that a request stands in line for a host that asked to wait."""

_LEAST: Final = 0.001
_MOST: Final = 1.0
"""Seconds between two looks at who waits."""

_REFUSALS: Final = 400
"""The least status that refuses."""


class Line:
    """The requests to one host."""

    def __init__(self, origin: Origin, gate: Gate, clock: Clock, *, dice: Callable[[], float]) -> None:
        """`dice` returns random numbers in [0, 1)."""
        self.gate = gate
        self.outage = Outage()
        self.asked = -inf
        """When the last request was sent."""
        self.on_change: Callable[[], None] | None = None
        """Is told whenever more may go than before, or fewer; soon after, not at once."""
        self._origin = origin
        self._clock = clock
        self._dice = dice
        self._waiting: deque[asyncio.Future[float]] = deque()
        self._timer: Timer | None = None
        self._due = inf

    @property
    def empty(self) -> bool:
        """Whether nobody waits."""
        return not self._waiting

    @property
    def guarded(self) -> bool:
        """Whether a download may have to stand aside."""
        return self.gate.guarded or self.outage.down

    def opens(self, now: float) -> float:
        """Return when one more download may ask; infinity: not before another one has its answer."""
        return max(self.gate.turn(now), self.outage.turn(now))

    def idle(self, now: float) -> bool:
        """Whether nobody would miss it."""
        return self.empty and self.on_change is None and (not self.outage.down or self.outage.stale(now))

    def go(self) -> float:
        """Note that a request is sent, and return when: who need not wait does not."""
        now = self._clock.monotonic()
        self.gate.go(now)
        self.asked = now
        return now

    async def turn(self) -> float:
        """Return once a request may be sent, noted and with its time; raises HostClosedError where that takes long."""
        now = self._clock.monotonic()
        if self.empty and self.gate.turn(now) <= now:
            return self.go()
        if self._is_long(now):
            raise self.error()
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._plan(now)
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.exception() is None:
                self.ended(future.result())
            raise

    def hear(self, sent: float, url: Url, head: Head) -> None:
        """Take in the head of an answer to a request; inside a callback of the transport."""
        if self.outage.noted:
            self.outage.answered()
            self.look_soon()
        fields, refuses = head.fields, head.status >= _REFUSALS
        wait = None
        if not fields.keys().isdisjoint(FIELDS):
            wait = used_up_for(fields, self._clock.unix())
        if refuses and (head.status in SLOWED or "retry-after" in fields):
            self._refused(sent, url, head, wait)
        else:
            if wait:
                self.gate.used_up(self._clock.monotonic(), wait, jitter=self._dice())
            self.gate.taken(sent, url)
        if self.gate.guarded:
            self.look_soon()

    def ended(self, sent: float) -> None:
        """Note that a request has ended, however it did."""
        self.gate.ended(sent)
        if self.gate.guarded or self._waiting:
            self.look_soon()

    def error(self) -> HostClosedError:
        """Return what keeps a request from being sent."""
        left = max(0.0, self.gate.opens - self._clock.monotonic())
        return HostClosedError(f"{self._origin} takes no more requests now", wait=left, vain=self.gate.vain > 0)

    def look_soon(self) -> None:
        """See who may go, in a moment."""
        self._call(0.0)

    def _refused(self, sent: float, url: Url, head: Head, wait: float | None) -> None:
        from rheo.transport.headers import parse_retry_after  # noqa: PLC0415  (most hosts never refuse)

        asked = head.fields.get("retry-after")
        seconds = None if asked is None else parse_retry_after(asked, self._clock.now())
        self.gate.refused(
            sent,
            self._clock.monotonic(),
            status=head.status,
            wait=wait if seconds is None else seconds,
            url=url,
            jitter=self._dice(),
        )

    def _look(self) -> None:
        """Let those go whose turn it is, and send away those who would stand here for long."""
        self._timer, self._due = None, inf
        now = self._clock.monotonic()
        while self._waiting and self.gate.turn(now) <= now:
            future = self._waiting.popleft()
            if not future.done():
                self.gate.go(now)
                self.asked = now
                future.set_result(now)
        while self._waiting and self._is_long(now):
            future = self._waiting.popleft()
            if not future.done():
                future.set_exception(self.error())
        if self._waiting:
            self._plan(now)
        if self.on_change is not None:
            self.on_change()

    def _is_long(self, now: float) -> bool:
        return self.gate.opens - now > PATIENCE

    def _plan(self, now: float) -> None:
        self._call(min(max(self.gate.turn(now) - now, _LEAST), _MOST))

    def _call(self, delay: float) -> None:
        """Look again after so many seconds, unless that is done before."""
        due = self._clock.monotonic() + delay
        if due >= self._due:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._due = self._clock.call_later(delay, self._look), due


class Heard:
    """Hands an answer on to its receiver, and tells the line what its head says."""

    __slots__ = ("_line", "_receiver", "_sent", "_url", "chunk", "tick")

    def __init__(self, receiver: Receiver, line: Line, url: Url, sent: float) -> None:
        self._receiver, self._line, self._url, self._sent = receiver, line, url, sent
        self.chunk, self.tick = receiver.chunk, receiver.tick  # the receiver's own: they are called too often to wrap

    def begin(self, head: Head, exchange: Exchange) -> Flow:
        """Take the final answer's head."""
        self._line.hear(self._sent, self._url, head)
        return self._receiver.begin(head, exchange)


class Lines:
    """The lines of all hosts that were asked."""

    def __init__(self, gate_of: Callable[[Origin], Gate], clock: Clock, *, dice: Callable[[], float]) -> None:
        """`dice` returns random numbers in [0, 1)."""
        self._gate_of = gate_of
        self._clock = clock
        self._dice = dice
        self._lines: dict[Origin, Line] = {}

    def __getitem__(self, origin: Origin) -> Line:
        line = self._lines.get(origin)
        if line is None:
            line = self._lines[origin] = Line(origin, self._gate_of(origin), self._clock, dice=self._dice)
        return line

    def idle(self, origin: Origin, now: float) -> bool:
        """Whether nobody would miss a host's line."""
        line = self._lines.get(origin)
        return line is None or line.idle(now)

    def asked(self, origin: Origin) -> float:
        """Return when a host was asked last; never is infinitely long ago."""
        line = self._lines.get(origin)
        return -inf if line is None else line.asked

    def forget(self, origin: Origin) -> None:
        """Let go of a host's line, if there is one; its gate is forgotten, too."""
        self._lines.pop(origin, None)
