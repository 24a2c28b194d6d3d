"""What happened at an origin: written by its thread, read and waited for by others."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from origin.request import Received


@dataclass
class Journal:
    """Requests and counts, changed under one condition that tells who waits."""

    requests: list[Received] = field(default_factory=list)
    connections: int = 0
    answering: int = 0
    peak: int = 0
    held: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition, repr=False)

    def accept(self) -> int:
        """Count a connection and return its number."""
        with self._change():
            self.connections += 1
            return self.connections

    @contextmanager
    def answer(self, request: Received) -> Iterator[None]:
        """Record the request, and count it as being answered meanwhile."""
        with self._change():
            self.requests.append(request)
            self.answering += 1
            self.peak = max(self.peak, self.answering)
        try:
            yield
        finally:
            with self._change():
                self.answering -= 1

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Count an answer as held meanwhile."""
        with self._change():
            self.held += 1
        try:
            yield
        finally:
            with self._change():
                self.held -= 1

    def wait_for(self, predicate: Callable[[], bool], timeout: float) -> None:
        """Return once the predicate holds; it is asked again after every change."""
        with self.changed:
            if not self.changed.wait_for(predicate, timeout):
                raise TimeoutError(f"not within {timeout} s: {self}")

    @contextmanager
    def _change(self) -> Iterator[None]:
        with self.changed:
            yield
            self.changed.notify_all()
