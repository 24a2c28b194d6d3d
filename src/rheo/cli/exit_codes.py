"""The exit codes of the command: what each means, and which one an ending has."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

from rheo.domain.errors import (
    NetworkError,
    PromiseError,
    RheoError,
    ServerError,
    StorageError,
    TargetBusyError,
    UsageError,
)

KILLED: Final = 128
"""What shells add to a signal's number, and so do we: 130 after Ctrl-C, 143 after SIGTERM, 141 for a broken pipe."""


class ExitCode(IntEnum):
    """How the command ended."""

    DONE = 0
    BUG = 1
    USAGE = 2
    SOME_FAILED = 3
    NETWORK = 4
    SERVER = 5
    PROMISE = 6
    DISK = 7
    BUSY = 9
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    TERMINATED = 143


_BY_KIND: Final = (
    (TargetBusyError, ExitCode.BUSY),
    (UsageError, ExitCode.USAGE),
    (NetworkError, ExitCode.NETWORK),
    (ServerError, ExitCode.SERVER),
    (PromiseError, ExitCode.PROMISE),
    (StorageError, ExitCode.DISK),
)


def code_of(error: RheoError) -> ExitCode:
    """Return the code of a single error; one that fits nowhere is our own mistake."""
    return next((code for kind, code in _BY_KIND if isinstance(error, kind)), ExitCode.BUG)


def code_of_run(errors: Sequence[RheoError], *, total: int) -> ExitCode:
    """Return the code of so many downloads, of which some failed: one alone speaks for itself."""
    if not errors:
        return ExitCode.DONE
    return code_of(errors[0]) if total == 1 else ExitCode.SOME_FAILED
