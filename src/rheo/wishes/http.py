"""What a caller says of one download's requests, checked before anything is sent."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import UnionType
from typing import Final, TypedDict
from urllib.parse import urlencode

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


class RequestKeywords(TypedDict, total=False):
    """What may be said of one download's requests. All but `public_headers` stays with the URL's origin."""

    headers: Pairs
    """Request headers; an empty value leaves out one that rheo would send. `Accept…` and `User-Agent` are public."""
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
    referer: str | None
    """The page that the file is linked from; None sends none; left out, it is as the settings say."""
    proxy: Proxy | str | None
    """None goes without one; left out, it is as the settings say."""


def http_wishes(said: HttpKeywords) -> HttpWishes:
    """Return the wishes, whatever the URL, or raise the UsageError that says what is wrong, without any secret."""
    body, method = _body(said.get("data")), _method(said)
    _check_method(method, body)
    given, public = _headers(said.get("headers", ())), _headers(said.get("public_headers", ()))
    headers = [one for one in given if not _is_public(one[0])]
    if "referer" in said:
        headers.append(_referer(said["referer"]))
    login, insecure = said.get("login"), said.get("insecure", False)
    _check(login, Login | Bearer | None, "a login must be a Login or a Bearer")
    _check(insecure, bool, "insecure must be True or False")
    return HttpWishes(
        method=method,
        body=body,
        headers=tuple(headers),
        public_headers=(*public, *(one for one in given if _is_public(one[0]))),
        cookies=tuple(_cookie(name, value) for name, value in _pairs(said.get("cookies", ()))),
        login=login,
        certificate=_certificate(said.get("certificate")),
        insecure=insecure,
        proxy=_proxy(said["proxy"]) if "proxy" in said else None,
    )


def logged_in(wishes: HttpWishes, url: Url, settings: Settings, auth: AuthScheme | str | None) -> HttpWishes:
    """Return the wishes for one URL: with the login that it or a netrc has, if any; `auth` says how to use that.

    Raises the UsageError of logins that contradict each other.
    """
    authorized = any(name.lower() == "authorization" for name, _ in (*wishes.headers, *wishes.public_headers))
    netrc = not authorized and (settings.netrc or settings.netrc_file is not None)
    login = _login(url, wishes.login, auth, settings.netrc_file, netrc=netrc)
    if login is not None and authorized:
        raise UsageError("an Authorization header and a login contradict each other; leave one of them out")
    return wishes if login is wishes.login else replace(wishes, login=login)


def check_one_stream(said: RequestKeywords, settings: Settings, *, given: Mapping[str, object]) -> None:
    """Raise UsageError where settings `given` in the same breath, by name, want several connections for data's answer.

    Where they stand elsewhere, they are for other downloads.
    """
    connections = settings.connections if given.get("connections") is not None else None
    several = (connections or 1) > 1 or (given.get("segment_size") is not None and settings.segment_size is not None)
    method = _method(said)
    if method != "GET" and several:
        raise UsageError(f"what answers a {method} comes in one stream; leave out --connections and --segment-size")


def sendable(given: Pairs) -> Headers:
    """Return headers that requests may carry; raises UsageError, which repeats nothing of a value."""
    return _headers(given)


def _check(given: object, kind: type | UnionType, rule: str) -> None:
    """Raise UsageError where something is not of the kind that it must be; nothing of it is repeated."""
    if not isinstance(given, kind):
        raise UsageError(f"{rule}, not a {type(given).__name__}")


def _pairs(given: Pairs) -> Sequence[tuple[str, str]]:
    _check(given, Iterable, "headers and cookies must be names and values, both str")
    pairs = list(given.items() if isinstance(given, Mapping) else given)
    if not all(map(_is_pair, pairs)):
        raise UsageError("headers and cookies must be names and values, both str")  # either may be a secret
    return pairs


def _is_pair(given: object) -> bool:
    return isinstance(given, tuple | list) and len(given) == _PAIR and all(isinstance(word, str) for word in given)


def _headers(given: Pairs) -> Headers:
    pairs = _pairs(given)
    for name, value in pairs:
        check_header(name, value)
    return tuple((name, _value(name, value.strip())) for name, value in pairs)


def check_header(name: str, value: str) -> None:
    """Raise UsageError where a header cannot be sent, or only by the engine; nothing of the value is repeated."""
    if not _TOKEN.fullmatch(name):
        raise UsageError("a header's name must be one word, as in 'X-Key: value'")  # all of it may be a secret
    if not value.isascii() or _SPLITTING.search(value):
        raise UsageError(f"the header {name} cannot be sent: its value must be one line of ASCII")
    if name.lower() in _OURS:
        raise UsageError(f"the header {name} cannot be given: {_OURS[name.lower()]}")


def _value(name: str, value: str) -> str:
    return without_user_info(value) if name.lower() == "referer" else value


def _referer(page: str | None) -> tuple[str, str]:
    _check(page, str | None, "the referer must be a str")
    value = without_user_info(page or "")
    check_header("Referer", value)
    return "Referer", value


def _is_public(name: str) -> bool:
    """Whether a header says what we are and take, which is nobody's secret."""
    return name.lower().startswith("accept") or name.lower() == "user-agent"


def _cookie(name: str, value: str) -> tuple[str, str]:
    from rheo.domain.cookies import complaint_of_pair  # noqa: PLC0415  (few give any)

    complaint = complaint_of_pair(name, value) if name else "the cookie has no name"
    if complaint is not None:
        raise UsageError(complaint)
    return name, value


def _body(data: str | bytes | Mapping[str, str] | None) -> bytes | None:
    if data is None or isinstance(data, bytes):
        return data
    _check(data, str | Mapping, "the data must be bytes, a str, or a form's fields")
    try:
        return (data if isinstance(data, str) else urlencode(data)).encode()
    except UnicodeEncodeError:
        raise UsageError("the data is not in UTF-8; give it as bytes") from None


def _method(said: RequestKeywords) -> str:
    method = said.get("method", "GET" if said.get("data") is None else "POST")
    _check(method, str, "the method must be a str")
    return method


def _check_method(method: str, body: bytes | None) -> None:
    if not _METHOD.fullmatch(method) or method in _NO_FILE:
        raise UsageError(f"the method {method[:40]!r} brings no file; GET and POST do")
    if method == "GET" and body is not None:
        raise UsageError("GET sends no data; leave the method out, and it is POST")


def _login(
    url: Url,
    given: Login | Bearer | None,
    auth: AuthScheme | str | None,
    netrc_file: Path | None,
    *,
    netrc: bool,
) -> Login | Bearer | None:
    """Return who we say that we are: as given, by the URL, or by a netrc; `auth` is how, for the latter two."""
    if given is not None and url.credentials is not None:
        raise UsageError("the URL and another option both give a login; leave one of them out")
    if given is not None and auth is not None:
        raise UsageError("a login says itself how to log in; leave auth out")
    if given is not None:
        return given
    found = _found_login(url, netrc_file, netrc=netrc)
    if found is None and auth is not None:
        raise UsageError("--auth says how to log in; --user says as whom, or the URL, or a netrc")
    return None if found is None else Login(*found, _scheme(auth))


def _found_login(url: Url, netrc_file: Path | None, *, netrc: bool) -> tuple[str, Secret] | None:
    """Return user and password of the URL; where it has no password, what a netrc has for it, as in curl."""
    user, password = url.credentials or (None, "")
    found = None
    if netrc and not password:
        from rheo.config.netrc import netrc_login  # noqa: PLC0415  (few want it)

        found = netrc_login(url.host, user, path=netrc_file, environment=os.environ, home=Path.home())
    return found if found is not None or user is None else (user, Secret(password, what="password"))


def _scheme(auth: AuthScheme | str | None) -> AuthScheme:
    try:
        return AuthScheme(auth or AuthScheme.ANY)
    except ValueError:
        raise UsageError(f"auth must be one of {', '.join(scheme.value for scheme in AuthScheme)}") from None


def _certificate(given: ClientCertificate | str | Path | None) -> ClientCertificate | None:
    if given is None:
        return None
    _check(given, ClientCertificate | str | Path, "a client certificate must be a ClientCertificate or a path")
    said = given if isinstance(given, ClientCertificate) else ClientCertificate(Path(given))
    key = None if said.key is None else said.key.expanduser()
    certificate = replace(said, certificate=said.certificate.expanduser(), key=key)
    for path in (certificate.certificate, certificate.key):
        if path is not None and not path.is_file():
            raise UsageError(f"there is no client certificate or key {path}")
    from rheo.config.pem import check_certificates, check_key  # noqa: PLC0415  (few have one)

    check_certificates(certificate.certificate, setting="certificate")
    check_key(certificate.certificate, certificate.key, certificate.password)
    return certificate


def _proxy(given: Proxy | str | None) -> Proxy | Direct:
    if given is None or (isinstance(given, str) and given.lower() in {"none", "off"}):
        return Direct.DIRECT
    _check(given, Proxy | str, "a proxy must be a Proxy or its URL")
    return given if isinstance(given, Proxy) else parse_proxy(given)
