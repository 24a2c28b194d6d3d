"""libcurl's error numbers as errors of our tree; translated here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pycurl

from rheo.domain.errors import (
    CertificateError,
    ConnectError,
    ConnectionLostError,
    ConnectTimeoutError,
    InvalidUrlError,
    ProtocolError,
    ResolveError,
    RheoError,
    SettingsError,
    TlsError,
    TruncatedBodyError,
)
from rheo.domain.text import printable
from rheo.domain.url import Url

_CERTIFICATE: Final = (
    pycurl.E_PEER_FAILED_VERIFICATION,
    pycurl.E_SSL_ISSUER_ERROR,
    pycurl.E_SSL_PINNEDPUBKEYNOTMATCH,
    pycurl.E_SSL_INVALIDCERTSTATUS,
)
_LOST: Final = (pycurl.E_RECV_ERROR, pycurl.E_SEND_ERROR, pycurl.E_GOT_NOTHING, pycurl.E_HTTP2, 92, 95, 96)
"""92, 95 and 96 are HTTP/2's stream, HTTP/3's and QUIC's errors, which have no name in pycurl."""

_ERRORS: Final[dict[int, Callable[[str], RheoError]]] = {
    pycurl.E_COULDNT_RESOLVE_HOST: lambda message: ResolveError(message, transient=True),
    pycurl.E_COULDNT_CONNECT: ConnectError,
    pycurl.E_OPERATION_TIMEDOUT: ConnectTimeoutError,  # the only deadline that libcurl keeps for us
    pycurl.E_PARTIAL_FILE: TruncatedBodyError,
    pycurl.E_SSL_CONNECT_ERROR: TlsError,
    pycurl.E_SSL_CACERT_BADFILE: SettingsError,
    pycurl.E_URL_MALFORMAT: InvalidUrlError,
    **dict.fromkeys(_CERTIFICATE, CertificateError),
    **dict.fromkeys(_LOST, ConnectionLostError),
}


def translate(code: int, message: str, url: Url) -> RheoError:
    """Return our error for libcurl's; what has no place of its own is a server that does not speak HTTP."""
    error = _ERRORS.get(code, ProtocolError)
    return error(f"{url.origin}: {printable(message) or f'libcurl error {code}'}")
