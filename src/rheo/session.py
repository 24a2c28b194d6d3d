"""A running manager, reached from any other thread: commands go in as plain values, events come out in batches.

The engine lives on one thread with an event loop of its own, so that nothing the application does can stall it,
and so that it works beside any loop, or none.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from rheo.application.bus import Outbox
from rheo.application.manager import Manager
from rheo.assembly import open_manager
from rheo.domain.connection_counts import ConnectionCounts
from rheo.domain.errors import ManagerClosedError
from rheo.domain.settings import Settings
from rheo.engine.retries.retry import RetryPolicy
from rheo.transport.loop import engine_loop
from rheo.transport.resolver import Lookup

PATIENCE: Final = 10.0
"""Seconds that closing waits for the engine; a disk that hangs for longer is left behind with its daemon thread."""

P = ParamSpec("P")
T = TypeVar("T")
Command = Callable[Concatenate[Manager, P], Coroutine[Any, Any, T]]
"""A method of the manager, or a coroutine function that is handed one."""


class Session:
    """Starts the engine's thread, and is the only way to talk to it."""

    def __init__(self, settings: Settings, policy: RetryPolicy, *, lookup: Lookup | None = None) -> None:
        """`lookup` replaces the system's name lookup."""
        self._settings = settings
        self._policy = policy
        self._lookup = lookup
        self._process = os.getpid()
        self._thread: threading.Thread | None = None
        self._ended = False
        self._wakes: list[Callable[[], None]] = []
        self._loop: asyncio.AbstractEventLoop
        self._manager: Manager | None = None
        """None before it was opened."""
        self._stop: asyncio.Event

    @property
    def is_open(self) -> bool:
        """Whether commands are taken."""
        return self._thread is not None and os.getpid() == self._process

    def open(self) -> None:
        """Start the engine; returns when it takes commands, raises what kept it from starting."""
        started: Future[None] = Future()
        self._thread = threading.Thread(target=self._live, args=(started,), name="rheo engine", daemon=True)
        self._thread.start()
        started.result()

    def close(self) -> None:
        """Pause what is not finished and stop the engine; closing again does nothing."""
        if not self.is_open or self._thread is None:
            return
        thread, self._thread = self._thread, None
        with contextlib.suppress(RuntimeError):  # the loop is closed: the engine has ended already
            self._loop.call_soon_threadsafe(self._stop.set)
        thread.join(PATIENCE)

    @property
    def running(self) -> bool:
        """Whether the engine lives; once it does not, no more events come."""
        return self._thread is not None and self._thread.is_alive() and not self._ended

    @property
    def connections(self) -> ConnectionCounts:
        """What came of the requests so far; still there after closing."""
        return ConnectionCounts() if self._manager is None else self._manager.connections

    def subscribe(self, wake: Callable[[], None]) -> Outbox:
        """Return an outbox of all events from now on.

        `wake` is called on the engine's thread and must not wait; for the last time when the engine has ended.
        """
        outbox = self.call(_subscribe, wake).result()
        self._wakes.append(wake)
        return outbox

    def unsubscribe(self, outbox: Outbox, wake: Callable[[], None]) -> None:
        """Put no more events into an outbox; where the engine has ended, none come anyway."""
        self._wakes.remove(wake)
        with contextlib.suppress(ManagerClosedError):
            self.call(_unsubscribe, outbox).result()

    def call(self, command: Command[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a command of the manager on its thread; the future brings its answer or its error."""
        self.check_process()
        if self._manager is None or self._thread is None or not self._thread.is_alive():
            raise ManagerClosedError("the manager is not open")

        return asyncio.run_coroutine_threadsafe(command(self._manager, *args, **kwargs), self._loop)

    def check_process(self) -> None:
        """Raise ManagerClosedError in a process that was forked meanwhile: the engine's thread is not in it."""
        if os.getpid() != self._process:
            raise ManagerClosedError("this manager belongs to the process that was forked; open a new one here")

    def _live(self, started: Future[None]) -> None:
        with asyncio.Runner(loop_factory=engine_loop) as runner:
            try:
                runner.run(self._serve(started))
            except BaseException as error:
                if started.done():
                    raise
                started.set_exception(error)
            finally:
                self._ended = True
                for wake in self._wakes:
                    wake()

    async def _serve(self, started: Future[None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        async with open_manager(self._settings, self._policy, lookup=self._lookup) as self._manager:
            started.set_result(None)
            await self._stop.wait()


async def _subscribe(manager: Manager, wake: Callable[[], None]) -> Outbox:
    return manager.bus.subscribe(wake)


async def _unsubscribe(manager: Manager, outbox: Outbox) -> None:
    manager.bus.unsubscribe(outbox)
