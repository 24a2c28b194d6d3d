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
class _Happening:
    """Something happened to one download.

    Who tells no more than that is no dataclass of its own: each takes 0.4 ms to make.
    """

    id: DownloadId
    at: datetime


@dataclass(frozen=True, slots=True)
class DownloadAdded(_Happening):
    """A download is known and queued."""

    url: str
    """Without user info and fragment."""
    priority: int
    kept: bool = True
    """Whether its id means anything once it has ended."""


class DownloadStarted(_Happening):
    """A download left the queue and runs."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class DownloadWaiting(_Happening):
    """A download failed for now, and is tried again at a time that is known."""

    wait: Wait


class DownloadQueued(_Happening):
    """A download is in the queue again: it was resumed, or its wait is over."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class DownloadFollowed(_Happening):
    """The URL of a download led to a Metalink: it is the first of the listed files now, and in the queue again."""

    url: str
    """Of that file: the best source's, without user info and fragment."""
    metalink: str
    """What led to the Metalink, as given, without user info and fragment."""
    files: tuple[DownloadId, ...]
    """The downloads of all files, itself the first; the others were added just before."""
    notes: tuple[str, ...] = ()
    """What the Metalink has and was left out, and why: a sentence each."""


class DownloadPaused(_Happening):
    """A download stands still until it is resumed; its part is kept."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class DownloadCompleted(_Happening):
    """A file is whole, checked, synced and has its final name."""

    result: DownloadResult

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.result.path


@dataclass(frozen=True, slots=True)
class DownloadFailed(_Happening):
    """A download ended with an error that waiting does not cure, or not within the bounds set."""

    error: RheoError


class DownloadCancelled(_Happening):
    """A download was cancelled."""

    __slots__ = ()


class DownloadRemoved(_Happening):
    """A download is forgotten; its id means nothing any more."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ProgressSampled(_Happening):
    """How far a running download is; a few times a second at most."""

    progress: Progress


@dataclass(frozen=True, slots=True)
class DeadlineEndangered(_Happening):
    """A download will not be ready by its deadline as things stand, or was not; told once, after a recovery again."""

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
