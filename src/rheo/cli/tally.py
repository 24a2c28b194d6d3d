"""Where all downloads of a run stand: the sum of the events so far, of any number in the same memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from rheo.domain.download import STANDARD_OUTPUT, DownloadId, Wait
from rheo.domain.errors import BadLineError, RheoError, StorageError
from rheo.domain.events import (
    DownloadAdded,
    DownloadCancelled,
    DownloadCompleted,
    DownloadFailed,
    DownloadFollowed,
    DownloadPaused,
    DownloadQueued,
    DownloadStarted,
    DownloadWaiting,
    Event,
    ProgressSampled,
)
from rheo.domain.failure_counts import FailureCounts
from rheo.domain.progress import Progress, SpeedMeter
from rheo.domain.safe_names import unescaped

FEW: Final = 50
"""Downloads up to which each is a story of its own; of more, what they have in common is told."""

KEPT: Final = 10
"""Failures that are told again at the end."""

SMOOTHING: Final = 10.0
"""Seconds after which a change of the files per second counts by 63 %."""

if TYPE_CHECKING:
    from rheo.domain.batch.result import Left  # loaded where there is a list


class Failure(NamedTuple):
    """A download that failed, or never came to be."""

    url: str
    """Or the line of a list of which no download came to be."""
    at: datetime
    error: RheoError


_Stop = DownloadWaiting | DownloadCompleted | DownloadFailed | DownloadQueued | DownloadPaused | DownloadCancelled
"""What ends a run or a wait."""

FRESH: Final = Progress()
"""Of one of which no sample came yet: what it does by now is not known."""


@dataclass(slots=True)
class Listed:
    """Where the lines of a list stand that were not asked for."""

    unasked: int = 0
    """Those that are known and wait for their turn."""
    left_alone: Counter[Left] = field(default_factory=Counter)
    """Those for which nothing will be asked."""
    remembered: bool = False
    """Whether the same command again goes on by itself, as a ledger knows what is done."""


class Tally:
    """Counts downloads by how they stand; taking an event costs a dictionary update or two, and no more.

    Of those that have ended, numbers stay and a few failures.
    """

    def __init__(self) -> None:
        self._asked = 0
        self.listed = Listed()
        self.whole = True
        """Whether no more will come, as long as nobody says otherwise."""
        self.done = 0
        """Fetched."""
        self.skipped = 0
        """There already."""
        self.size = 0
        """Bytes of the files that are done."""
        self.failed = 0
        """With bad lines."""
        self.bad_lines = 0
        self.failures: list[Failure] = []
        """The first few."""
        self.last_failure: Failure | None = None
        """None as long as nothing failed."""
        self.failure_counts = FailureCounts()
        self.running: dict[DownloadId, Progress] = {}
        self.waiting: dict[DownloadId, Wait] = {}
        self._urls: dict[DownloadId, str] = {}
        """Of those that have not ended."""
        self._files = SpeedMeter(smoothing=SMOOTHING)
        self._quick = SpeedMeter()
        self._unseen = 0
        """Bytes of files that came between two samples, so that no sample had a speed of theirs."""
        self.files_per_second = self._quick_speed = 0.0
        """How many end, as of the last `look`."""

    @property
    def total(self) -> int:
        """How many there are, as far as is known by now."""
        return self._asked + self.listed.unasked

    @property
    def left(self) -> int:
        """How many are not finished."""
        return self.total - self.ended

    @property
    def ended(self) -> int:
        """How many are finished, well or not."""
        return self.done + self.skipped + self.failed

    @property
    def received(self) -> int:
        """Bytes of the files that are done, and of those that run."""
        return self.size + sum(progress.received for progress in self.running.values())

    @property
    def speed(self) -> float:
        """Bytes per second now."""
        return self._quick_speed + sum(progress.speed for progress in self.running.values())

    @property
    def limited(self) -> bool:
        """Whether it is limits that keep all that run from being faster."""
        return bool(self.running) and all(progress.limited for progress in self.running.values())

    @property
    def eta(self) -> float | None:
        """Seconds until the end; None where more may come, or nobody can know.

        At the present speed where all that is left runs and has a known size; else as fast as files end, once many
        have. When a wait ends says the wait.
        """
        if not self.whole or self.left <= len(self.waiting):
            return None
        sizes = [progress.total for progress in self.running.values()]
        known = [size for size in sizes if size is not None]
        if known and self.left <= len(known) and self.speed > 0:
            return max(0.0, (self.size + sum(known) - self.received) / self.speed)
        if self.ended > FEW and self.files_per_second > 0:
            return self.left / self.files_per_second
        return None

    def look(self, now: float) -> None:
        """Measure how fast files end, and come; whoever shows that asks for it, a few times a second (monotonic)."""
        self.files_per_second = self._files.sample(self.ended, now)
        self._quick_speed = self._quick.sample(self._unseen, now)

    def url(self, download: DownloadId) -> str:
        """Return the URL as it was given."""
        return self._urls[download]

    def name(self, download: DownloadId) -> str:
        """Return what to call a download in a few letters: its file's name, or what its URL ends with."""
        progress = self.running.get(download)
        if progress is not None and progress.name not in {None, STANDARD_OUTPUT}:
            return str(progress.name)
        url = self._urls[download]
        last = url.partition("?")[0].rstrip("/").rpartition("/")[2]
        return (unescaped(last) if "%" in last else last) or url

    def take(self, event: Event) -> None:
        """Count an event."""
        taker = self._TAKERS.get(type(event))
        if taker is not None:
            taker(self, event)

    def refuse(self, failure: Failure) -> None:
        """Count one of which no download came to be."""
        self._asked += 1
        self.bad_lines += isinstance(failure.error, BadLineError)
        self._count(failure, host=None)

    def leave(self, left: Left) -> None:
        """Count a line for which nothing is asked."""
        self.listed.left_alone[left] += 1

    def _add(self, event: DownloadAdded) -> None:
        self._asked += 1
        self._urls[event.id] = event.url

    def _follow(self, event: DownloadFollowed) -> None:
        self._urls[event.id] = event.url

    def _start(self, event: DownloadStarted) -> None:
        self.waiting.pop(event.id, None)
        self.running[event.id] = FRESH

    def _sample(self, event: ProgressSampled) -> None:
        if event.id in self.running:  # a sample may come later than the end that it was overtaken by
            self.running[event.id] = event.progress

    def _wait(self, event: DownloadWaiting) -> None:
        self._stop(event)
        self.waiting[event.id] = event.wait

    def _complete(self, event: DownloadCompleted) -> None:
        progress, result = self.running.pop(event.id, FRESH), event.result
        self.waiting.pop(event.id, None)
        self._urls.pop(event.id, None)
        if result.skipped:
            self.skipped += 1
            return
        self.done += 1
        self.size += result.size
        if not progress.speed:
            self._unseen += result.size - result.resumed

    def _fail(self, event: DownloadFailed) -> None:
        self._stop(event)
        url = self._urls.pop(event.id)
        host = None if isinstance(event.error, StorageError) else _host(url)  # the disk here is no host's fault
        self._count(Failure(url, event.at, event.error), host=host)

    def _count(self, failure: Failure, *, host: str | None) -> None:
        self.failed += 1
        self.last_failure = failure
        self.failure_counts.add(failure.error, host=host)
        if len(self.failures) < KEPT:
            self.failures.append(failure)

    def _stop(self, event: _Stop) -> None:
        self.running.pop(event.id, None)
        self.waiting.pop(event.id, None)

    _TAKERS: ClassVar[Mapping[type, Callable[[Tally, Any], None]]] = {
        DownloadAdded: _add,
        DownloadFollowed: _follow,
        DownloadStarted: _start,
        ProgressSampled: _sample,
        DownloadWaiting: _wait,
        DownloadCompleted: _complete,
        DownloadFailed: _fail,
        DownloadQueued: _stop,
        DownloadPaused: _stop,
        DownloadCancelled: _stop,
    }


def _host(url: str) -> str | None:
    """Return host and port of a URL as events tell it, without parsing what was parsed before."""
    _, separator, rest = url.partition("://")
    return rest.partition("/")[0].partition("?")[0] if separator else None
