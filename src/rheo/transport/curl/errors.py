"""libcurl's error numbers as errors of our tree; translated here and nowhere else."""

from __future__ import annotations

import errno as numbers
import logging
import os
from collections.abc import Callable
from typing import Final, NamedTuple

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
from rheo.transport.base import Head

logger = logging.getLogger(__name__)

_SOCKS: Final = 97
"""CURLE_PROXY: what went wrong between us and a SOCKS proxy."""
_SOCKS_LOGIN: Final = frozenset({8, 10, 11, 12, 33})
"""CURLPX_ numbers: user or password wanted, too long, or refused."""
_SOCKS_DENIED: Final = frozenset({17, 23, 27})
"""Likewise: not allowed, or no way to name the address."""

_NO_REASON: Final = frozenset({0, numbers.EINPROGRESS})

_PROXY_LOGIN: Final = 407
_LOGIN: Final = frozenset({401, _PROXY_LOGIN})
"""The former is tinyproxy's."""
_NO_TUNNEL: Final = 300
_SERVER_ERROR: Final = 500

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


class Told(NamedTuple):
    """What a proxy said before an exchange failed."""

    proxy: Proxy
    status: int
    """Of its answer to CONNECT; 0 where it gave none."""
    socks: int
    """CURLPX_ number of what went wrong with a SOCKS proxy; 0 for nothing."""


def translate(code: int, message: str, url: Url, told: Told | None, *, errno: int = 0) -> RheoError:
    """Return our error for libcurl's; what has no place of its own is a server that does not speak HTTP.

    `told` is None where there is no proxy; `errno` is the system's number of why there is no connection, 0 for unknown.
    """
    logger.debug("%s: libcurl error %d: %s", url.origin, code, printable(message))
    error = None if told is None else _of_proxy(code, url, told)
    if error is not None:
        return error
    if code == pycurl.E_COULDNT_CONNECT:
        why = f": {os.strerror(errno).lower()}" if errno not in _NO_REASON else ""
        return ConnectError(f"{url.origin}: no connection{why}")
    make = _ERRORS.get(code, ProtocolError)
    from rheo.transport.curl.meaning import meaning_of  # noqa: PLC0415  (most runs have no error)

    meaning = meaning_of(message)
    if meaning is None:
        return make(f"{url.origin}: {printable(message) or f'libcurl error {code}'}")
    return (meaning.error or make)(f"{url.origin}: {meaning.sentence}")


def proxy_login_error(proxy: Proxy) -> ProxyLoginError:
    """Return the error of a proxy that wants another login than the one it got, if any."""
    wants = "refused the login" if proxy.credentials else "wants a login; write it as SCHEME://USER:PASSWORD@HOST:PORT"
    return ProxyLoginError(f"the proxy {proxy} {wants}")


def is_refused_by_proxy(head: Head, url: Url, proxy: Proxy) -> bool:
    """Whether an answer is the proxy's own, and wants a login, or another one; what comes out of a tunnel is not.

    tinyproxy says so with 401, as if it were the origin; but what a proxy passes on has a Via (RFC 9110, 7.6.3).
    """
    if url.scheme != "http" or proxy.scheme.startswith("socks"):
        return False
    if head.status == _PROXY_LOGIN:
        return True
    if head.status not in _LOGIN or proxy.credentials is None:
        return False
    return "via" not in head.fields and head.fields.get("server", "").startswith("tinyproxy/")


def _of_proxy(code: int, url: Url, told: Told) -> RheoError | None:
    """Return the error of the proxy; None where the origin behind it is to blame, or nobody knows."""
    proxy, status = told.proxy, told.status
    if status in _LOGIN or (code == _SOCKS and told.socks in _SOCKS_LOGIN):
        return proxy_login_error(proxy)
    if status >= _NO_TUNNEL:
        return ProxyError(
            f"the proxy {proxy} makes no tunnel to {url.origin}: status {status}", transient=status >= _SERVER_ERROR
        )
    if code == _SOCKS:
        denied = told.socks in _SOCKS_DENIED
        what = "does not allow" if denied else "cannot make"
        return ProxyError(f"the proxy {proxy} {what} a connection to {url.origin}", transient=not denied)
    return None if status else _before_any_answer(code, proxy)


def _before_any_answer(code: int, proxy: Proxy) -> RheoError | None:
    """Return the error of a proxy that has not answered yet; None where it may be the origin's."""
    if proxy.scheme == "https" and code in _CERTIFICATE:
        return CertificateError(f"the certificate of the proxy {proxy} was not accepted")
    if proxy.scheme == "https" and code == pycurl.E_SSL_CONNECT_ERROR:
        return ProxyError(f"no TLS with the proxy {proxy}; is it one that is spoken to in clear?", transient=True)
    if code == pycurl.E_UNSUPPORTED_PROTOCOL:
        return ProxyError(f"the proxy {proxy} does not speak HTTP; is it one for SOCKS?", transient=False)
    if code in {pycurl.E_COULDNT_RESOLVE_PROXY, pycurl.E_COULDNT_CONNECT}:
        return ProxyError(f"no connection to the proxy {proxy}", transient=True)
    return None
