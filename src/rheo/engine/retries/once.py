"""What is done once at the most, whatever a retry policy says: data is sent, and a stream leaves."""

from __future__ import annotations

from typing import Final

from rheo.domain.download import STANDARD_OUTPUT, DownloadRequest
from rheo.domain.errors import (
    CertificateError,
    ConnectError,
    ConnectTimeoutError,
    HostClosedError,
    ProxyError,
    ProxyLoginError,
    ResolveError,
    RheoError,
    SettingsError,
    TlsError,
    UnsupportedError,
)

UNSENT: Final = (
    ResolveError,
    ConnectError,
    ConnectTimeoutError,
    TlsError,
    CertificateError,
    ProxyError,
    ProxyLoginError,
    SettingsError,
    HostClosedError,
    UnsupportedError,
)
"""What goes wrong before a request is sent."""


def forbid_repeating(error: RheoError, request: DownloadRequest, *, spent: bool, brought: int) -> None:
    """Say in an error that nothing is tried again, where that could do harm (RFC 9110, 9.2.2).

    `spent` tells that a request was sent that must not be repeated, `brought` how many bytes came.
    """
    if spent:
        error.repeatable = False
        error.add_note(f"the {request.http.method} was sent, so it is not tried again by itself")
    if request.output == STANDARD_OUTPUT and brought:
        error.repeatable = False
        error.add_note("a part of it has left through standard output, so it is not tried again")
