"""The process that writes a part file, and whether it still lives."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

from rheo.domain.text import printable
from rheo.storage.platform import boot_id, pid_namespace, process_alive, process_started

SILENCE: Final = 30.0
"""Seconds without a heartbeat after which an owner that we cannot see is dead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A process, told apart from every other one."""

    host: str
    boot: str | None
    """None where the system does not tell; likewise below."""
    namespace: str | None
    """Of process numbers: containers on one machine may each have their own."""
    pid: int
    started: str | None

    def __str__(self) -> str:
        return f"process {self.pid} on {printable(self.host)}"

    def alive(self, silence: Callable[[], float]) -> bool:
        """Whether the process may still be writing; `silence` is asked only where we cannot see it.

        It returns the seconds since the last heartbeat, by the clock of the file system that holds it.
        """
        us = this_process()
        if self.boot != us.boot and self.host == us.host:
            return False
        if self.host == us.host and self.namespace == us.namespace:
            return self._runs_here()
        return abs(silence()) <= SILENCE

    def _runs_here(self) -> bool:
        if self.started is not None:
            return process_started(self.pid) == self.started
        return process_alive(self.pid)


def this_process() -> Owner:
    """Return the owner that we are."""
    return _process(os.getpid())


@cache
def _process(pid: int) -> Owner:
    return Owner(
        host=socket.gethostname(), boot=boot_id(), namespace=pid_namespace(), pid=pid, started=process_started(pid)
    )
