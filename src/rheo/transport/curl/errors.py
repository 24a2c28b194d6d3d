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
    ProxyError,
    ProxyLoginError,
    ResolveError,
    RheoError,
    SettingsError,
    TlsError,
    TruncatedBodyError,
    UnsupportedError,
)
from rheo.domain.proxy import Proxy
from rheo.domain.text import printable
from rheo.domain.url import Url

_PROXY: Final = 97
"""CURLE_PROXY: what went wrong between us and a SOCKS proxy."""

_LOGIN: Final = 407

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
    pycurl.E_INTERFACE_FAILED: SettingsError,
    pycurl.E_OPERATION_TIMEDOUT: ConnectTimeoutError,  # the only deadline that libcurl keeps for us
    pycurl.E_PARTIAL_FILE: TruncatedBodyError,
    pycurl.E_SSL_CONNECT_ERROR: TlsError,
    pycurl.E_SSL_CACERT_BADFILE: SettingsError,
    pycurl.E_SSL_CERTPROBLEM: SettingsError,
    pycurl.E_NOT_BUILT_IN: UnsupportedError,
    pycurl.E_URL_MALFORMAT: InvalidUrlError,
    **dict.fromkeys(_CERTIFICATE, CertificateError),
    **dict.fromkeys(_LOST, ConnectionLostError),
}


def translate(code: int, message: str, url: Url, *, proxy: Proxy | None, told: int) -> RheoError:
    """Return our error for libcurl's; what has no place of its own is a server that does not speak HTTP.

    `told` is the status that the proxy answered to CONNECT; 0 where it did not.
    """
    text = printable(message) or f"libcurl error {code}"
    if proxy is not None:
        error = _of_proxy(code, text, proxy, told)
        if error is not None:
            return error
    return _ERRORS.get(code, ProtocolError)(f"{url.origin}: {text}")


def proxy_login_error(proxy: Proxy) -> ProxyLoginError:
    """Return the error of a proxy that wants another login than the one it got, if any."""
    wants = "refused the login" if proxy.credentials else "wants a login; write it as scheme://USER:PASSWORD@HOST:PORT"
    return ProxyLoginError(f"the proxy {proxy} {wants}")


def _of_proxy(code: int, text: str, proxy: Proxy, told: int) -> RheoError | None:
    """Return the error of the proxy; None where the origin behind it is to blame, or nobody knows."""
    if told == _LOGIN:
        return proxy_login_error(proxy)
    if code == _PROXY and "auth" in text.lower():
        return proxy_login_error(proxy)
    if told >= 300:  # noqa: PLR2004  (RFC 9110, 9.3.6: only 2xx makes a tunnel)
        return ProxyError(f"the proxy {proxy} refused a tunnel with status {told}", transient=told >= 500)  # noqa: PLR2004
    if code in {_PROXY, pycurl.E_COULDNT_RESOLVE_PROXY, pycurl.E_COULDNT_CONNECT}:
        return ProxyError(f"the proxy {proxy}: {text}", transient=True)
    return None
