"""Certificates for an origin, good ones and bad ones."""

import ssl
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import trustme

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Authority:
    """A certificate authority that a test may trust."""

    ca: trustme.CA = field(default_factory=trustme.CA)

    def ca_file(self, folder: Path) -> Path:
        """Return a file in the folder with the authority's certificate, for the client to trust."""
        path = folder / "ca.pem"
        self.ca.cert_pem.write_to_path(path)
        return path

    def context(self, *names: str) -> ssl.SSLContext:
        """Return a server's context with a valid certificate for these names and addresses."""
        return _presenting(self.ca.issue_cert(*(names or LOOPBACK)))

    def wrong_host(self) -> ssl.SSLContext:
        """Return a context whose certificate is for a host that no test asks."""
        return _presenting(self.ca.issue_cert("elsewhere.invalid"))

    def expired(self) -> ssl.SSLContext:
        """Return a context whose certificate was valid for one day of 2020."""
        begin, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 2, tzinfo=UTC)
        return _presenting(self.ca.issue_cert(*LOOPBACK, not_before=begin, not_after=end))


def self_signed() -> ssl.SSLContext:
    """Return a context whose certificate vouches for itself."""
    stranger = trustme.CA()
    context = _context()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "self-signed.pem")
        stranger.private_key_pem.write_to_path(path)
        stranger.cert_pem.write_to_path(path, append=True)
        context.load_cert_chain(path)
    return context


def _presenting(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = _context()
    certificate.configure_cert(context)
    return context


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["http/1.1"])
    return context
