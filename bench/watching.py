"""A program that is watched as long as it runs: what has come by then, and what memory and time it has taken."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Final, NamedTuple

LOOK_EVERY: Final = 0.25
"""Seconds between two looks: one costs a millisecond."""
LOOK_FOR_FIRST: Final = 0.01

_TICKS: Final = os.sysconf("SC_CLK_TCK")


class Sample(NamedTuple):
    """How it stood at a moment."""

    seconds: float
    """From its start."""
    files: int
    """That had come."""
    resident: int
    """Bytes of memory that it had."""
    cpu: float
    """Seconds, user and system, of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One run from its start to its end."""

    samples: Sequence[Sample]
    first: float | None
    """Seconds until the first file was there; None where it never was."""
    wall: float
    cpu: float
    peak: int
    """Bytes of memory, as the kernel knew at the last look."""
    code: int | None
    """Its exit code; None where it was given up."""

    @property
    def files(self) -> int:
        """How many came."""
        return max((sample.files for sample in self.samples), default=0)

    def when(self, files: float) -> float:
        """Return when so many files had come, as if they came evenly between two looks; at the latest the last."""
        index = bisect_left(self.samples, files, key=attrgetter("files"))
        if index == 0:
            return self.first or 0.0
        if index == len(self.samples):
            return self.samples[-1].seconds
        before, after = self.samples[index - 1], self.samples[index]
        share = (files - before.files) / (after.files - before.files)
        return before.seconds + share * (after.seconds - before.seconds)

    def rate(self, start: float, stop: float) -> float:
        """Return the files a second between two shares of all of them."""
        took = self.when(stop * self.files) - self.when(max(1.0, start * self.files))
        return (stop - start) * self.files / took if took > 0 else float("nan")

    def resident(self, share: float) -> int:
        """Return the memory when that share of all files had come."""
        index = bisect_left(self.samples, share * self.files, key=attrgetter("files"))
        return self.samples[min(index, len(self.samples) - 1)].resident if self.samples else 0


def watch(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    count: Callable[[], int],
    first: Path,
    patience: float,
) -> Watched:
    """Run a command to its end, or kill it when patience is over; `first` is the file that comes first."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(
        command,
        env=dict(environment),
        cwd=environment["HOME"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    watcher = _Watcher(process, count, first)
    try:
        watcher.watch(patience)
    finally:
        code = process.poll()
        if code is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Watched(
        samples=watcher.samples,
        first=watcher.arrived,
        wall=watcher.elapsed,
        cpu=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        peak=watcher.peak,
        code=code,
    )


class _Watcher:
    def __init__(self, process: subprocess.Popen[bytes], count: Callable[[], int], first: Path) -> None:
        self._process = process
        self._count = count
        self._first = first
        self._began = time.monotonic()
        self.samples: list[Sample] = []
        self.arrived: float | None = None
        self.peak = 0
        self.elapsed = 0.0
        """Seconds from the start, as of the last look."""

    def watch(self, patience: float) -> None:
        """Return when the process has ended, or patience has."""
        for _ in self._looks(patience):
            if self.arrived is None and self._first.exists():
                self.arrived = self.elapsed
            if not self.samples or self.elapsed >= self.samples[-1].seconds + LOOK_EVERY:
                self._sample()

    def _looks(self, patience: float) -> Iterator[None]:
        while self.elapsed < patience:
            yield
            try:
                self._process.wait(LOOK_EVERY if self.arrived is not None else LOOK_FOR_FIRST)
            except subprocess.TimeoutExpired:
                self.elapsed = time.monotonic() - self._began
            else:
                self.elapsed = time.monotonic() - self._began
                return

    def _sample(self) -> None:
        folder = Path("/proc", str(self._process.pid))
        status = dict(
            line.split(":\t", 1)
            for line in (folder / "status").read_text(encoding="utf-8").splitlines()
            if ":\t" in line
        )
        if "VmRSS" not in status:  # it is gone, and waits to be asked for
            return
        times = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        self.peak = max(self.peak, _kibibytes(status["VmHWM"]))
        self.samples.append(
            Sample(
                self.elapsed,
                self._count(),
                _kibibytes(status["VmRSS"]),
                (int(times[11]) + int(times[12])) / _TICKS,
            )
        )


def _kibibytes(text: str) -> int:
    return int(text.split(maxsplit=1)[0]) << 10
