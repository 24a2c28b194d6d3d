"""What is known of a file that was asked for and not fetched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rheo.domain.announced_digest import AnnouncedDigest
from rheo.domain.connections import Connections
from rheo.domain.errors import RheoError
from rheo.domain.naming import NameSource
from rheo.domain.result import Redirect, Timings
from rheo.domain.tls_session import TlsSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """What one request told of a file, its server, and the way there. Text from the server is as it was sent."""

    url: str
    """As given, without user info and fragment."""
    final_url: str
    """Where the last answer came from."""
    redirects: tuple[Redirect, ...] = ()
    """Those on the way, in order."""
    upgraded: bool = False
    """Whether https was asked in the place of http, as the host once wished (RFC 6797)."""
    status: int
    meaning: str
    """The status in words."""
    error: RheoError | None = None
    """What a download would end with; None where it would get the file."""
    size: int | None = None
    """Bytes of the whole file; None where the server does not say, or there is none."""
    content_type: str | None = None
    """As sent; of an error's page, where there is an error."""
    name: str | None = None
    """What the file would be called; None where there is none."""
    name_source: NameSource | None = None
    ranges: bool | None = None
    """Whether parts of the file can be had; None where there is none."""
    etag: str | None = None
    """As sent, quotes and a weak tag's `W/` included."""
    etag_is_strong: bool = False
    """Whether it pins one version of the file, byte by byte (RFC 9110, 8.8.1)."""
    last_modified: datetime | None = None
    last_modified_is_strong: bool = False
    """Likewise, where the etag is not: so old that no second version can have the same (RFC 9110, 8.8.2.2)."""
    digests: tuple[AnnouncedDigest, ...] = ()
    http_version: str
    """`1.0`, `1.1`, `2` or `3`."""
    tls: TlsSession | None = None
    """None over plain http."""
    insecure: bool = False
    """Whether the server's certificate was not verified, as was wished."""
    server: str | None = None
    """What it calls itself."""
    address: str | None = None
    port: int | None = None
    """Of the machine that was connected to: the proxy's, where there is one."""
    proxy: str | None = None
    """What it came through, without user and password; None for directly."""
    timings: Timings
    """Of the last request."""
    hsts: bool = False
    """Whether the host is known to want https only."""
    http3: tuple[str, int] | None = None
    """Host and port that serve the same over HTTP/3 (RFC 7838); None where nobody said so."""
    cookies: tuple[str, ...] = ()
    """Names of those that the answers set."""
    connections: Connections
