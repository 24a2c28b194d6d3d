"""Runs a program under strace, which ends it, fails or delays its system calls without changing the program.

A signal arrives before the call that it is injected into: SIGKILL keeps that call from happening. For a kill right
after a call, each is held for a moment once it is done, and whoever reads strace's log kills meanwhile.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

MOST = 30
"""Seconds that a run may take."""
HELD = 0.03
"""Seconds for which a call is held: less than what makes a write count as slow."""


class Calls(Enum):
    """Kinds of system calls that change what is on the disk."""

    WRITE = "pwrite64,pwritev,pwritev2,write"
    SYNC = "fsync,fdatasync,syncfs"
    NAME = "rename,renameat,renameat2,link,linkat,unlink,unlinkat"


@dataclass(frozen=True)
class Moment:
    """When to kill: at the nth call of a kind.

    Right before it, calls are counted thread by thread, and the first thread that gets there counts; right after
    it, calls are counted over all threads.
    """

    calls: Calls
    number: int
    after: bool


@cache
def obstacle() -> str | None:
    """Return why strace cannot be used here; None where it can."""
    if shutil.which("strace") is None:
        return "strace is missing; install Debian's package of this name"
    tried = subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True, text=True, check=False)
    return f"strace may not trace here: {tried.stderr.strip()}" if tried.returncode else None


def under_strace(paths: Iterable[Path], inject: str, *, log: str = "/dev/null", quick: bool = True) -> list[str]:
    """Return what to put before a command line; only calls that touch one of the paths are injected into.

    Where only these calls are stopped at, which is `quick`, a signal comes too late to end one.
    """
    options = [option for path in paths for option in ("-P", str(path))]
    calls = inject.partition(":")[0]
    trace = ("-e", f"trace={calls}", "-e", f"inject={inject}")
    quickly = ["--seccomp-bpf"] if quick else []
    return ["strace", "-f", *quickly, "-qq", "-e", "signal=none", "-o", log, *options, *trace]


def killed(line: Sequence[str], paths: Sequence[Path], moment: Moment) -> bool:
    """Run a command that is to die at that moment; return whether it did: False if it never came to that."""
    if moment.after:
        return _killed_after(line, paths, moment)
    prefix = under_strace(paths, f"{moment.calls.value}:signal=KILL:when={moment.number}", quick=False)
    ran = subprocess.run([*prefix, *line], capture_output=True, text=True, check=False, timeout=MOST)
    return _was_killed(ran.returncode, ran.stderr)


def _killed_after(line: Sequence[str], paths: Sequence[Path], moment: Moment) -> bool:
    reader, writer = os.pipe()
    prefix = under_strace(paths, f"{moment.calls.value}:delay_exit={round(HELD * 1_000_000)}", log=f"/dev/fd/{writer}")
    with subprocess.Popen(
        [*prefix, *line], pass_fds=(writer,), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        os.close(writer)
        with os.fdopen(reader) as log:
            done = (entry for entry in log if "(DELAYED)" in entry)
            for number, entry in enumerate(done, 1):
                if number == moment.number:
                    os.kill(int(entry.split()[0]), signal.SIGKILL)  # a thread's number stands for its process
        _, errors = process.communicate(timeout=MOST)
    return _was_killed(process.returncode, errors)


def _was_killed(code: int, errors: str) -> bool:
    assert code in {0, -signal.SIGKILL}, errors
    return code != 0
