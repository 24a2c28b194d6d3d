"""Replies that the crash tests add: one that counts what it hands over, and one that stops when enough has gone."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from origin import Pause, Received, Reply, Send, Step, Wait
from origin.steps import steps_of


@dataclass
class Meter:
    """Counts the bytes of bodies that the client's system took, of all answers together."""

    bytes: int = 0

    def over(self, reply: Reply) -> Reply:
        """Return the reply, counted."""

        def counted(request: Received) -> Iterator[Step]:
            for step in steps_of(reply, request):
                yield step
                if isinstance(step, Send):
                    self.bytes += len(step.data)

        return counted


@dataclass
class Ration:
    """Lets so many bytes pass, over all connections together; then each waits until it is opened."""

    bytes: int
    gate: threading.Event = field(default_factory=threading.Event)

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
            if self.bytes <= 0 and not self.gate.is_set():
                yield Wait(self.gate)
            self.bytes -= len(portion)
            yield Send(portion)
            yield Pause(0)  # let other connections have their share
