"""Kills without a process: from the nth system call on, none gets through, as if the process had died there.

What is raised is no Exception, and cleanup that would run in a living process gets nowhere: its calls raise as well.
Descriptors are closed for real, which the system would do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rheo.storage import ledger, part_file, platform, remains
from rheo.storage.owner import Owner, this_process

CALLS = (
    *("open", "unlink", "rename", "replace", "link", "fsync", "fdatasync", "ftruncate", "pwritev", "write", "utime"),
    *("lstat", "stat", "fstat", "read", "preadv", "lseek", "fstatvfs"),
)
"""What a process may do to files; `close` it does even when it dies."""
CHANGING = frozenset(CALLS[:11]) | {"renameat2", "fallocate"}
"""Those between which a kill makes a difference."""


class Killed(BaseException):
    """The process is gone."""


class Victim:
    """Counts the calls that change something, and dies before the nth."""

    def __init__(self, at: int | None) -> None:
        self.at = at
        self.calls: list[str] = []

    @property
    def dead(self) -> bool:
        return self.at is not None and len(self.calls) > self.at

    def wrap(self, name, call):
        def wrapped(*args, **more):
            if name in CHANGING and not self.dead:
                self.calls.append(name)
            if self.dead:
                raise Killed
            return call(*args, **more)

        return wrapped


@contextmanager
def victim(monkeypatch, *, at: int | None) -> Iterator[Victim]:
    """Run what is inside as a process of its own, dead before its nth call, counted from 0, or at its end."""
    killed = Victim(at)
    with monkeypatch.context() as patch, dead_owner(patch):
        for name in CALLS:
            patch.setattr(os, name, killed.wrap(name, getattr(os, name)))
        for name, finder in (("renameat2", "_native_rename"), ("fallocate", "_native_reserve")):
            native = killed.wrap(name, getattr(platform, finder)())
            patch.setattr(platform, finder, lambda native=native: native)
        with suppress(Killed):
            yield killed


@contextmanager
def dead_owner(patch, **differing: object) -> Iterator[None]:
    """Have whoever claims a part inside be a process that is gone."""
    us = this_process()
    gone = {"host": us.host, "boot": us.boot, "namespace": us.namespace, "pid": 2**22 + 1, "started": "1"}
    them = Owner(**(gone | differing))  # type: ignore[arg-type]
    patch.setattr(part_file, "this_process", lambda: them)
    patch.setattr(ledger, "this_process", lambda: them)
    patch.setattr(remains, "this_process", lambda: them)
    yield
