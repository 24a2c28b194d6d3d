"""Whether an exchange still makes progress: deadlines as a small machine that is told the time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from rheo.domain.errors import (
    AttemptTimeoutError,
    ConnectTimeoutError,
    FirstByteTimeoutError,
    StallError,
    TransferError,
)
from rheo.transport.base import Deadlines


class Stage(IntEnum):
    """How far an exchange has come."""

    CONNECTING = 0
    SECURING = 1
    """The connection stands; TLS, or a proxy's tunnel, does not yet."""
    ASKED = 2
    ANSWERED = 3


@dataclass(slots=True, eq=False)
class Watch:
    """Looks at one exchange a few times a second; monotonic seconds throughout."""

    deadlines: Deadlines
    began: float | None = None
    """When it was first looked at."""
    stage: Stage = Stage.CONNECTING
    mark: float = 0.0
    """When the stage began; or when the request's body last moved, or the answer's had brought enough."""
    counted: int = 0
    """Bytes of the body at that time."""

    def look(self, now: float, stage: Stage, *, moved: int, paused: bool) -> TransferError | None:
        """Return the error of the deadline that has passed, or None.

        `moved` counts the bytes of a body: the answer's once that has begun, before that the request's.
        """
        if self.began is None:
            self.began = self.mark = now
        if stage is not self.stage:
            self.stage, self.mark, self.counted = stage, now, moved
        deadlines = self.deadlines
        if deadlines.total is not None and now - self.began > deadlines.total:
            return AttemptTimeoutError(f"not done within the {deadlines.total:g} s of one attempt")
        if stage is Stage.ANSWERED:
            return self._body(now, moved=moved, paused=paused)
        if stage is Stage.ASKED and moved > self.counted:
            self.mark, self.counted = now, moved  # who still takes what we send cannot answer yet
        return self._wait(now)

    def _wait(self, now: float) -> TransferError | None:
        waited, deadlines = now - self.mark, self.deadlines
        if self.stage is Stage.ASKED:
            late = waited > deadlines.first_byte
            return FirstByteTimeoutError(f"no answer within {deadlines.first_byte:g} s") if late else None
        if self.stage is Stage.SECURING:
            late = waited > deadlines.tls
            return ConnectTimeoutError(f"connected, but no TLS within {deadlines.tls:g} s") if late else None
        late = waited > deadlines.connect
        return ConnectTimeoutError(f"no connection within {deadlines.connect:g} s") if late else None

    def _body(self, now: float, *, moved: int, paused: bool) -> TransferError | None:
        deadlines = self.deadlines
        if paused or moved - self.counted >= deadlines.least:
            # While we hold the connection ourselves, the server cannot be blamed.
            self.mark, self.counted = now, moved
            return None
        if now - self.mark <= deadlines.stall:
            return None
        return StallError(f"less than {deadlines.least} bytes in {deadlines.stall:g} s")
