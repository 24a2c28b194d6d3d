"""URLs: the only place that takes one apart, so that nobody can disagree on its host (RFC 3986, RFC 9110 4.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from rheo.domain.authority import (
    CONTROL,
    HOST,
    MOST_HOST,
    MOST_PORT,
    SHOWN,
    OddError,
    bracketed,
    shown,
    split_authority,
)
from rheo.domain.errors import InvalidUrlError

DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(//)?")
_PLAIN: Final = re.compile(rf'(https?)://({HOST.pattern})(?::([1-9][0-9]{{0,4}}))?(/[!"$-~]*)?(?:#[!-~]*)?')
"""Nearly every URL, which needs no treatment."""

_AUTHORITY_END: Final = re.compile("[/?#]")
_SPLITTING: Final = re.compile(r"[\r\n\0]")
_DROPPED: Final = re.compile(r"[\t\r\n\0]")
"""What browsers remove unseen, so that no two would agree on what is left."""
_REFERER: Final = re.compile(r"\A((?:(?:[A-Za-z][A-Za-z0-9+.-]*:)?//)?)[^/?#]*@")
_UNSENDABLE: Final = re.compile(r"[^!-~]+")


class Origin(NamedTuple):
    """What a secret belongs to: scheme, host and port (invariant 8)."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = bracketed(self.host)
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

    def __hash__(self) -> int:
        return hash(self.text)  # which a text remembers

    def __str__(self) -> str:
        return self.text

    @property
    def public(self) -> Url:
        """The same without user and password."""
        return self if self.credentials is None else replace(self, credentials=None)

    @property
    def bare(self) -> str:
        """The URL without its query, which may hold a secret."""
        return f"{self.origin}{self.path}"

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def name(self) -> str:
        """The last part of the path, decoded; empty for a folder's. Bytes that are no UTF-8 become surrogates."""
        return unquote_to_bytes(self.path.rpartition("/")[2]).decode("utf-8", "surrogateescape")

    def join(self, reference: str) -> Url:
        """Return the URL that a reference found here means (RFC 3986, 5); nobody's credentials travel along."""
        if _DROPPED.search(reference):
            raise InvalidUrlError(f"{shown(reference)} has a line break, tab or NUL in it; remove that")
        url = parse_url(self._absolute(reference.strip(" ")))
        path, mark, query = url.target.partition("?")
        return replace(url, target=f"{_without_dots(path)}{mark}{query}", credentials=None)

    def _absolute(self, reference: str) -> str:
        """Return the reference with what it leaves out (RFC 3986, 5.2.2)."""
        scheme = _SCHEME.match(reference)
        if scheme is not None and scheme[2] is None and scheme[1].lower() == self.scheme:
            reference = reference[scheme.end() :]  # as old pages have it (5.4.2)
        elif scheme is not None:
            return reference
        if reference.startswith("//"):
            return f"{self.scheme}:{reference}"
        path = reference.partition("#")[0].partition("?")[0]
        if reference.startswith("/"):
            before = ""
        elif path:
            before = f"{self.path.rpartition('/')[0]}/"
        else:
            before = self.path if reference.startswith("?") else self.target
        return f"{self.origin}{before}{reference}"


def parse_url(text: str) -> Url:
    """Return the URL that the text means, or raise InvalidUrlError, which never repeats user info."""
    plain = _PLAIN.fullmatch(text)
    if plain is None:
        return _parse_any(text)
    scheme, host, digits, target = plain.groups()
    port = int(digits) if digits else DEFAULT_PORTS[scheme]
    if port > MOST_PORT or len(host) > MOST_HOST:
        return _parse_any(text)
    return Url(scheme, host, port, target or "/")


def without_user_info(page: str) -> str:
    """Return a page's URL as a Referer may have it: without user, password and fragment (RFC 9110, 10.1.3)."""
    return _REFERER.sub(r"\1", page).partition("#")[0]


def _without_dots(path: str) -> str:
    """Return a path with its `.` and `..` followed (RFC 3986, 5.2.4); empty segments are segments."""
    segments: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del segments[-1:]
        elif segment != ".":
            segments.append(segment)
    if path.endswith(("/.", "/..")):
        segments.append("")
    return f"/{'/'.join(segments)}"


def _parse_any(text: str) -> Url:
    text = text.strip(" ")
    if not text:
        raise InvalidUrlError("the URL is empty; write one such as https://example.com/a.iso")
    try:
        return _take_apart(text)
    except OddError as odd:
        raise InvalidUrlError(f"{shown(text)} {odd}") from None


def _take_apart(text: str) -> Url:
    if CONTROL.search(text):
        raise OddError("has a control character in it; remove that")
    scheme, rest = _split_scheme(text)
    authority = _AUTHORITY_END.split(rest, maxsplit=1)[0]
    credentials, host, port = split_authority(authority, example="https://example.com/")
    target = _target(rest[len(authority) :])
    return Url(scheme, host, DEFAULT_PORTS[scheme] if port is None else port, target, credentials)


def _split_scheme(text: str) -> tuple[str, str]:
    """Return the scheme in lower case, and what follows `://`."""
    found = _SCHEME.match(text)
    if text[:1] in {"<", '"', "'", "("} and _SCHEME.match(text, 1):
        raise OddError(f"begins with {text[0]} before its scheme; write the URL alone")
    bare = text.lstrip("/")
    if found is None or (found[2] is None and ("@" in text or text[found.end() : found.end() + 1].isdigit())):
        raise OddError(f"has no scheme; write https://{shown(bare) or 'example.com/'}")  # host:80, user:word@host
    scheme = found[1].lower()
    if scheme not in DEFAULT_PORTS:
        raise OddError(f"cannot be fetched: rheo fetches http and https, not {scheme[:SHOWN]}")
    if found[2] is None:
        raise OddError(f"lacks the two slashes; write {scheme}://{shown(text[found.end() :].lstrip('/'))}")
    return scheme, text[found.end() :]


def _target(written: str) -> str:
    """Return path and query as they can be sent; bytes that are no UTF-8 came as surrogates and stay those bytes."""
    target = written.partition("#")[0]
    if not target.startswith("/"):
        target = f"/{target}"
    try:
        return _UNSENDABLE.sub(lambda found: quote(found[0].encode("utf-8", "surrogateescape")), target)
    except UnicodeEncodeError:
        raise OddError("has half a character in it; percent-encode it") from None
