"""Whose part file is it: a small record beside it names the process that writes it.

`NAME.part.json` holds `{"version": 1, "owner": {...} or null}`; null says that rheo left the part on purpose.
It is untrusted input: it is read up to a small size, names no path and starts nothing.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
from dataclasses import asdict, dataclass
from functools import cache
from typing import Final

from rheo.storage.platform import boot_id, open_exclusively, process_alive, process_started

VERSION: Final = 1
MOST_BYTES: Final = 64 * 1024
MOST_PID: Final = 2**31


@dataclass(frozen=True, slots=True)
class Owner:
    """A process, told apart from every other one."""

    host: str
    boot: str | None
    pid: int
    started: str | None

    @property
    def alive(self) -> bool:
        """Whether the process may still be writing; in doubt, it is."""
        if self.host != socket.gethostname():
            return True
        if self.boot is not None and self.boot != boot_id():
            return False
        if self.started is not None:
            return process_started(self.pid) == self.started
        return process_alive(self.pid)


@cache
def _this_process(pid: int) -> Owner:
    return Owner(socket.gethostname(), boot_id(), pid, process_started(pid))


def write_record(path: str, *, owned: bool) -> None:
    """Write the record anew, through a file beside it, so that a reader finds the old one or the new."""
    owner = asdict(_this_process(os.getpid())) if owned else None
    fresh = f"{path}.{secrets.token_hex(2)}.new"
    descriptor = open_exclusively(fresh)
    try:
        os.write(descriptor, json.dumps({"version": VERSION, "owner": owner}).encode())
        os.close(descriptor)
        os.replace(fresh, path)
    except OSError:
        os.unlink(fresh)
        raise


def abandoned(path: str) -> bool:
    """Whether the record says that its part is rheo's and that nobody writes it; False in every doubt."""
    try:
        record = json.loads(_beginning(path))
        if record["version"] != VERSION:
            return False
        return record["owner"] is None or not _owner(record["owner"]).alive
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def _beginning(path: str) -> bytes:
    """Return what a record may hold at the most; neither a link is followed nor a pipe waited for."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    try:
        return os.read(descriptor, MOST_BYTES)
    finally:
        os.close(descriptor)


def _owner(fields: dict[str, object]) -> Owner:
    """Return the owner that a record names; raises TypeError or ValueError for anything else."""
    host, boot, pid, started = (fields[name] for name in ("host", "boot", "pid", "started"))
    if not isinstance(host, str) or not isinstance(pid, int) or not 0 < pid < MOST_PID:
        raise ValueError("no process has such a number")
    return Owner(host, None if boot is None else str(boot), pid, None if started is None else str(started))
