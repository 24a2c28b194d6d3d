"""The engine's event loop: a selector loop on which watching a socket, and ceasing to, cost next to nothing.

libcurl gives a socket back at the end of every answer and takes it again for the next request, and asyncio pays
two system calls and six Python calls each time. Here readers live in an epoll of their own, which the loop
watches as one file. What is no longer wanted stays registered until it fires, or is wanted again.
"""

from __future__ import annotations

import asyncio
import select
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Protocol, TypeVarTuple

Ts = TypeVarTuple("Ts")


class HasFileno(Protocol):
    """Anything with a descriptor."""

    def fileno(self) -> int:
        """Return the descriptor."""


POOL: Final = 32
"""Threads of the loop's pool at the most: files that wait for their sync must not hold up the heartbeats of others."""


def engine_loop() -> asyncio.AbstractEventLoop:
    """Return a new selector loop, the quick one where the system has epoll, with a pool that slow disks do not fill."""
    loop = QuickLoop() if sys.platform == "linux" else asyncio.SelectorEventLoop()
    loop.set_default_executor(ThreadPoolExecutor(POOL, thread_name_prefix="rheo pool"))
    return loop


if sys.platform == "linux":

    class QuickLoop(asyncio.SelectorEventLoop):
        """A selector loop with cheap readers; `add_reader` and `remove_reader` mean what they always do."""

        def __init__(self) -> None:
            super().__init__()
            self._sockets = select.epoll()
            self._callbacks: dict[int, tuple[Callable[..., Any], tuple[Any, ...]]] = {}
            super().add_reader(self._sockets.fileno(), self._dispatch)

        def add_reader(self, fd: int | HasFileno, callback: Callable[[*Ts], Any], *args: *Ts) -> None:
            """Call back whenever the descriptor can be read."""
            number = fd if isinstance(fd, int) else fd.fileno()
            self._callbacks[number] = (callback, args)
            try:
                # It may still be there, or may be gone with a socket that was closed meanwhile.
                self._sockets.modify(number, select.EPOLLIN)
            except FileNotFoundError:
                self._sockets.register(number, select.EPOLLIN)

        def remove_reader(self, fd: int | HasFileno) -> bool:
            """Call back no more; return whether it was watched."""
            number = fd if isinstance(fd, int) else fd.fileno()
            return self._callbacks.pop(number, None) is not None

        def close(self) -> None:
            """Close the loop."""
            if not self.is_closed():
                super().remove_reader(self._sockets.fileno())
                self._sockets.close()
            super().close()

        def _dispatch(self) -> None:
            for number, _ in self._sockets.poll(0):
                watched = self._callbacks.get(number)
                if watched is None:
                    self._forget(number)
                    continue
                callback, args = watched
                callback(*args)

        def _forget(self, number: int) -> None:
            try:
                self._sockets.unregister(number)
            except OSError:
                self._begin_anew()  # closed here, but alive in a process that was forked: it would ring for ever

        def _begin_anew(self) -> None:
            """Replace the epoll by one that knows only what is wanted."""
            super().remove_reader(self._sockets.fileno())
            self._sockets.close()
            self._sockets = select.epoll()
            super().add_reader(self._sockets.fileno(), self._dispatch)
            for number in self._callbacks:
                self._sockets.register(number, select.EPOLLIN)
