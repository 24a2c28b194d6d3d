"""What libcurl tells of a TLS handshake to those who ask it to: certificates as values, the rest in its log."""

from __future__ import annotations

import pycurl

from rheo.domain.tls_session import TlsSession
from rheo.transport.certificate import certificate_of, connected_with


class Handshake:
    """Listens to one handle. Its log has secrets in it, too: all but one line of it is dropped at once."""

    def __init__(self, handle: pycurl.Curl) -> None:
        self._handle = handle
        self._connected: tuple[str, str] | None = None
        """Version and cipher; of the last handshake, as a proxy's comes first."""

    def begin(self) -> None:
        """Listen from the next request on."""
        self._handle.setopt(pycurl.OPT_CERTINFO, 1)
        self._handle.setopt(pycurl.SSL_SESSIONID_CACHE, 0)  # who resumes a session is shown no certificate
        self._handle.setopt(pycurl.DEBUGFUNCTION, self._listen)
        self._handle.setopt(pycurl.VERBOSE, 1)

    def end(self) -> None:
        """Listen no more."""
        self._handle.setopt(pycurl.VERBOSE, 0)
        self._handle.unsetopt(pycurl.DEBUGFUNCTION)
        self._handle.setopt(pycurl.SSL_SESSIONID_CACHE, 1)
        self._handle.setopt(pycurl.OPT_CERTINFO, 0)

    def session(self) -> TlsSession:
        """Return what the last handshake settled."""
        version, cipher = self._connected or (None, None)
        certificate = certificate_of(self._handle.getinfo_raw(pycurl.INFO_CERTINFO))
        return TlsSession(version=version, cipher=cipher, certificate=certificate)

    def _listen(self, kind: int, data: bytes) -> None:
        if kind == pycurl.INFOTYPE_TEXT:
            self._connected = connected_with(data.decode("ascii", "replace")) or self._connected
