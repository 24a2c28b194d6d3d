"""Kills without a process: from the nth system call on, none gets through, as if the process had died there.

What is raised is no Exception, and cleanup that would run in a living process gets nowhere: its calls raise as well.
Descriptors are closed for real, which the system would do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rheo.storage import platform
from rheo.storage.parts import logbook, remains, unnamed
from rheo.storage.parts.owner import Owner, this_process

CALLS = (
    *("open", "unlink", "rename", "replace", "link", "fsync", "fdatasync", "ftruncate", "pwritev", "write", "utime"),
    *("lstat", "stat", "fstat", "read", "preadv", "lseek", "fstatvfs"),
)
"""What a process may do to files; `close` it does even when it dies."""


NATIVE = {"renameat2": "_native_rename", "fallocate": "_native_reserve"}
"""Those that Python does not have, and the function of `platform` that finds them."""
CHANGING = frozenset(CALLS[:11]) | NATIVE.keys()
"""Those between which a kill makes a difference."""


class Killed(BaseException):
    """The process is gone."""


class Victim:
    """Counts the calls that change something, and dies before the nth."""

    def __init__(self, at: int | None) -> None:
        self.at = at
        self.calls: list[str] = []
        self.opened: set[int] = set()

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

    def open(self, call):
        def wrapped(*args, **more):
            descriptor = call(*args, **more)
            self.opened.add(descriptor)
            return descriptor

        return wrapped

    def close(self, call):
        def wrapped(descriptor):
            self.opened.discard(descriptor)
            call(descriptor)

        return wrapped


@contextmanager
def victim(monkeypatch, *, at: int | None, **owner: object) -> Iterator[Victim]:
    """Run what is inside as a process of its own, dead before its nth call, counted from 0, or at its end."""
    killed = Victim(at)
    close = os.close
    unnamed._can_be_named()  # is remembered, and looks at the calls that are replaced here
    with monkeypatch.context() as patch, dead_owner(patch, **owner):
        patch.setattr(os, "open", killed.open(os.open))
        patch.setattr(os, "close", killed.close(close))
        for name in CALLS:
            patch.setattr(os, name, killed.wrap(name, getattr(os, name)))
        for name, finder in NATIVE.items():
            native = killed.wrap(name, getattr(platform, finder)())
            patch.setattr(platform, finder, lambda native=native: native)
        with suppress(Killed):
            yield killed
    for descriptor in killed.opened:
        close(descriptor)


@contextmanager
def dead_owner(patch, **differing: object) -> Iterator[None]:
    """Have whoever claims a part inside be a process that is gone."""
    them = owner_like(**differing)
    for module in (logbook, remains):
        patch.setattr(module, "this_process", lambda: them)
    yield


def owner_like(**differing: object) -> Owner:
    """Return an owner on this machine that is not there."""
    us = this_process()
    gone = {"host": us.host, "boot": us.boot, "namespace": us.namespace, "pid": 2**22 + 1, "started": "1"}
    return Owner(**(gone | differing))  # type: ignore[arg-type]
