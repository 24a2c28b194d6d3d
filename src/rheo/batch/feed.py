"""Reads a list on a thread of its own while downloads run: it may be long, or still be written by another program."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from rheo.batch.fed import Fed
from rheo.domain.errors import InternalError

AHEAD: Final = 1000
"""Lines that are read ahead of those that are taken."""

FIRST: Final = 32
"""Those at the beginning: the first ones are asked for before the rest is read, which would take the processor."""


class Feed:
    """What a list asks for, a little at a time; the list is read no further than that is taken.

    There is no lock: one thread appends, the other takes from the front; a lock for each line would cost more.
    """

    def __init__(self, fed: Iterable[Fed], wake: Callable[[], None]) -> None:
        """`fed` is read on the thread, and may wait there; `wake` is called there when there is something to take."""
        self._fed = fed
        self.wake = wake
        self._lines: deque[Fed | None] = deque()
        """None comes after the last."""
        self._ahead = FIRST
        """Lines that are read ahead by now."""
        self._room = threading.Event()
        self.ended = False
        """Whether all has been taken."""
        self._whole = False
        """Whether all has been read."""
        self._leaving = False
        threading.Thread(target=self._read, name="rheo list", daemon=True).start()

    def take(self, most: int) -> list[Fed]:
        """Return what is there, at most so many; nothing where the list has to be waited for."""
        taken: list[Fed] = []
        while self._lines and len(taken) < most:
            one = self._lines.popleft()
            if one is None:
                self.ended = True
                if not self._whole:
                    raise InternalError("who reads the list has ended by itself, which is a bug in rheo")
            else:
                taken.append(one)
        if taken:
            self._ahead = min(2 * self._ahead, AHEAD)
        if len(self._lines) < self._ahead // 2:
            self._room.set()
        return taken

    def close(self) -> None:
        """Read no more; who waits for the list itself is left behind."""
        self._leaving = True
        self._lines.clear()
        self._room.set()

    def _read(self) -> None:
        fed, self._fed = self._fed, ()  # what was not read to its end is let go of with the thread
        try:
            for one in fed:
                if self._leaving:
                    break
                self._lines.append(one)
                if len(self._lines) == 1:  # of the others there word went before
                    self.wake()
                elif len(self._lines) >= self._ahead:
                    self._wait_for_room()
            self._whole = True
        finally:
            self._lines.append(None)
            self.wake()

    def _wait_for_room(self) -> None:
        self._room.clear()
        if len(self._lines) >= self._ahead:  # who takes has not made room just before
            self._room.wait()
