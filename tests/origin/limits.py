"""A limit that an origin keeps to, and what it answers beyond it."""

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from origin.replies import Status
from origin.request import Received
from origin.steps import Reply


@dataclass
class Limited:
    """The replies of one host that answers no more than so many requests in any second, and refuses others."""

    most: int
    refusal: Reply = field(default_factory=lambda: Status(429))
    window: float = 1.0
    refused: Counter[str] = field(default_factory=Counter)
    """How often, by the target."""
    _taken: deque[float] = field(default_factory=deque)

    def __call__(self, reply: Reply) -> Callable[[Received], Reply]:
        """Return a reply that counts with all others of this limit."""

        def answer(request: Received) -> Reply:
            now = time.monotonic()
            while self._taken and self._taken[0] <= now - self.window:
                self._taken.popleft()
            if len(self._taken) < self.most:
                self._taken.append(now)
                return reply
            self.refused[request.path] += 1
            return self.refusal

        return answer
