"""Work on files that would keep the batch's thread waiting: done by a few threads, and its outcome taken from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Final, Generic, TypeVar

T = TypeVar("T")

THREADS: Final = 2
"""Enough to read from the disk while what was read is hashed; the downloads want the processor, too."""

PENDING: Final = 500
"""Outcomes that are waited for, at most: beyond that no more lines are taken."""


class NobodyWaits(Exception):  # noqa: N818  (no error: it ends work that has become idle)
    """Nobody waits for the outcome."""


class Chores(Generic[T]):
    """Used by one thread; what is given is done on others."""

    def __init__(self) -> None:
        self.pending = 0
        """Outcomes that are to come, at most."""
        self._pool: ThreadPoolExecutor | None = None
        self._done: SimpleQueue[tuple[Future[Sequence[T]], int]] = SimpleQueue()
        self._leaving = False

    @property
    def room(self) -> int:
        """How many more outcomes may be waited for."""
        return max(0, PENDING - self.pending)

    def give(self, work: Callable[[], Sequence[T]], outcomes: int, wake: Callable[[], None]) -> None:
        """Have something done that has so many outcomes at most; `wake` is called on its thread when they are there."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="rheo chore")
        self.pending += outcomes
        future = self._pool.submit(work)
        future.add_done_callback(lambda done: self._end(done, outcomes, wake))

    def take(self) -> list[T]:
        """Return outcomes that are there; raises what kept one from coming."""
        taken: list[T] = []
        while self.pending:
            try:
                future, outcomes = self._done.get_nowait()
            except Empty:
                break
            self.pending -= outcomes
            taken += future.result()
        return taken

    def go_on(self) -> None:
        """Return as long as somebody waits for the outcome, else raise NobodyWaits; for the work itself."""
        if self._leaving:
            raise NobodyWaits

    def close(self) -> None:
        """Have nobody wait any more; returns once no work touches a file."""
        self._leaving = True
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def _end(self, future: Future[Sequence[T]], outcomes: int, wake: Callable[[], None]) -> None:
        if not self._leaving:
            self._done.put((future, outcomes))
            wake()
