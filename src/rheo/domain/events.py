"""What has happened, in the past tense: frozen values that carry ids, times and facts, never live objects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rheo.domain.download import DownloadId, Wait
from rheo.domain.errors import RheoError
from rheo.domain.progress import Progress
from rheo.domain.result import DownloadResult


@dataclass(frozen=True, slots=True)
class DownloadAdded:
    """A download is known and queued."""

    id: DownloadId
    at: datetime
    url: str
    """Without user info and fragment."""
    priority: int
    kept: bool = True
    """Whether its id means anything once it has ended."""


@dataclass(frozen=True, slots=True)
class DownloadStarted:
    """A download left the queue and runs."""

    id: DownloadId
    at: datetime


@dataclass(frozen=True, slots=True)
class DownloadWaiting:
    """A download failed for now, and is tried again at a time that is known."""

    id: DownloadId
    at: datetime
    wait: Wait


@dataclass(frozen=True, slots=True)
class DownloadQueued:
    """A download is in the queue again: it was resumed, or its wait is over."""

    id: DownloadId
    at: datetime


@dataclass(frozen=True, slots=True)
class DownloadFollowed:
    """The URL of a download led to a Metalink: it is the first of the listed files now, and in the queue again."""

    id: DownloadId
    at: datetime
    url: str
    """Of that file: the best source's, without user info and fragment."""
    metalink: str
    """What led to the Metalink, as given, without user info and fragment."""
    files: tuple[DownloadId, ...]
    """The downloads of all files, itself the first; the others were added just before."""
    notes: tuple[str, ...] = ()
    """What the Metalink has and was left out, and why: a sentence each."""


@dataclass(frozen=True, slots=True)
class DownloadPaused:
    """A download stands still until it is resumed; its part is kept."""

    id: DownloadId
    at: datetime


@dataclass(frozen=True, slots=True)
class DownloadCompleted:
    """A file is whole, checked, synced and has its final name."""

    id: DownloadId
    at: datetime
    result: DownloadResult

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.result.path


@dataclass(frozen=True, slots=True)
class DownloadFailed:
    """A download ended with an error that waiting does not cure, or not within the bounds set."""

    id: DownloadId
    at: datetime
    error: RheoError


@dataclass(frozen=True, slots=True)
class DownloadCancelled:
    """A download was cancelled."""

    id: DownloadId
    at: datetime


@dataclass(frozen=True, slots=True)
class DownloadRemoved:
    """A download is forgotten; its id means nothing any more."""

    id: DownloadId
    at: datetime


@dataclass(frozen=True, slots=True)
class ProgressSampled:
    """How far a running download is; a few times a second at most."""

    id: DownloadId
    at: datetime
    progress: Progress


@dataclass(frozen=True, slots=True)
class DeadlineEndangered:
    """A download will not be ready by its deadline as things stand, or was not; told once, after a recovery again."""

    id: DownloadId
    at: datetime
    deadline: datetime
    expected: datetime | None
    """When it will be ready at the present speed; None where nobody knows, or the deadline is past."""


@dataclass(frozen=True, slots=True)
class Lagged:
    """A subscriber was too slow: so many events are missing before the next one; look at the handles anew."""

    missed: int


StateEvent = (
    DownloadAdded
    | DownloadStarted
    | DownloadWaiting
    | DownloadQueued
    | DownloadFollowed
    | DownloadPaused
    | DownloadCompleted
    | DownloadFailed
    | DownloadCancelled
    | DownloadRemoved
)
Event = StateEvent | ProgressSampled | DeadlineEndangered | Lagged
