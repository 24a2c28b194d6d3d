"""Replies that the crash tests add: one that counts what it hands over, and one that stops when enough has gone."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from origin import Head, Origin, Pause, Received, Reply, Send, Step, Wait
from origin.steps import steps_of
from rheo.engine.planning.proof import SEAM


@dataclass
class Meter:
    """Counts the bytes of bodies that the client's system took, of all answers of an origin together.

    Those that a request has at either end to be compared with what is there, or is to come, do not count.
    """

    origin: Origin
    count: int = 0

    def over(self, reply: Reply) -> Reply:
        """Return the reply, counted."""

        def counted(request: Received) -> Iterator[Step]:
            position, stop = _span(request)
            start = position + SEAM if position else 0
            for step in steps_of(reply, request):
                yield step
                if isinstance(step, Head) and stop not in {None, _total(step)}:
                    stop = (stop or 0) - SEAM
                if isinstance(step, Send):
                    end = position + len(step.data)
                    self.count += max(0, min(end, stop or end) - max(position, start))
                    position = end

        return counted

    def settled(self) -> int:
        """Return the count, once connections whose client is gone do not add to it any more."""
        self.origin.wait_for(lambda server: server.answering == 0)
        return self.count

    def reset(self) -> None:
        """Count from zero again, what is sent from now on."""
        self.settled()
        self.count = 0


def _span(request: Received) -> tuple[int, int | None]:
    first, _, last = request.headers.get("range", "bytes=0-").removeprefix("bytes=").partition("-")
    return int(first), int(last) + 1 if last else None


def _total(head: Head) -> int:
    """Return the whole file's size, as a head tells it."""
    return int((head.value("Content-Range") or head.value("Content-Length") or "0").rpartition("/")[2])


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
