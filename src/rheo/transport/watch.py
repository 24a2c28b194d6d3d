"""Whether an exchange still makes progress: deadlines as a small machine that is told the time."""

from __future__ import annotations

from dataclasses import dataclass

from rheo.domain.errors import FirstByteTimeoutError, StallError, TransferError
from rheo.transport.base import STALL_BYTES, Deadlines


@dataclass(slots=True)
class Watch:
    """Looks at one exchange a few times a second; monotonic seconds throughout."""

    deadlines: Deadlines
    asked: float | None = None
    """When the request was on its way; None while connecting, which libcurl itself bounds."""
    mark: float | None = None
    """When the body last had brought `STALL_BYTES`; None before its head."""
    counted: int = 0
    """Bytes of the body at that time."""

    def look(self, now: float, *, sent: bool, answered: bool, received: int, paused: bool) -> TransferError | None:
        """Return the error of the deadline that has passed, or None."""
        if not answered:
            return self._first_byte(now, sent=sent)
        if self.mark is None or paused or received - self.counted >= STALL_BYTES:
            # While we hold the connection ourselves, the server cannot be blamed.
            self.mark, self.counted = now, received
            return None
        if now - self.mark <= self.deadlines.stall:
            return None
        return StallError(f"less than {STALL_BYTES} bytes in {self.deadlines.stall:g} s")

    def _first_byte(self, now: float, *, sent: bool) -> TransferError | None:
        if self.asked is None:
            self.asked = now if sent else None
            return None
        if now - self.asked <= self.deadlines.first_byte:
            return None
        return FirstByteTimeoutError(f"no answer within {self.deadlines.first_byte:g} s")
