"""Settings: everything that can be set, its default, and what is allowed.

A field's name is the keyword in Python, the key in TOML, `RHEO_` and its capitals in the environment, and
the long option with dashes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final, TypedDict

from rheo.domain.errors import RheoError

HOST_LIMIT: Final = 16
"""Connections to one host, where nobody says how many."""


class OnExists(Enum):
    """What to do where a file of the chosen name exists already."""

    RENAME = "rename"
    """Take the next free name: `a.iso`, `a.1.iso`, `a.2.iso` …"""
    SKIP = "skip"
    """Leave it, and call the download done."""
    OVERWRITE = "overwrite"
    """Replace it once the new file is whole and verified."""
    ERROR = "error"
    """Fail."""


class NameFrom(Enum):
    """Who names a file, where the user does not."""

    URL = "url"
    """The URL that the user gave; a Content-Disposition is not asked."""
    HEADER = "header"
    """The server's Content-Disposition if there is one, else the URL that the user gave."""
    REDIRECT = "redirect"
    """The same, but the URL that the last redirect led to goes before the user's."""


class RestrictFilenames(Enum):
    """What else a name that server or URL suggest must not have; every name is safe without it."""

    WINDOWS = "windows"
    """Nor what Windows' Explorer acts upon: `desktop.ini`, `autorun.inf`, shortcuts and the like."""
    ASCII = "ascii"
    """Nothing but printable ASCII: letters lose their accents, all other characters become `_`."""


class Sync(Enum):
    """When a finished file is synced to the disk."""

    FULL = "full"
    """Each file by itself, before it gets its name, and the folder after."""
    GROUP = "group"
    """Small files together, many at a time; before they get their names."""
    OFF = "off"
    """Never; the operating system writes when it likes, and a power cut may leave an empty file."""


class Verbosity(Enum):
    """How much is told on the terminal."""

    QUIET = "quiet"
    """Nothing but errors."""
    NORMAL = "normal"
    VERBOSE = "verbose"
    """Also each retry, redirect and timing."""


DEFAULT_CONCURRENT: Final = 8
DEFAULT_STREAMS: Final = 64

_STATUSES: Final = frozenset(str(status) for status in range(100, 600))


def is_retry_rule(word: str) -> bool:
    """Whether a word is a status or an error's code, perhaps after a `!`."""
    name = word.removeprefix("!")
    return name in _STATUSES or name in {kind.code for kind in _family(RheoError)}


def _family(kind: type[RheoError]) -> Iterator[type[RheoError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _family(child)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set. Durations are seconds."""

    directory: Path = field(default=Path(), metadata={"help": "folder that files go to; created when missing"})
    max_concurrent: int | None = field(
        default=None,
        metadata={"help": "files at once; unset: 8, or 64 while they share one HTTP/2 connection", "least": 1},
    )
    connections: int | None = field(
        default=None,
        metadata={
            "help": "connections for one file; unset: as many as bring more, found out in rounds",
            "least": 1,
            "absent": "auto",
        },
    )
    connections_per_host: int | None = field(
        default=None,
        metadata={
            "help": "connections to one host, for all files together; unset: 16, or --connections if that is more",
            "least": 1,
            "absent": "auto",
        },
    )
    min_split_size: int | None = field(
        default=None,
        metadata={
            "help": "a file is split only where both parts keep this size; unset: 1M, or half a second's worth",
            "least": 1024,
            "unit": "bytes",
            "absent": "auto",
        },
    )
    segment_size: int | None = field(
        default=None,
        metadata={
            "help": "what one request asks for at the most; unset: as fits the measured speed",
            "least": 1024,
            "unit": "bytes",
            "absent": "auto",
        },
    )
    resume: bool = field(default=True, metadata={"help": "go on with the part that an earlier run left"})
    join: bool = field(
        default=False, metadata={"help": "wait for another rheo that fetches the same file, and share its outcome"}
    )
    reserve: bool = field(default=True, metadata={"help": "reserve the room on the disk before the first byte"})
    on_exists: OnExists = field(default=OnExists.RENAME, metadata={"help": "what to do where the file exists already"})
    name_from: NameFrom = field(
        default=NameFrom.HEADER,
        metadata={"help": "who names the file: the URL, a header before it, or also a redirect"},
    )
    restrict_filenames: RestrictFilenames | None = field(
        default=None,
        metadata={"help": "what else to change in names: what Windows acts upon, or all that is not ASCII"},
    )
    retry: int = field(default=5, metadata={"help": "tries after the first one, without progress; 0: none", "least": 0})
    retry_max_time: float = field(
        default=600.0, metadata={"help": "seconds that one file may spend failing before we give up", "least": 0}
    )
    retry_on: tuple[str, ...] = field(
        default=(),
        metadata={
            "help": "statuses and error codes to try again on, or not: 404, !503, certificate_rejected",
            "word": is_retry_rule,
            "such": "statuses and error codes such as 404, !503, certificate_rejected",
        },
    )
    connect_timeout: float = field(
        default=10.0, metadata={"help": "seconds until connected, TLS included", "least": 0.001}
    )
    first_byte_timeout: float = field(
        default=30.0, metadata={"help": "seconds from the request until the answer begins", "least": 0.001}
    )
    stall_timeout: float = field(
        default=20.0, metadata={"help": "seconds that may bring less than 1 KiB", "least": 0.001}
    )
    timeout: float | None = field(default=None, metadata={"help": "sets the three timeouts at once", "least": 0.001})
    ca_file: Path | None = field(
        default=None, metadata={"help": "certificates to trust instead of the system's, as PEM"}
    )
    sync: Sync = field(default=Sync.GROUP, metadata={"help": "when finished files are synced to the disk"})
    mtime: bool = field(default=True, metadata={"help": "give files the time that the server names"})
    verbosity: Verbosity = field(default=Verbosity.NORMAL, metadata={"help": "how much the command tells"})

    @property
    def host_limit(self) -> int:
        """Connections that all downloads of one host may have together."""
        return self.connections_per_host or max(HOST_LIMIT, self.connections or 0)


class SettingsOverrides(TypedDict, total=False):
    """The same settings as keywords: each as its value, or as the text that may stand for it in a file."""

    directory: Path | str
    max_concurrent: int | str | None
    connections: int | str | None
    connections_per_host: int | str | None
    min_split_size: int | str | None
    segment_size: int | str | None
    resume: bool | str
    join: bool | str
    reserve: bool | str
    on_exists: OnExists | str
    name_from: NameFrom | str
    restrict_filenames: RestrictFilenames | str | None
    retry: int | str
    retry_max_time: float | str
    retry_on: Sequence[str | int] | str
    connect_timeout: float | str
    first_byte_timeout: float | str
    stall_timeout: float | str
    timeout: float | str | None
    ca_file: Path | str | None
    sync: Sync | str
    mtime: bool | str
    verbosity: Verbosity | str
