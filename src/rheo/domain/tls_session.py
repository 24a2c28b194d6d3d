"""What a TLS handshake settled, and who the server says that it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A server's own certificate; all text is the server's."""

    subject: str
    issuer: str
    names: tuple[str, ...] = ()
    """Hosts and addresses that it is for (RFC 5280, 4.2.1.6)."""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    """None where the transport did not tell it in a way that we read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSession:
    """One encrypted connection."""

    version: str | None = None
    """Such as `TLSv1.3`; None where the transport does not tell."""
    cipher: str | None = None
    """Likewise."""
    certificate: Certificate | None = None
    """Likewise; that it was verified is another matter."""
