"""What a caller says of one download's requests, checked before anything is sent."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, TypedDict
from urllib.parse import urlencode

from rheo.config import check_certificates, check_key, netrc_login
from rheo.domain.errors import UsageError
from rheo.domain.http_wishes import Direct, Headers, HttpWishes
from rheo.domain.login import AuthScheme, Bearer, Login
from rheo.domain.network import ClientCertificate
from rheo.domain.proxy import Proxy, parse_proxy
from rheo.domain.secret import Secret
from rheo.domain.settings import Settings
from rheo.domain.url import Url, without_user_info

Pairs = Mapping[str, str] | Iterable[tuple[str, str]]

_PAIR: Final = 2
_METHOD: Final = re.compile(r"[A-Z][A-Z-]{0,31}")
_NO_FILE: Final = frozenset({"HEAD", "CONNECT", "TRACE", "OPTIONS"})
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SPLITTING: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_OURS: Final = {
    "range": "rheo asks for ranges itself",
    "if-range": "rheo asks for ranges itself",
    "content-length": "rheo counts itself",
    "transfer-encoding": "rheo sends data as it is",
    "proxy-authorization": "the login of a proxy stands in its URL, and goes to nobody else",
    "accept-encoding": "--compressed lets servers compress",
}
"""Headers that only the engine can send without harm."""
_NOT_IN_COOKIES: Final = re.compile(r"[\x00-\x20\x7f;,\"\\\\]")


class RequestKeywords(TypedDict, total=False):
    """What may be said of one download's requests. All but `public_headers` stays with the URL's origin."""

    headers: Pairs
    """Request headers; an empty value leaves out one that rheo would send."""
    public_headers: Pairs
    """Request headers that go wherever a redirect leads."""
    method: str
    """`GET`; with `data` `POST`. Anything but GET is fetched as one stream, and never resumed."""
    data: str | bytes | Mapping[str, str]
    """What is sent: a form's fields, or bytes as they are."""
    login: Login | Bearer | None
    auth: AuthScheme | str | None
    """How to log in with what the URL or a netrc has; a login says it itself."""
    certificate: ClientCertificate | str | Path | None
    """A client certificate; as a path, one PEM with certificate and key."""
    insecure: bool
    """Accept whatever certificate the URL's origin has; the result says so."""


class HttpKeywords(RequestKeywords, total=False):
    """The same, and what settings say of all downloads in words of the same name."""

    cookies: Pairs
    referer: str
    """The page that the file is linked from."""
    proxy: Proxy | str | None
    """None goes without one; left out, it is as the settings say."""


def http_wishes(url: Url, settings: Settings, said: HttpKeywords) -> HttpWishes:
    """Return the wishes, or raise the UsageError that says what is wrong, without the secret in it."""
    body = _body(said.get("data"))
    method = said.get("method", "GET" if body is None else "POST")
    _check_method(method, settings, body)
    headers = [*_headers(said.get("headers", ()))]
    if "referer" in said:
        headers.append(("Referer", without_user_info(said["referer"])))
    login = _login(url, settings, said.get("login"), said.get("auth"))
    if login is not None and any(name.lower() == "authorization" for name, _ in headers):
        raise UsageError("an Authorization header and a login contradict each other; leave one of them out")
    return HttpWishes(
        method=method,
        body=body,
        headers=tuple(headers),
        public_headers=_headers(said.get("public_headers", ())),
        cookies=tuple(_cookie(name, value) for name, value in _pairs(said.get("cookies", ()))),
        login=login,
        certificate=_certificate(said.get("certificate")),
        insecure=said.get("insecure", False),
        proxy=_proxy(said["proxy"]) if "proxy" in said else None,
    )


def sendable(given: Pairs) -> Headers:
    """Return headers that requests may carry; raises UsageError, which repeats nothing of a value."""
    return _headers(given)


def _pairs(given: Pairs) -> Iterable[tuple[str, str]]:
    pairs = list(given.items() if isinstance(given, Mapping) else given)
    if not all(map(_is_pair, pairs)):
        raise UsageError("headers and cookies must be names and values, both str")  # either may be a secret
    return pairs


def _is_pair(given: object) -> bool:
    return isinstance(given, tuple | list) and len(given) == _PAIR and all(isinstance(word, str) for word in given)


def _headers(given: Pairs) -> Headers:
    return tuple(_header(name, value) for name, value in _pairs(given))


def _header(name: str, value: str) -> tuple[str, str]:
    if not _TOKEN.fullmatch(name):
        raise UsageError("a header's name must be one word, as in 'X-Key: value'")  # all of it may be a secret
    if not value.isascii() or _SPLITTING.search(value):
        raise UsageError(f"the header {name} cannot be sent: its value must be one line of ASCII")
    if name.lower() in _OURS:
        raise UsageError(f"the header {name} cannot be given: {_OURS[name.lower()]}")
    return name, value.strip()


def _cookie(name: str, value: str) -> tuple[str, str]:
    if not _TOKEN.fullmatch(name):
        raise UsageError("a cookie's name must be one word, as in 'name=value'")
    if not value.isascii() or _NOT_IN_COOKIES.search(value):
        raise UsageError(f"the cookie {name} has a character in its value that cookies cannot have")
    return name, value


def _body(data: str | bytes | Mapping[str, str] | None) -> bytes | None:
    if data is None or isinstance(data, bytes):
        return data
    return (data if isinstance(data, str) else urlencode(data)).encode()


def _check_method(method: str, settings: Settings, body: bytes | None) -> None:
    if not _METHOD.fullmatch(method) or method in _NO_FILE:
        raise UsageError(f"the method {method[:40]!r} brings no file; GET and POST do")
    if method == "GET" and body is not None:
        raise UsageError("GET sends no data; leave the method out, and it is POST")
    several = (settings.connections or 1) > 1 or settings.segment_size is not None
    if method != "GET" and several:
        raise UsageError(f"what answers a {method} comes in one stream; leave out --connections and --segment-size")


def _login(
    url: Url, settings: Settings, given: Login | Bearer | None, auth: AuthScheme | str | None
) -> Login | Bearer | None:
    """Return who we say that we are: as given, by the URL, or by a netrc; `auth` is how, for the latter two."""
    if not isinstance(given, Login | Bearer | None):
        raise UsageError(f"a login must be a Login or a Bearer, not a {type(given).__name__}")
    if given is not None and url.credentials is not None:
        raise UsageError("the URL and another option both give a login; leave one of them out")
    if given is not None and auth is not None:
        raise UsageError("a login says itself how to log in; leave auth out")
    if given is not None:
        return given
    found = _found_login(url, settings)
    if found is None and auth is not None:
        raise UsageError("--auth says how to log in; --user says as whom, or the URL, or a netrc")
    return None if found is None else Login(*found, _scheme(auth))


def _found_login(url: Url, settings: Settings) -> tuple[str, Secret] | None:
    if url.credentials is not None:
        user, password = url.credentials
        return user, Secret(password, what="password")
    if not settings.netrc and settings.netrc_file is None:
        return None
    return netrc_login(url.host, path=settings.netrc_file, environment=os.environ, home=Path.home())


def _scheme(auth: AuthScheme | str | None) -> AuthScheme:
    try:
        return AuthScheme(auth or AuthScheme.ANY)
    except ValueError:
        raise UsageError(f"auth must be one of {', '.join(scheme.value for scheme in AuthScheme)}") from None


def _certificate(given: ClientCertificate | str | Path | None) -> ClientCertificate | None:
    if given is None:
        return None
    certificate = given if isinstance(given, ClientCertificate) else ClientCertificate(Path(given))
    for path in (certificate.certificate, certificate.key):
        if path is not None and not path.expanduser().is_file():
            raise UsageError(f"there is no client certificate or key {path}")
    check_certificates(certificate.certificate.expanduser(), setting="certificate")
    key = None if certificate.key is None else certificate.key.expanduser()
    check_key(certificate.certificate.expanduser(), key, certificate.password)
    return certificate


def _proxy(given: Proxy | str | None) -> Proxy | Direct:
    if given is None or (isinstance(given, str) and given.lower() in {"none", "off"}):
        return Direct.DIRECT
    return given if isinstance(given, Proxy) else parse_proxy(given)
