"""Replies that the crash tests add: one that counts what it hands over, and one that stops when enough has gone."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from origin import Origin, Pause, Received, Reply, Send, Step, Wait
from origin.steps import steps_of
from rheo.engine.proof import SEAM


@dataclass
class Meter:
    """Counts the bytes of bodies that the client's system took, of all answers of an origin together.

    Those that a request for a later part has at its beginning, to be compared with what is there, do not count.
    """

    origin: Origin
    count: int = 0

    def over(self, reply: Reply) -> Reply:
        """Return the reply, counted."""

        def counted(request: Received) -> Iterator[Step]:
            compared = _compared(request)
            for step in steps_of(reply, request):
                yield step
                if isinstance(step, Send):
                    self.count += max(0, len(step.data) - compared)
                    compared = max(0, compared - len(step.data))

        return counted

    def settled(self) -> int:
        """Return the count, once connections whose client is gone do not add to it any more."""
        self.origin.wait_for(lambda server: server.answering == 0)
        return self.count

    def reset(self) -> None:
        """Count from zero again, what is sent from now on."""
        self.settled()
        self.count = 0


def _compared(request: Received) -> int:
    start = request.headers.get("range", "bytes=0-").removeprefix("bytes=").partition("-")[0]
    return SEAM if int(start) else 0


@dataclass
class Ration:
    """Lets so many bytes pass, over all connections together; then each waits until it is opened."""

    left: int
    gate: threading.Event = field(default_factory=threading.Event)
    spent: threading.Event = field(default_factory=threading.Event)
    """Set once somebody waits."""

    def of(self, reply: Reply) -> Reply:
        """Return the reply, rationed."""

        def rationed(request: Received) -> Iterator[Step]:
            for step in steps_of(reply, request):
                if isinstance(step, Send):
                    yield from self._portions(step.data)
                else:
                    yield step

        return rationed

    def _portions(self, data: bytes, *, size: int = 16 * 1024) -> Iterator[Step]:
        for start in range(0, len(data), size):
            portion = data[start : start + size]
            if self.left <= 0 and not self.gate.is_set():
                self.spent.set()
                yield Wait(self.gate)
            self.left -= len(portion)
            yield Send(portion)
            yield Pause(0)  # let other connections have their share
