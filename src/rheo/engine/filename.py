"""What to call a file: a name that server and URL suggest and that is safe on every system.

A server chooses neither a place outside the folder nor a dotfile (invariant 9). A name is decoded once, then
cut to its last part, then made safe, then given its type's extension if it has none, in this order.
"""

from __future__ import annotations

import re
from binascii import crc32
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote_to_bytes

from rheo.domain.naming import NameSource
from rheo.domain.settings import RestrictFilenames
from rheo.domain.url import Url
from rheo.engine.extensions import all_extensions, extension_of, has_extension
from rheo.transport.headers import media_type

MOST_BYTES: Final = 255
"""Bytes of a name that every usual file system takes."""

SUFFIX_BYTES: Final = 40
"""Bytes of these that are kept free for what we add: numbers, and at the longest `.damaged.9.part.json.0.new`."""

_ROOM: Final = MOST_BYTES - SUFFIX_BYTES
_NUMBER_BYTES: Final = 8
"""Bytes of those kept free that are for the number of a name; the rest is for part and record."""

_EXTENSION_BYTES: Final = 16
"""The longest ending, with its dot, that counts as an extension."""

_PLAIN: Final = re.compile(
    r"(?!(?i:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\.|\Z))"
    rf"[A-Za-z0-9_][A-Za-z0-9._-]{{0,{_ROOM - 1}}}"
    r"(?<!\.)(?<!(?i:\.(?:part|take|left|done)))(?<!(?i:\.part\.(?:json|live)))(?<!(?i:\.new))"
)
"""Nearly every name, which needs no treatment."""

_SEPARATOR: Final = re.compile(r"[/\\]")
_FORBIDDEN: Final = re.compile(
    '[<>:"|?*'
    "\x00-\x1f\x7f-\x9f"  # control characters
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # they show a name in another order than it has
    "\u2028\u2029\ud800-\udfff]"
)
_BLANKS: Final = " \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_BAD_START: Final = f"{_BLANKS}.-~"
_BAD_END: Final = f"{_BLANKS}."
_DEVICE: Final = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[1-9¹²³]|lpt[1-9¹²³])\s*(?:\.|\Z)", re.IGNORECASE)
_OUR_OWN: Final = re.compile(
    r"\.part(?:\.(?:json|live)(?:\.[0-9]\.new)?|\.[0-9a-f]{8}\.(?:take|left|done))?\Z", re.IGNORECASE
)
"""What we call files beside one that is unfinished: nobody else's file is called so."""

_SHELLS: Final = re.compile(
    r"(?:clock\$|com0|lpt0)\s*(?:\.|\Z)|(?:autorun\.inf|desktop\.ini|thumbs\.db)\Z", re.IGNORECASE
)
_SHELLS_ENDING: Final = re.compile(r"\.(?:lnk|local|scf|url|\{[^{}]*\})\Z", re.IGNORECASE)
"""What Windows' Explorer acts upon by itself, shows as something else, or refuses."""

_NOT_ASCII: Final = re.compile(r"[^ -.0-\[\]-~]")
"""Neither are slashes, which another character may have become."""


def choose_name(
    *,
    disposition: str | None,
    url: Url,
    content_type: str | None,
    redirected: Url | None = None,
    restrict: RestrictFilenames | None = None,
) -> str:
    """Return a safe name: the server's, else that of a URL, else one that always serves.

    `url` is the one that the user gave; `redirected`, where it may choose, goes before it.
    """
    return name_and_source(
        disposition=disposition, url=url, content_type=content_type, redirected=redirected, restrict=restrict
    )[0]


def name_and_source(
    *,
    disposition: str | None,
    url: Url,
    content_type: str | None,
    redirected: Url | None = None,
    restrict: RestrictFilenames | None = None,
) -> tuple[str, NameSource]:
    """Return the same, and who chose it."""
    given = _told(disposition) if disposition else None
    name, source = safe_name(given, restrict) if given else None, NameSource.HEADER
    if name is None and redirected is not None:
        name, source = _name_of(redirected, restrict), NameSource.REDIRECT
    if name is None:
        name, source = _name_of(url, restrict), NameSource.URL
    if name is not None and has_extension(name):
        return name, source
    kind = None if content_type is None else media_type(content_type)
    if name is None:
        return _stopgap(url, kind), NameSource.TYPE
    extension = "" if kind is None else extension_of(kind)
    return _fitted(name, extension, room=_ROOM) if extension else name, source


def _told(disposition: str) -> str | None:
    from rheo.transport.disposition import disposition_filename  # noqa: PLC0415  (most answers say nothing)

    return disposition_filename(disposition)


def possible_names(name: str) -> Iterator[str]:
    """Yield what a name that a URL suggests may become once the type is known, the name itself first."""
    yield name
    if not has_extension(name):
        yield from (_fitted(name, extension, room=_ROOM) for extension in all_extensions())


def safe_name(name: str, restrict: RestrictFilenames | None = None) -> str | None:
    """Return the name as it can be created in a folder on every system, and only there; None if nothing is left."""
    windows = restrict is RestrictFilenames.WINDOWS
    if _PLAIN.fullmatch(name) and not (windows and (_SHELLS.match(name) or _SHELLS_ENDING.search(name))):
        return name
    last = _SEPARATOR.split(_normal(name))[-1]
    if restrict is RestrictFilenames.ASCII:
        last = _as_ascii(last)
    name = _FORBIDDEN.sub("_", last).lstrip(_BAD_START).rstrip(_BAD_END)
    if not name:
        return None
    if _DEVICE.match(name) or (windows and _SHELLS.match(name)):
        name = f"_{name}"
    if _OUR_OWN.search(name) or (windows and _SHELLS_ENDING.search(name)):
        name = f"{name}_"
    return _fitted(*_split(name), room=_ROOM)


def numbered(name: str, number: int) -> str:
    """Return the name for the nth try: `a.iso`, 1 → `a.1.iso`."""
    stem, extension = _split(name)
    return _fitted(stem, f".{number}{extension}", room=_ROOM + _NUMBER_BYTES)


def _normal(name: str) -> str:
    import unicodedata  # noqa: PLC0415  (costs more than the rest of a small download, and most names are plain)

    return unicodedata.normalize("NFC", name)


def _as_ascii(name: str) -> str:
    """Return the name with letters without their marks, and `_` for everything else that is not printable ASCII."""
    import unicodedata  # noqa: PLC0415  (as above)

    parts = unicodedata.normalize("NFKD", name)
    return _NOT_ASCII.sub("_", "".join(part for part in parts if not unicodedata.category(part).startswith("M")))


def _name_of(url: Url, restrict: RestrictFilenames | None) -> str | None:
    segment = url.target.partition("?")[0].rpartition("/")[2]
    return safe_name(_unescaped(segment) if "%" in segment else segment, restrict)


def _unescaped(segment: str) -> str:
    data = unquote_to_bytes(segment)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _stopgap(url: Url, kind: str | None) -> str:
    page = url.path == "/" if kind is None else kind == "text/html"
    return "index.html" if page else f"download{extension_of(kind, stopgap=True)}"


def _split(name: str) -> tuple[str, str]:
    """Return stem and extension, which begins with its dot or is empty."""
    stem, dot, ending = name.rpartition(".")
    extension = dot + ending
    if not stem or len(extension.encode("utf-8", "surrogateescape")) > _EXTENSION_BYTES:
        return name, ""
    return stem, extension


def _fitted(stem: str, ending: str, *, room: int) -> str:
    """Return stem and ending, the stem cut to fit; then a hash of it all keeps two long names apart."""
    name = f"{stem}{ending}"
    data = name.encode("utf-8", "surrogateescape")
    if len(data) <= room:
        return name
    ending = f"-{crc32(data):08x}{ending}"
    kept = stem.encode("utf-8", "surrogateescape")[: room - len(ending.encode("utf-8", "surrogateescape"))]
    return kept.decode("utf-8", "ignore") + ending
