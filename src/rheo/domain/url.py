"""URLs: the only place that takes one apart, so that nobody can disagree on its host (RFC 3986, RFC 9110 4.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple
from urllib.parse import quote, unquote, urljoin

from rheo.domain.errors import InvalidUrlError
from rheo.domain.text import printable

DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_MOST_PORT: Final = 65535
_MOST_HOST: Final = 254
"""Characters of a host: 253 (RFC 1035), and a dot at the end."""
_SHOWN: Final = 100
"""Characters of a rejected URL that its message repeats."""

_LABEL: Final = "[a-z0-9_-]{1,63}"
_HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(//)?")
_PLAIN: Final = re.compile(rf'(https?)://({_HOST.pattern})(?::([1-9][0-9]{{0,4}}))?(/[!"$-~]*)?(?:#[!-~]*)?')
"""Nearly every URL, which needs no treatment."""

_AUTHORITY_END: Final = re.compile("[/?#]")
_SPLITTING: Final = re.compile(r"[\r\n\0]")
_DROPPED: Final = re.compile(r"[\t\r\n\0]")
"""What urljoin would remove unseen."""
_MISPLACED: Final = re.compile(r"[\x00-\x20\x7f-\x9f\\\s\ud800-\udfff]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_PORT: Final = re.compile(r"[0-9]{0,5}")
_BRACKETED: Final = re.compile(r"\[([0-9A-Fa-f:.]*)\](?::(.*))?", re.DOTALL)
_UNSENDABLE: Final = re.compile(r"[^!-~]+")
_USER_INFO: Final = re.compile(r"\A([A-Za-z][A-Za-z0-9+.-]*://)?.*(?:@|%40)", re.DOTALL)


class Origin(NamedTuple):
    """What a secret belongs to: scheme, host and port (invariant 8)."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        if self.port == DEFAULT_PORTS[self.scheme]:
            return f"{self.scheme}://{host}"
        return f"{self.scheme}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Url:
    """A URL that can be fetched; made by `parse_url`."""

    scheme: str
    """`http` or `https`."""
    host: str
    """ASCII in lower case; an IPv6 address has no brackets."""
    port: int
    target: str
    """Path and query as they are sent; begins with a slash."""
    credentials: tuple[str, str] | None = field(default=None, repr=False)
    """User and password, decoded; None where the URL names no user."""
    origin: Origin = field(init=False, repr=False, compare=False)
    """What the credentials, and all other secrets given for this URL, are bound to."""
    text: str = field(init=False, repr=False, compare=False)
    """The URL without user info and fragment."""

    def __post_init__(self) -> None:
        origin = Origin(self.scheme, self.host, self.port)
        object.__setattr__(self, "origin", origin)  # asked for a dozen times a download
        object.__setattr__(self, "text", f"{origin}{self.target}")

    def __str__(self) -> str:
        return self.text

    @property
    def bare(self) -> str:
        """The URL without its query, which may hold a secret."""
        return f"{self.origin}{self.path}"

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def join(self, reference: str) -> Url:
        """Return the URL that a reference found here means (RFC 3986, 5); nobody's credentials travel along."""
        if _DROPPED.search(reference):
            raise InvalidUrlError(f"{_shown(reference)} has a line break, tab or NUL in it; remove that")
        try:
            joined = urljoin(self.text, reference)
        except ValueError:
            raise InvalidUrlError(f"{_shown(reference)} has a host that cannot be one") from None
        url = parse_url(joined)
        return url if url.credentials is None else replace(url, credentials=None)


def parse_url(text: str) -> Url:
    """Return the URL that the text means, or raise InvalidUrlError, which never repeats user info."""
    plain = _PLAIN.fullmatch(text)
    if plain is None:
        return _parse_any(text)
    scheme, host, digits, target = plain.groups()
    port = int(digits) if digits else DEFAULT_PORTS[scheme]
    if port > _MOST_PORT or len(host) > _MOST_HOST:
        return _parse_any(text)
    return Url(scheme, host, port, target or "/")


class _OddError(Exception):
    """Why a text is no URL: a sentence whose subject is the text."""


def _parse_any(text: str) -> Url:
    text = text.strip(" ")
    if not text:
        raise InvalidUrlError("the URL is empty; write one such as https://example.com/a.iso")
    try:
        return _take_apart(text)
    except _OddError as odd:
        raise InvalidUrlError(f"{_shown(text)} {odd}") from None


def _take_apart(text: str) -> Url:
    if _CONTROL.search(text):
        raise _OddError("has a control character in it; remove that")
    scheme, rest = _split_scheme(text)
    authority = _AUTHORITY_END.split(rest, maxsplit=1)[0]
    credentials, host, port = _split_authority(authority)
    target = _target(rest[len(authority) :])
    return Url(scheme, host, DEFAULT_PORTS[scheme] if port is None else port, target, credentials)


def _split_scheme(text: str) -> tuple[str, str]:
    """Return the scheme in lower case, and what follows `://`."""
    found = _SCHEME.match(text)
    bare = text.lstrip("/")
    if found is None or (found[2] is None and ("@" in text or text[found.end() : found.end() + 1].isdigit())):
        raise _OddError(f"has no scheme; write https://{_shown(bare) or 'example.com/'}")  # host:80, user:word@host
    scheme = found[1].lower()
    if scheme not in DEFAULT_PORTS:
        raise _OddError(f"cannot be fetched: rheo fetches http and https, not {scheme[:_SHOWN]}")
    if found[2] is None:
        raise _OddError(f"lacks the two slashes; write {scheme}://{_shown(text[found.end() :].lstrip('/'))}")
    return scheme, text[found.end() :]


def _split_authority(authority: str) -> tuple[tuple[str, str] | None, str, int | None]:
    """Return credentials, host and port; None where one is absent."""
    if _MISPLACED.search(authority):
        raise _OddError("has a blank, backslash or control character before its path; percent-encode or remove that")
    user_info, _, place = authority.rpartition("@")
    if "@" in user_info:
        raise _OddError("has more than one @ before its path; write %40 for one in a user name or password")
    if "[" in place or "]" in place:
        host, digits = _split_address(place)
    else:
        name, _, digits = place.partition(":")
        host = _host(name)
    return _credentials(user_info), host, _port(digits)


def _credentials(user_info: str) -> tuple[str, str] | None:
    if not user_info:
        return None
    user, _, password = user_info.partition(":")
    try:
        decoded = (unquote(user, errors="strict"), unquote(password, errors="strict"))
    except UnicodeDecodeError:
        raise _OddError("has a user name or password that is not UTF-8; percent-encode it as such") from None
    if _CONTROL.search("".join(decoded)):  # RFC 7617, 2
        raise _OddError("has a control character in its user name or password; remove that")
    return decoded


def _split_address(place: str) -> tuple[str, str]:
    """Return an IPv6 address in its short form, and the digits of the port."""
    import ipaddress  # noqa: PLC0415  (such addresses are rare)

    parts = _BRACKETED.fullmatch(place)
    try:
        address = ipaddress.IPv6Address(parts[1] if parts else "")
    except ValueError:
        raise _OddError("has a host in brackets that is no IPv6 address; write https://[2001:db8::1]/") from None
    return str(address), (parts[2] or "") if parts else ""


def _host(name: str) -> str:
    if not name:
        raise _OddError("has no host; write https://example.com/")
    if "%" in name:
        raise _OddError("has a % in its host; write the host without escapes")
    host = (name if name.isascii() else _internationalized(name)).lower()
    if len(host) > _MOST_HOST or not _HOST.fullmatch(host):
        raise _OddError("has a host that cannot be one; it has letters, digits, dashes and single dots")
    return host


def _internationalized(name: str) -> str:
    import idna  # noqa: PLC0415  (such names are rare)

    if len(name) > _MOST_HOST:
        return ""
    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise _OddError("has a host that is no international name; check its spelling") from None


def _port(digits: str) -> int | None:
    if not digits:
        return None
    if not _PORT.fullmatch(digits) or not 0 < int(digits) <= _MOST_PORT:
        raise _OddError("has an impossible port; it must be a number from 1 to 65535, and IPv6 needs brackets")
    return int(digits)


def _target(written: str) -> str:
    """Return path and query as they can be sent; bytes that are no UTF-8 came as surrogates and stay those bytes."""
    target = written.partition("#")[0]
    if not target.startswith("/"):
        target = f"/{target}"
    try:
        return _UNSENDABLE.sub(lambda found: quote(found[0].encode("utf-8", "surrogateescape")), target)
    except UnicodeEncodeError:
        raise _OddError("has half a character in it; percent-encode it") from None


def _shown(text: str) -> str:
    """Return what may be repeated of a text: up to its last @ all of it might be a password."""
    return printable(_USER_INFO.sub(r"\1…@", text, count=1)[:_SHOWN])
