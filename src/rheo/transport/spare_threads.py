"""Threads that are kept for downloads, should lookups that hang take all that the system allows."""

from __future__ import annotations

import threading
from typing import Final

SPARE: Final = 64
"""More than all pools of a manager have; each takes 25 kilobytes."""


class SpareThreads:
    """They do nothing, and end as soon as somebody else wants a thread, for whom there would be none."""

    def __init__(self) -> None:
        self._wanted: threading.Event | None = None
        """None where there are none."""
        self._spent = False

    def keep(self) -> None:
        """Have them, unless they were wanted before."""
        if self._wanted is not None or self._spent:
            return
        self._wanted = threading.Event()
        for _ in range(SPARE):
            try:
                threading.Thread(target=self._wanted.wait, name="rheo spare", daemon=True).start()
            except RuntimeError:
                self.spend()
                return

    def spend(self) -> None:
        """Leave them to others, for good."""
        self._spent = True
        self.release()

    def release(self) -> None:
        """Let them go, as few lookups are under way."""
        if self._wanted is not None:
            self._wanted.set()
            self._wanted = None
