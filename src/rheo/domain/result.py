"""What a finished download has to say about itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from rheo.domain.checksum import Checksum
from rheo.domain.promise import Trust


class Verification(Enum):
    """How far the bytes of a file were checked."""

    VERIFIED = "verified"
    """A checksum matched; whose it is, says `DownloadResult.trust`."""
    CONSISTENT = "consistent"
    """The length was promised and kept, and all bytes are of one version: one answer, or one strong validator."""
    UNVERIFIED = "unverified"
    """The server promised no length, or nothing proves that all bytes are of one version.

    So is what was unpacked: the checksum of gzip is made in passing, of what passed; it promises no whole file.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Seconds from the start of the last request until each step was done; None where a step did not happen."""

    name_lookup: float | None = None
    """Our own name lookup, which comes before the request; None where the address was known."""
    connect: float | None = None
    """None on a connection that was already open."""
    tls: float | None = None
    """None over plain http, and on a connection that was already open."""
    first_byte: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """One redirect that was followed."""

    status: int
    url: str
    """Where it led, without user info and fragment."""
    withheld: tuple[str, ...] = ()
    """Names of the headers that were given, and were not sent there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceShare:
    """What one of several sources brought of a file."""

    url: str
    """As given, without user info and fragment."""
    size: int
    """Bytes in this run; of those that are not believed none count."""
    banned: str | None = None
    """Why it was not asked any more; None where it might have been."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadResult:
    """A file that is complete under its final name, and what is known of it."""

    path: Path
    """Absolute; `-` for standard output."""
    size: int
    resumed: int = 0
    """Bytes of it that an earlier run had brought."""
    seconds: float
    """From the start of the transfer until the file had its name; 0.0 where nothing was fetched."""
    url: str
    """As given, without user info and fragment."""
    final_url: str
    """After redirects; the same as `url` where there were none."""
    checksums: tuple[Checksum, ...] = ()
    """Those that matched: given ones, or those that the server announced."""
    verification: Verification = Verification.UNVERIFIED
    trust: Trust = Trust.NOTHING
    """What it was held against: a hash, and whose, or only its length."""
    timings: Timings = Timings()
    content_type: str | None = None
    content_suspicious: bool = False
    """The server sent HTML where URL or name promise another type: perhaps a login or error page."""
    sources: tuple[SourceShare, ...] = ()
    """Where there were mirrors: all that might have been asked, the one that answered first before the others."""
    redirects: tuple[Redirect, ...] = ()
    """Those on the way to the file, in order."""
    proxy: str | None = None
    """What it came through, without user and password; None for directly."""
    address: str | None = None
    """Of the machine that the last answer came from: the proxy's, where there is one."""
    insecure: bool = False
    """Whether the server's certificate was not verified, as was wished."""
    connections_made: int = 0
    connections_reused: int = 0
    """Answers that came over a connection of their own, and over one that was open."""
    http_version: str | None = None
    """Of the last answer: `1.1`, `2` or `3`; None where nothing was asked."""
    first_http_version: str | None = None
    """Of the first answer, which `timings` are of; a redirect may have led to a host that speaks another one."""
    skipped: bool = False
    """The file was there already, and nothing was fetched."""
    unchanged: bool = False
    """It was skipped because the server, which was asked, has no other version."""
    etag: str | None = None
    last_modified: str | None = None
    """What tells this version from others, as the server of `url` sent it; None where that is not known."""

    @property
    def average_speed(self) -> float:
        """Bytes per second over this transfer; 0.0 where nothing was fetched."""
        return 0.0 if self.skipped or self.seconds <= 0 else (self.size - self.resumed) / self.seconds
