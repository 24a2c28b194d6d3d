"""Where all downloads of a run stand: the sum of the events so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Final, NamedTuple

from rheo.domain.download import STANDARD_OUTPUT, DownloadId, Wait
from rheo.domain.errors import RheoError
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
from rheo.domain.progress import Progress


class Failure(NamedTuple):
    """A download that failed, or never came to be."""

    url: str
    """Or the line of a list of which no download came to be."""
    at: datetime
    error: RheoError


_Stop = DownloadWaiting | DownloadCompleted | DownloadFailed | DownloadQueued | DownloadPaused | DownloadCancelled
"""What ends a run or a wait."""

_FRESH: Final = Progress()


class Tally:
    """Counts downloads by how they stand; taking an event costs a dictionary update and no more."""

    def __init__(self) -> None:
        self.total = 0
        self.done = 0
        """Fetched."""
        self.skipped = 0
        """There already."""
        self.size = 0
        """Bytes of the files that are done."""
        self.failures: list[Failure] = []
        self.running: dict[DownloadId, Progress] = {}
        self.waiting: dict[DownloadId, Wait] = {}
        self._urls: dict[DownloadId, str] = {}

    @property
    def left(self) -> int:
        """How many are not finished."""
        return self.total - self.done - self.skipped - len(self.failures)

    @property
    def received(self) -> int:
        """Bytes of the files that are done, and of those that run."""
        return self.size + sum(progress.received for progress in self.running.values())

    @property
    def speed(self) -> float:
        """Bytes per second now."""
        return sum(progress.speed for progress in self.running.values())

    @property
    def limited(self) -> bool:
        """Whether it is limits that keep all that run from being faster."""
        return bool(self.running) and all(progress.limited for progress in self.running.values())

    @property
    def eta(self) -> float | None:
        """Seconds until the end at the present speed; None as long as anything waits or has no known size."""
        sizes = [progress.total for progress in self.running.values()]
        known = [size for size in sizes if size is not None]
        if self.left > len(known) or not known or self.speed <= 0:
            return None
        return max(0.0, (self.size + sum(known) - self.received) / self.speed)

    def url(self, download: DownloadId) -> str:
        """Return the URL as it was given."""
        return self._urls[download]

    def name(self, download: DownloadId) -> str:
        """Return what to call a download in a few letters: its file's name, or what its URL ends with."""
        progress = self.running.get(download)
        if progress is not None and progress.name not in {None, STANDARD_OUTPUT}:
            return str(progress.name)
        url = self._urls[download]
        return url.partition("?")[0].rstrip("/").rpartition("/")[2] or url

    def take(self, event: Event) -> None:
        """Count an event."""
        taker = self._TAKERS.get(type(event))
        if taker is not None:
            taker(self, event)

    def refuse(self, failure: Failure) -> None:
        """Count one of which no download came to be."""
        self.total += 1
        self.failures.append(failure)

    def _add(self, event: DownloadAdded) -> None:
        self.total += 1
        self._urls[event.id] = event.url

    def _follow(self, event: DownloadFollowed) -> None:
        self._urls[event.id] = event.url

    def _start(self, event: DownloadStarted) -> None:
        self.waiting.pop(event.id, None)
        self.running[event.id] = _FRESH

    def _sample(self, event: ProgressSampled) -> None:
        if event.id in self.running:  # a sample may come later than the end that it was overtaken by
            self.running[event.id] = event.progress

    def _wait(self, event: DownloadWaiting) -> None:
        self._stop(event)
        self.waiting[event.id] = event.wait

    def _complete(self, event: DownloadCompleted) -> None:
        self._stop(event)
        if event.result.skipped:
            self.skipped += 1
        else:
            self.done += 1
            self.size += event.result.size

    def _fail(self, event: DownloadFailed) -> None:
        self._stop(event)
        self.failures.append(Failure(self._urls[event.id], event.at, event.error))

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
