"""What a libcurl handle is told: every option that would let it choose is set, so that it decides nothing by itself."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Final

import pycurl

from rheo.domain.errors import UnsupportedError, UsageError
from rheo.domain.login import AuthScheme, Login
from rheo.domain.network import HttpVersion, Route, Tls, TlsVersion
from rheo.domain.proxy import Proxy
from rheo.transport.base import Request

_SUPPRESS_CONNECT_HEADERS: Final = 265
"""CURLOPT_SUPPRESS_CONNECT_HEADERS, which pycurl has no name for: a proxy's answers are not the origin's."""

_SCHEMES: Final = {
    AuthScheme.BASIC: pycurl.HTTPAUTH_BASIC,
    AuthScheme.DIGEST: pycurl.HTTPAUTH_DIGEST,
    AuthScheme.NTLM: pycurl.HTTPAUTH_NTLM,
    AuthScheme.NEGOTIATE: pycurl.HTTPAUTH_NEGOTIATE,
}
_AS_OFFERED: Final = pycurl.HTTPAUTH_ONLY
"""A bit that has libcurl wait for a server's offer. It would send a POST without its data at first, to hear that: who
wants no login would take that for the request.
"""
_LIBCURLS_OWN: Final = ("Accept", "User-Agent", "Content-Type", "Expect")
_SPLITTING: Final = re.compile(r"[\r\n\0]")
_TLS: Final = {TlsVersion.TLS12: pycurl.SSLVERSION_TLSv1_2, TlsVersion.TLS13: pycurl.SSLVERSION_TLSv1_3}


def check(login: Login) -> None:
    """Raise UnsupportedError where this libcurl was built without the login's scheme."""
    if login.scheme is AuthScheme.ANY:
        return
    handle = pycurl.Curl()
    try:
        handle.setopt(pycurl.HTTPAUTH, _SCHEMES[login.scheme])
    except pycurl.error:
        name = login.scheme.value.upper()
        raise UnsupportedError(
            f"the libcurl of this installation cannot log in by {name}; try another --auth"
        ) from None
    finally:
        handle.close()


def fix(handle: pycurl.Curl, route: Route, login: Login | None, trusted: str | None) -> None:
    """Take every decision away from libcurl, and set what all requests of this handle share."""
    option = handle.setopt
    option(pycurl.NOSIGNAL, 1)
    option(pycurl.FOLLOWLOCATION, 0)
    option(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
    option(pycurl.NETRC, pycurl.NETRC_IGNORED)
    option(pycurl.PATH_AS_IS, 1)
    option(pycurl.HTTP09_ALLOWED, 0)
    option(pycurl.TCP_KEEPALIVE, 1)
    option(pycurl.USERAGENT, "")  # no CONNECT tells a proxy what we are made of
    option(pycurl.HEADEROPT, pycurl.HEADER_SEPARATE)  # the origin's headers are not for its proxy
    _go_through(handle, route.proxy, route.tls, trusted)
    _secure(handle, route.tls, trusted)
    if route.interface is not None:
        option(pycurl.INTERFACE, route.interface)
    if login is not None:
        option(pycurl.USERNAME, login.user.encode())
        option(pycurl.PASSWORD, login.password.reveal().encode())


def configure(handle: pycurl.Curl, request: Request) -> None:
    """Set a handle up for requests like this one; the URL is another matter."""
    option = handle.setopt
    option(pycurl.HTTPHEADER, _lines(request))
    deadlines = request.deadlines
    option(pycurl.CONNECTTIMEOUT_MS, max(1, round((deadlines.connect + deadlines.tls) * 1000)) + 1000)  # ours are first
    option(pycurl.HTTP_VERSION, _version(request))
    option(pycurl.PIPEWAIT, int(request.multiplexed))
    _send(handle, request)
    if request.alternative is not None:
        host, port = request.alternative
        option(pycurl.CONNECT_TO, [f"::{_bracketed(host)}:{port}"])  # whatever the URL, which is set apart
    else:
        handle.unsetopt(pycurl.CONNECT_TO)


def resolve(host: str, port: int, addresses: Sequence[str]) -> str:
    """Return what tells libcurl a host's addresses.

    It takes this in once and forgets it after a minute: told each time, it never asks its own resolver.
    """
    return f"+{host}:{port}:{','.join(map(_bracketed, addresses))}"


def _lines(request: Request) -> list[bytes]:
    """Return the headers as lines, and for those that libcurl would add by itself one that forbids it.

    Each was checked where it came in; raises UsageError all the same where one would be two.
    """
    if any(_SPLITTING.search(word) for header in request.headers for word in header):
        raise UsageError("a header of the request has a line break or NUL in it")  # all of it may be a secret
    given = {name.lower() for name, _ in request.headers}
    own = [f"{name}:".encode() for name in _LIBCURLS_OWN if name.lower() not in given]
    return [*(f"{name}: {value}".encode() for name, value in request.headers), *own]


def _send(handle: pycurl.Curl, request: Request) -> None:
    """Set method and body; what may not be repeated, or is inspected, goes over a connection of its own."""
    option = handle.setopt
    if request.login is not None:
        option(pycurl.HTTPAUTH, _SCHEMES[request.login.scheme] | (0 if request.plain else _AS_OFFERED))
    if request.plain:
        option(pycurl.HTTPGET, 1)
        handle.unsetopt(pycurl.CUSTOMREQUEST)
    else:
        option(pycurl.POST, 1)
        option(pycurl.POSTFIELDSIZE, len(request.body or b""))
        option(pycurl.POSTFIELDS, request.body or b"")
        option(pycurl.CUSTOMREQUEST, request.method)
    option(pycurl.FRESH_CONNECT, int(request.inspected or not request.repeatable))


def _version(request: Request) -> int:
    if request.http_version is HttpVersion.HTTP3:
        return int(pycurl.CURL_HTTP_VERSION_3)
    if request.http_version is HttpVersion.HTTP2 or request.multiplexed:
        return int(pycurl.CURL_HTTP_VERSION_2TLS)
    return int(pycurl.CURL_HTTP_VERSION_1_1)


def _go_through(handle: pycurl.Curl, proxy: Proxy | None, tls: Tls, trusted: str | None) -> None:
    """Set the proxy, whose own certificate is always verified, by what is trusted for origins."""
    option = handle.setopt
    option(pycurl.PROXY, "" if proxy is None else str(proxy))  # empty: none, whatever the environment says
    option(pycurl.NOPROXY, "")
    if proxy is None:
        return
    option(_SUPPRESS_CONNECT_HEADERS, 1)
    option(pycurl.PROXY_SSLVERSION, _TLS[tls.minimum])
    if trusted is not None:
        option(pycurl.PROXY_CAINFO, os.fsencode(trusted))
    if tls.ca_dir is not None:
        option(pycurl.PROXY_CAPATH, os.fsencode(tls.ca_dir))
    if proxy.credentials is not None:
        user, password = proxy.credentials
        option(pycurl.PROXYAUTH, pycurl.HTTPAUTH_BASIC | pycurl.HTTPAUTH_DIGEST)
        option(pycurl.PROXYUSERNAME, user.encode())
        option(pycurl.PROXYPASSWORD, password.encode())


def _secure(handle: pycurl.Curl, tls: Tls, trusted: str | None) -> None:
    option = handle.setopt
    option(pycurl.SSL_VERIFYPEER, int(tls.verified))
    option(pycurl.SSL_VERIFYHOST, 2 if tls.verified else 0)
    option(pycurl.SSLVERSION, _TLS[tls.minimum])
    if trusted is not None:
        option(pycurl.CAINFO, os.fsencode(trusted))
    if tls.ca_dir is not None:
        option(pycurl.CAPATH, os.fsencode(tls.ca_dir))
    if tls.pinned is not None:
        option(pycurl.PINNEDPUBLICKEY, tls.pinned)
    if tls.certificate is not None:
        option(pycurl.SSLCERT, os.fsencode(tls.certificate.certificate))
        option(pycurl.SSLKEY, os.fsencode(tls.certificate.key or tls.certificate.certificate))
        password = tls.certificate.password
        # Empty rather than none: without one OpenSSL would ask on the terminal, and hold up everything meanwhile.
        option(pycurl.KEYPASSWD, b"" if password is None else password.reveal().encode())


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
