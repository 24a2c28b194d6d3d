"""Reads a list on a thread of its own while downloads run: it may be long, or still be written by another program."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from queue import Empty, Queue
from typing import Final

from rheo.batch.fed import Fed
from rheo.domain.errors import InternalError

AHEAD: Final = 1000
"""Lines that are read ahead of those that are taken."""


class Feed:
    """What a list asks for, a little at a time; the list is read no further than that is taken."""

    def __init__(self, fed: Iterable[Fed], wake: Callable[[], None]) -> None:
        """`fed` is read on the thread, and may wait there; `wake` is called there when there is something to take."""
        self._fed = fed
        self._wake = wake
        self._queue: Queue[Fed | None] = Queue(AHEAD)
        self.ended = False
        """Whether all has been taken."""
        self._whole = False
        """Whether all has been read."""
        self._closed = False
        threading.Thread(target=self._read, name="rheo list", daemon=True).start()

    def take(self, most: int) -> list[Fed]:
        """Return what is there, at most so many; nothing where the list has to be waited for."""
        taken: list[Fed] = []
        while len(taken) < most and not self.ended:
            try:
                one = self._queue.get_nowait()
            except Empty:
                break
            if one is None:
                self.ended = True
                if not self._whole:
                    raise InternalError("who reads the list has ended by itself, which is a bug in rheo")
            else:
                taken.append(one)
        return taken

    def close(self) -> None:
        """Read no more: the thread ends, once the list gives it what it waits for."""
        self._closed = True
        with suppress(Empty):  # it may wait for room
            while True:
                self._queue.get_nowait()

    def _read(self) -> None:
        fed, self._fed = self._fed, ()  # what was not read to its end is let go of with the thread
        try:
            for one in fed:
                self._queue.put(one)
                if self._closed:
                    return
                if self._queue.qsize() <= 1:  # of the others there word went before
                    self._wake()
            self._whole = True
        finally:
            self._queue.put(None)
            self._wake()
