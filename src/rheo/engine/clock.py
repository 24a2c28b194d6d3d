"""The time: the only file that reads a clock, and what stands in for it in tests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol


class Timer(Protocol):
    """A call that is due later."""

    def cancel(self) -> None:
        """Forget about it."""


class Clock(Protocol):
    """Where all time comes from."""

    def now(self) -> datetime:
        """Return the wall clock's time, aware, in UTC; for records and HTTP dates only."""

    def unix(self) -> float:
        """Return the same in Unix seconds; for what hosts say of themselves, and for cookies."""

    def monotonic(self) -> float:
        """Return seconds that never jump; for durations."""

    def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call back on the loop, after so many seconds."""

    async def sleep(self, delay: float) -> None:
        """Return after so many seconds."""


class SystemClock:
    """The machine's clocks, and the running loop's timers."""

    def now(self) -> datetime:
        """Return the present time in UTC."""
        return datetime.now(UTC)

    unix = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)
    """The loop's own scale. Both are asked several times a file, and so not by way of a method of ours."""

    def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call back on the running loop."""
        return asyncio.get_running_loop().call_later(delay, callback)

    async def sleep(self, delay: float) -> None:
        """Return after so many seconds."""
        await asyncio.sleep(delay)
