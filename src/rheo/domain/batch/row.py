"""The rows of a ledger: what is told of a line as it comes, as it is worked on, and at its end."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple


class RowState(StrEnum):
    """How a line stands; the words are in the ledger and never change once released."""

    PENDING = "pending"
    """To be fetched."""
    PUBLISHING = "publishing"
    """Its file is whole, and was about to get its name; whether it did, `rheo.domain.batch.recovery` says."""
    DONE = "done"
    """Its file is there."""
    SKIPPED = "skipped"
    """There was a file already, or nothing to do."""
    FAILED = "failed"
    BAD_LINE = "bad_line"
    """It says nothing that can be fetched."""
    DUPLICATE = "duplicate"
    """Another row has its URL, and fetches it."""


UNDONE: Final = frozenset({RowState.PENDING, RowState.FAILED})
"""To be fetched; where there is a file, it was found to be wrong, or asked whether it is, in vain."""


class Entry(NamedTuple):
    """A line on its way into the ledger."""

    number: int
    """Of the line in its list, from one."""
    url: str
    """Normalised, without user info and fragment; empty for a bad line."""
    host: str
    """The text of the URL's origin; empty for a bad line."""
    place: str = ""
    """Where it is to go as far as asked: folder relative to the root, and name; empty if nobody said."""
    wrong: str | None = None
    """What is wrong with a bad line; None for any other."""
    own: bool = False
    """Whether it says what may have its URL answered otherwise than for other lines: a header, login or proxy."""


class Admission(NamedTuple):
    """What the ledger knows of an entry."""

    row: int
    """The same number for the same line in every run."""
    before: RowState
    """How it stood before this run, or by now where it is `repeated`; PENDING where it is new."""
    repeated: bool
    """Whether the same line came already in this run."""
    path: str | None
    """Where its file is, or was; None where none is known. The next four are of that file, None where not known."""
    size: int | None
    """Bytes."""
    hash: str | None
    """As `sha-256:HEX`."""
    etag: str | None
    """As sent."""
    modified: str | None
    """Last-Modified, as sent."""
    original: int | None
    """A row with the same URL and another place that was admitted in this run, or is done or skipped; None where none
    is, and for what is done or skipped itself. What has its own answer has no original, and is none."""


class Publishing(NamedTuple):
    """A whole file that is about to get its name."""

    row: int
    path: str
    size: int
    """Bytes."""
    hash: str | None
    """As `sha-256:HEX`; None where nobody hashed it."""
    device: int
    inode: int


class Ending(NamedTuple):
    """How a line ended in this run."""

    row: int
    state: RowState
    path: str | None = None
    """None, also for size, hash, etag and modified: as the row has it."""
    size: int | None = None
    hash: str | None = None
    attempts: int | None = None
    """Of this run; the ledger adds those of all runs up."""
    error: str | None = None
    """The error's code; None, and no message, where there was none."""
    message: str | None = None
    seconds: float | None = None
    """That it took in this run."""
    etag: str | None = None
    modified: str | None = None


class Row(NamedTuple):
    """Everything that the ledger has of a line."""

    row: int
    number: int
    """Of the line in its list, when it was read last."""
    url: str
    """Empty for a bad line."""
    host: str
    place: str
    state: RowState
    path: str | None
    size: int | None
    hash: str | None
    attempts: int
    """Of all runs together."""
    error: str | None
    message: str | None
    seconds: float | None
    """Of the last run that worked on it."""
    etag: str | None
    modified: str | None
    original: int | None
    """The row that fetches the URL; None but for a duplicate."""


class Awaited(NamedTuple):
    """A duplicate whose original is finished."""

    row: int
    original: int
    state: RowState
    """The original's; also what follows."""
    path: str | None
    size: int | None
    hash: str | None
    error: str | None
    message: str | None


class Troubled(NamedTuple):
    """A host of which lines failed."""

    host: str
    failed: int
    """Its lines that failed."""
    total: int
    """All its lines."""


class Summary(NamedTuple):
    """What all rows come to."""

    states: dict[RowState, int]
    """Rows by state; a state of none is left out."""
    errors: dict[str, int]
    """Rows that failed, by the error's code, the most frequent first."""
    size: int
    """Bytes of all files that are done."""
    hosts: list[Troubled]
    """Those of which most failed, at most ten, the worst first."""

    @property
    def total(self) -> int:
        """How many rows there are."""
        return sum(self.states.values())
