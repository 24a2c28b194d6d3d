"""A download: what was asked for, the state it is in, and which states may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final, NewType

from rheo.domain.checksum import Checksum
from rheo.domain.errors import InvalidTransitionError, RheoError
from rheo.domain.http_wishes import HttpWishes
from rheo.domain.promise import Trust
from rheo.domain.ranges import Range
from rheo.domain.result import DownloadResult
from rheo.domain.settings import NameFrom, OnExists, RestrictFilenames
from rheo.domain.strategy import Fastest, Strategy
from rheo.domain.timetable import Timetable
from rheo.domain.url import Url

if TYPE_CHECKING:
    from rheo.domain.batch.held import Held  # loaded where there is a ledger
    from rheo.domain.batch.journal import Recorded  # loaded where there is a ledger
    from rheo.domain.checksum_list import ChecksumList  # loaded where somebody has one
    from rheo.domain.link import Link, Refresher  # loaded where a link died
    from rheo.domain.pieces import Pieces  # loaded where a Metalink has them

DownloadId = NewType("DownloadId", int)

STANDARD_OUTPUT: Final = "-"
"""The output that means one ordered stream to standard output."""


class DownloadState(Enum):
    """Where a download is in its life."""

    QUEUED = "queued"
    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    __hash__ = object.__hash__  # members are single objects; Enum's own hash is a Python call, on a hot path

    @property
    def final(self) -> bool:
        """Whether nothing more happens unless someone asks."""
        return self in _FINAL


_FINAL: Final = frozenset({DownloadState.COMPLETED, DownloadState.FAILED, DownloadState.CANCELLED})


class Trigger(Enum):
    """What can happen to a download."""

    START = "start"
    POSTPONE = "postpone"
    BECOME_DUE = "become due"
    FOLLOW = "follow"
    PAUSE = "pause"
    RESUME = "resume"
    COMPLETE = "complete"
    FAIL = "fail"
    CANCEL = "cancel"

    __hash__ = object.__hash__  # as above


TRANSITIONS: Final[Mapping[tuple[DownloadState, Trigger], DownloadState]] = {
    (DownloadState.QUEUED, Trigger.START): DownloadState.RUNNING,
    (DownloadState.QUEUED, Trigger.PAUSE): DownloadState.PAUSED,
    (DownloadState.QUEUED, Trigger.CANCEL): DownloadState.CANCELLED,
    (DownloadState.WAITING, Trigger.BECOME_DUE): DownloadState.QUEUED,
    (DownloadState.WAITING, Trigger.POSTPONE): DownloadState.WAITING,
    (DownloadState.WAITING, Trigger.FAIL): DownloadState.FAILED,
    (DownloadState.WAITING, Trigger.PAUSE): DownloadState.PAUSED,
    (DownloadState.WAITING, Trigger.CANCEL): DownloadState.CANCELLED,
    (DownloadState.RUNNING, Trigger.POSTPONE): DownloadState.WAITING,
    (DownloadState.RUNNING, Trigger.FOLLOW): DownloadState.QUEUED,
    (DownloadState.RUNNING, Trigger.PAUSE): DownloadState.PAUSED,
    (DownloadState.RUNNING, Trigger.COMPLETE): DownloadState.COMPLETED,
    (DownloadState.RUNNING, Trigger.FAIL): DownloadState.FAILED,
    (DownloadState.RUNNING, Trigger.CANCEL): DownloadState.CANCELLED,
    (DownloadState.PAUSED, Trigger.RESUME): DownloadState.QUEUED,
    (DownloadState.PAUSED, Trigger.CANCEL): DownloadState.CANCELLED,
    (DownloadState.FAILED, Trigger.RESUME): DownloadState.QUEUED,
    (DownloadState.FAILED, Trigger.CANCEL): DownloadState.CANCELLED,
    (DownloadState.CANCELLED, Trigger.RESUME): DownloadState.QUEUED,
}
"""All that may happen; a pair that is missing here is an `InvalidTransitionError`."""


def next_state(state: DownloadState, trigger: Trigger) -> DownloadState:
    """Return the state that follows, or raise InvalidTransitionError."""
    following = TRANSITIONS.get((state, trigger))
    if following is None:
        raise InvalidTransitionError(f"cannot {trigger.value} a {state.value} download")
    return following


class WaitReason(Enum):
    """Why a WAITING download waits."""

    RETRY_AFTER = "retry_after"
    BACKOFF = "backoff"
    DISK_FULL = "disk_full"
    REFRESHING = "refreshing"
    """Somebody is asked for a new link."""
    NEEDS_NEW_URL = "needs_new_url"
    """Until the caller gives one, or has it tried again as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A wait for a time, or for a thing that is looked at then, or that the caller gives; with its reason."""

    reason: WaitReason
    until: datetime | None
    """When it ends at the latest; None where the caller alone ends it."""
    error: RheoError
    """What went wrong before the wait."""


class Follow(Enum):
    """When the files are fetched that a Metalink lists, and not the Metalink."""

    NEVER = "never"
    """What comes is the file, whatever it is."""
    TOLD = "told"
    """Where the URL's name, or the answer's type, tells that it is one."""
    ALWAYS = "always"
    """It is one, whatever they tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadRequest:
    """What the user asked for: one file, and where it comes from."""

    url: Url
    mirrors: tuple[Url, ...] = ()
    """Further URLs of the same file, the best one first; no secret goes there but to the origin of `url`."""
    strategy: Strategy = field(default_factory=Fastest)
    """Which of them gets the next connection."""
    directory: Path
    output: str | None = None
    """A path relative to `directory`, or `-` for standard output; None lets server and URL choose the name."""
    checksums: tuple[Checksum, ...] = ()
    trust: Trust = Trust.GIVEN
    """Whose word checksums and pieces are: the user's, or that of a Metalink from where the file is."""
    hash_file: ChecksumList | Url | None = None
    """A list that has further ones, under a name that is not known yet; or where that is to be fetched."""
    size: int | None = None
    """Bytes that the file is promised to have; None where nobody but the server says it."""
    pieces: Pieces | None = None
    """Digests of its parts; None where nobody gave them."""
    salvage: tuple[Range, ...] | None = None
    """What is right of the damaged file that this one replaces, and is not fetched; None where nothing is repaired."""
    priority: int = 0
    deadline: datetime | None = None
    """When the file is wanted at the latest, in UTC; None: there is no haste."""
    limit_rate: Timetable | None = None
    """What it alone may take; None: as much as the settings say that each may."""
    on_exists: OnExists = OnExists.RENAME
    name_from: NameFrom = NameFrom.HEADER
    """Who chooses the name where `output` does not."""
    restrict_filenames: RestrictFilenames | None = None
    """What else a chosen name must not have; never applied to `output`."""
    resume_from: Path | None = None
    """A part file that came from another URL; None: what the same URL left is found by itself."""
    http: HttpWishes = HttpWishes()
    follow: Follow = Follow.NEVER
    """Whether it stands for the files that are listed at its URL."""
    select: tuple[str, ...] = ()
    """Which of those are wanted; all where it is empty."""
    refresher: Refresher | None = None
    """Who finds a new link where this one dies; None: nobody."""
    recorded: Recorded | None = None
    """Where it is written down before its file has its name; None: nowhere, as it is of no list with a ledger."""
    held: Held | None = None
    """What is known of the version that is there; None: no more than the file itself tells."""
    link: Link | None = None
    """What took the place of `url`, which died; the file keeps its name, and the part its owner."""
    place: Url = field(init=False, repr=False, compare=False)
    """Where it is asked for now."""
    identity: tuple[object, ...] = field(init=False, repr=False, compare=False)
    """What makes two requests the same download: what is asked for, all that is said with it, and the target."""

    @property
    def claimant(self) -> int:
        """Who claims a path for it where no row of a ledger does: the same for the same download."""
        return hash((self.url.text, self.directory, self.output))

    def record(self, recorded: Recorded) -> None:
        """Note where it is written down: by who made it, before anybody else has it."""
        object.__setattr__(self, "recorded", recorded)  # a copy of so many fields costs more than all else of a line

    def __post_init__(self) -> None:
        object.__setattr__(self, "place", self.url if self.link is None else self.link.url)
        said = (self.url.text, str(self.directory), self.output, self.http, self.select)
        object.__setattr__(self, "identity", said)


@dataclass(slots=True, kw_only=True, eq=False)
class Download:
    """One download as the manager knows it; changed by `Records` alone."""

    id: DownloadId
    request: DownloadRequest
    """Of one whose URL led to a Metalink: that for the first of its files."""
    priority: int
    metalink: DownloadRequest | None = None
    """What was asked for before that; None where there was no Metalink."""
    limit_rate: Timetable | None = None
    """What it alone may take; None: as much as the settings say that each may."""
    kept: bool = True
    """Whether it is known once it has ended; else its last event is all that is left of it."""
    asked: int = 1
    """How often it was asked for, less those who left it."""
    state: DownloadState = DownloadState.QUEUED
    wait: Wait | None = None
    """Set while WAITING."""
    error: RheoError | None = None
    """Set when FAILED."""
    result: DownloadResult | None = None
    """Set when COMPLETED."""
    furthest: int = 0
    """The most bytes of the file that a failed attempt had: only what goes beyond is progress."""
    failures: int = 0
    """Attempts that failed since the last one that made progress."""
    spared: int = 0
    """Refusals since then that did not count as failures: the host takes others, and is asked more slowly now."""
    failing_since: float | None = None
    """Monotonic time of the first of these failures; None where there is none."""
