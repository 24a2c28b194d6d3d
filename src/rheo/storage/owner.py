"""Whose part file is it: a small record beside it names the process that writes it.

`NAME.part.json` holds `{"version": 1, "owner": {...} or null}`; null says that rheo left the part on purpose.
It is untrusted input: it is read up to a small size, names no path and starts nothing.
"""

from __future__ import annotations

import json
import os
import socket
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Final

from rheo.storage.platform import boot_id, process_started

VERSION: Final = 1
MOST_BYTES: Final = 64 * 1024


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
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except OSError:
            return True
        return True


@cache
def _this_process(pid: int) -> Owner:
    return Owner(socket.gethostname(), boot_id(), pid, process_started(pid))


def write_record(path: str, *, owned: bool) -> None:
    """Write the record anew, through a file beside it, so that a reader finds the old one or the new."""
    owner = asdict(_this_process(os.getpid())) if owned else None
    fresh = f"{path}.new"
    Path(fresh).write_text(json.dumps({"version": VERSION, "owner": owner}), encoding="utf-8")
    os.replace(fresh, path)


def abandoned(path: str) -> bool:
    """Whether the record says that its part is rheo's and that nobody writes it; False in every doubt."""
    try:
        if os.path.islink(path):
            return False
        with open(path, "rb") as file:
            record = json.loads(file.read(MOST_BYTES))
        if record["version"] != VERSION:
            return False
        return record["owner"] is None or not Owner(**record["owner"]).alive
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False
