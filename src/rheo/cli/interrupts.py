"""Ctrl-C and SIGTERM: the first asks to stop in order, the second ends the process at once."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Final, Self

from rheo.cli.exit_codes import KILLED

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_SHOW_CURSOR: Final = b"\x1b[?25h\r\n"


class Interrupts:
    """Catches both signals while it is open; one that our caller ignores, as `nohup` does, stays ignored."""

    def __init__(self, wake: Callable[[], None]) -> None:
        """`wake` is called in a signal handler, so it may take no lock."""
        self._wake = wake
        self._before: dict[signal.Signals, Any] = {}
        self.received: int | None = None
        """The first signal that came; None as long as none did."""

    def __enter__(self) -> Self:
        for number in _SIGNALS:
            before = signal.getsignal(number)
            if before is not signal.SIG_IGN:
                self._before[number] = before
                signal.signal(number, self._catch)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _catch(self, number: int, _frame: FrameType | None) -> None:
        if self.received is None:
            self.received = number
            self._wake()
            return
        if sys.__stderr__ is not None and sys.__stderr__.isatty():
            os.write(sys.__stderr__.fileno(), _SHOW_CURSOR)
        os._exit(KILLED + number)
