"""Names that every system takes, made of what strangers call their files; pure.

Nobody who names a file so chooses a place outside its folder, nor a dotfile (invariant 9).
"""

from __future__ import annotations

import re
from binascii import crc32
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote_to_bytes

from rheo.domain.settings import RestrictFilenames
from rheo.domain.url import Url

MOST_BYTES: Final = 255
"""Bytes of a name that every usual file system takes."""

SUFFIX_BYTES: Final = 40
"""Bytes of these that are kept free for what we add: numbers, and at the longest `.damaged.9.part.json.0.new`."""

ROOM: Final = MOST_BYTES - SUFFIX_BYTES
"""Bytes that a safe name has at most."""

_NUMBER_BYTES: Final = 8
"""Bytes of those kept free that are for the number of a name; the rest is for part and record."""

_MOST_FOLDERS: Final = 50
_FOLDER_CHARACTERS: Final = 1000
"""Of all folders of a URL together; file systems take 4,095 bytes of a path, and a character may have four."""

_EXTENSION_BYTES: Final = 16
"""The longest ending, with its dot, that counts as an extension."""

_PLAIN: Final = re.compile(
    r"(?!(?i:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\.|\Z))"
    rf"[A-Za-z0-9_][A-Za-z0-9._-]{{0,{ROOM - 1}}}"
    r"(?<!\.)(?<!(?i:\.(?:part|take|left|done)))(?<!(?i:\.part\.(?:json|live)))(?<!(?i:\.new))"
)
"""Nearly every name, which needs no treatment."""

# Those below are texts, which `re` compiles when a name comes that is not plain: most runs see none.
_SEPARATOR: Final = r"[/\\]"
_FORBIDDEN: Final = (
    '[<>:"|?*'
    "\x00-\x1f\x7f-\x9f"  # control characters
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # they show a name in another order than it has
    "\u2028\u2029\ud800-\udfff]"
)
_BLANKS: Final = " \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_BAD_START: Final = f"{_BLANKS}.-~"
_BAD_END: Final = f"{_BLANKS}."
_DEVICE: Final = r"(?i)(?:con|prn|aux|nul|conin\$|conout\$|com[1-9¹²³]|lpt[1-9¹²³])\s*(?:\.|\Z)"
_OUR_OWN: Final = r"(?i)\.part(?:\.(?:json|live)(?:\.[0-9]\.new)?|\.[0-9a-f]{8}\.(?:take|left|done))?\Z"
"""What we call files beside one that is unfinished: nobody else's file is called so."""

_SHELLS: Final = r"(?i)(?:clock\$|com0|lpt0)\s*(?:\.|\Z)|(?:autorun\.inf|desktop\.ini|thumbs\.db)\Z"
_SHELLS_ENDING: Final = r"(?i)\.(?:lnk|local|scf|url|\{[^{}]*\})\Z"
"""What Windows' Explorer acts upon by itself, shows as something else, or refuses."""

_NOT_ASCII: Final = r"[^ -.0-\[\]-~]"
"""Neither are slashes, which another character may have become."""


def safe_name(name: str, restrict: RestrictFilenames | None = None) -> str | None:
    """Return the name as it can be created in a folder on every system, and only there; None if nothing is left."""
    windows = restrict is RestrictFilenames.WINDOWS
    if _PLAIN.fullmatch(name) and not (windows and (re.match(_SHELLS, name) or re.search(_SHELLS_ENDING, name))):
        return name
    last = re.split(_SEPARATOR, _normal(name))[-1]
    if restrict is RestrictFilenames.ASCII:
        last = _as_ascii(last)
    name = re.sub(_FORBIDDEN, "_", last).lstrip(_BAD_START).rstrip(_BAD_END)
    if not name:
        return None
    if re.match(_DEVICE, name) or (windows and re.match(_SHELLS, name)):
        name = f"_{name}"
    if re.search(_OUR_OWN, name) or (windows and re.search(_SHELLS_ENDING, name)):
        name = f"{name}_"
    return fitted(*split_name(name), room=ROOM)


def name_of(url: Url, restrict: RestrictFilenames | None) -> str | None:
    """Return what the last part of a URL's path calls the file, made safe; None where it calls it nothing."""
    segment = url.target.partition("?")[0].rpartition("/")[2]
    return safe_name(unescaped(segment) if "%" in segment else segment, restrict)


def stopgap_of(url: Url) -> str:
    """Return what a file is called whose URL calls it nothing, as long as nobody knows its type."""
    return "index.html" if url.path == "/" else "download"


def safe_folders(url: Url, restrict: RestrictFilenames | None = None) -> str:
    """Return the folders of a URL's path, made safe, apart by slashes; empty where it has none.

    Of very many a hash takes the place of the last ones.
    """
    segments = [unescaped(segment) if "%" in segment else segment for segment in url.path.split("/")[1:-1]]
    folders = [name for segment in segments if (name := safe_name(re.sub(_SEPARATOR, "_", segment), restrict))]
    path = "/".join(folders[:_MOST_FOLDERS])
    if len(folders) <= _MOST_FOLDERS and len(path) <= _FOLDER_CHARACTERS:
        return path
    kept = path[:_FOLDER_CHARACTERS].rpartition("/")[0]
    return f"{kept}/{crc32(url.path.rpartition('/')[0].encode()):08x}"


def numbered(name: str, number: int) -> str:
    """Return the name for the nth try: `a.iso`, 1 → `a.1.iso`."""
    stem, extension = split_name(name)
    return fitted(stem, f".{number}{extension}", room=ROOM + _NUMBER_BYTES)


def free_number(is_free: Callable[[int], bool]) -> int:
    """Return a number from one on that is free: the lowest, where none was freed again below one that is taken.

    Few are asked for, as a list may have a million files of one name.
    """
    taken, free = 0, 1
    while not is_free(free):
        taken, free = free, 2 * free
    while free - taken > 1:
        middle = (taken + free) // 2
        taken, free = (taken, middle) if is_free(middle) else (middle, free)
    return free


def split_name(name: str) -> tuple[str, str]:
    """Return stem and extension, which begins with its dot or is empty."""
    stem, dot, ending = name.rpartition(".")
    extension = dot + ending
    if not stem or len(extension.encode("utf-8", "surrogateescape")) > _EXTENSION_BYTES:
        return name, ""
    return stem, extension


def fitted(stem: str, ending: str, *, room: int) -> str:
    """Return stem and ending, the stem cut to fit; then a hash of it all keeps two long names apart."""
    name = f"{stem}{ending}"
    data = name.encode("utf-8", "surrogateescape")
    if len(data) <= room:
        return name
    ending = f"-{crc32(data):08x}{ending}"
    kept = stem.encode("utf-8", "surrogateescape")[: room - len(ending.encode("utf-8", "surrogateescape"))]
    return kept.decode("utf-8", "ignore") + ending


def unescaped(segment: str) -> str:
    """Return a part of a URL's path decoded, once; bytes that are no UTF-8 are Latin-1."""
    data = unquote_to_bytes(segment)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _normal(name: str) -> str:
    import unicodedata  # noqa: PLC0415  (costs more than the rest of a small download, and most names are plain)

    return unicodedata.normalize("NFC", name)


def _as_ascii(name: str) -> str:
    """Return the name with letters without their marks, and `_` for everything else that is not printable ASCII."""
    import unicodedata  # noqa: PLC0415  (as above)

    parts = unicodedata.normalize("NFKD", name)
    return re.sub(_NOT_ASCII, "_", "".join(part for part in parts if not unicodedata.category(part).startswith("M")))
