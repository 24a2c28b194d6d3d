"""Processes on a stage: each runs until a system call that changes something, and waits there for its next turn.

They are threads, of which one runs at a time; so a schedule is a list of turns, and what happens is always the same.
"""

import os
import threading
from contextlib import contextmanager

from kill import CHANGING, NATIVE, owner_like
from rheo.domain.errors import StorageError
from rheo.storage import platform
from rheo.storage.parts import logbook, remains
from rheo.storage.parts.owner import Owner, this_process

MOST_SECONDS = 20


class Process:
    """One that acts; what it raises is its outcome."""

    def __init__(self, act, *, number, lives):
        self.owner = owner_like(pid=2**22 + 100 + number)
        self.lives = lives
        """Whether the others believe that it lives; it acts in any case."""
        self.outcome = None
        self.ended = False
        self._act = act
        self._left = None
        """Stops to pass in this turn; None: all."""
        self._go = threading.Semaphore(0)
        self._back = threading.Semaphore(0)
        self.thread = threading.Thread(target=self._run, daemon=True)

    def run(self, turns=None):
        """Let it act up to its next so many stops, or to its end."""
        if self.ended:
            return
        self._left = turns
        if self.thread.ident is None:
            self.thread.start()
        else:
            self._go.release()
        assert self._back.acquire(timeout=MOST_SECONDS)

    def stop(self):
        """Wait for the next turn, if this one is over."""
        while self._left == 0:
            self._back.release()
            assert self._go.acquire(timeout=MOST_SECONDS)
        if self._left is not None:
            self._left -= 1

    def _run(self):
        try:
            self.outcome = self._act()
        except StorageError as error:
            self.outcome = error
        finally:
            self.ended = True
            self._back.release()


class Stage:
    """Where processes act at the same files."""

    def __init__(self):
        self.processes = []

    def enter(self, act, *, lives=True):
        """Return a process that acts when it is told to."""
        process = Process(act, number=len(self.processes), lives=lives)
        self.processes.append(process)
        return process

    def clear(self):
        """Let everybody end, and believe them dead."""
        for process in self.processes:
            process.run()
            process.thread.join(MOST_SECONDS)
        self.processes = []

    @property
    def acting(self):
        return next((process for process in self.processes if process.thread is threading.current_thread()), None)

    def believes_alive(self, owner):
        return any(process.owner == owner and process.lives for process in self.processes)

    def wrap(self, call):
        def wrapped(*args, **more):
            process = self.acting
            if process is None:
                return call(*args, **more)
            process.stop()
            try:
                return call(*args, **more)
            finally:
                process.stop()

        return wrapped


@contextmanager
def stage(monkeypatch):
    """Have processes stop before and after each call that changes something."""
    here = Stage()
    us = this_process()
    with monkeypatch.context() as patch:
        for name in sorted(CHANGING - NATIVE.keys()):
            patch.setattr(os, name, here.wrap(getattr(os, name)))
        for finder in NATIVE.values():
            native = here.wrap(getattr(platform, finder)())
            patch.setattr(platform, finder, lambda native=native: native)
        for module in (logbook, remains):
            patch.setattr(module, "this_process", lambda: us if here.acting is None else here.acting.owner)
        patch.setattr(Owner, "alive", lambda owner, silence: here.believes_alive(owner))
        yield here
