"""The extension that a media type gives to a name that has none.

A table of our own: what Python knows differs with the machine's files, and a name must not. No type of programs,
packages or scripts is in it: a server makes no name something to run by a word on the side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_ENDING: Final = re.compile(r"\.[^\s.]{1,15}\Z")

_OF_APPLICATION: Final = {
    "epub+zip": "epub",
    "gpx+xml": "gpx",
    "gzip": "gz",
    "json": "json",
    "ld+json": "jsonld",
    "geo+json": "geojson",
    "metalink4+xml": "meta4",
    "msword": "doc",
    "pdf": "pdf",
    "pgp-signature": "sig",
    "postscript": "ps",
    "rtf": "rtf",
    "vnd.apache.parquet": "parquet",
    "vnd.ms-excel": "xls",
    "vnd.ms-powerpoint": "ppt",
    "vnd.oasis.opendocument.presentation": "odp",
    "vnd.oasis.opendocument.spreadsheet": "ods",
    "vnd.oasis.opendocument.text": "odt",
    "vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "vnd.rar": "rar",
    "vnd.sqlite3": "sqlite",
    "wasm": "wasm",
    "x-7z-compressed": "7z",
    "x-bittorrent": "torrent",
    "x-bzip2": "bz2",
    "x-gzip": "gz",
    "x-iso9660-image": "iso",
    "x-rar-compressed": "rar",
    "x-tar": "tar",
    "x-xz": "xz",
    "x-zip-compressed": "zip",
    "xml": "xml",
    "zip": "zip",
    "zstd": "zst",
}
_OF_AUDIO: Final = {
    "aac": "aac",
    "flac": "flac",
    "mp4": "m4a",
    "mpeg": "mp3",
    "ogg": "ogg",
    "wav": "wav",
    "x-flac": "flac",
    "x-wav": "wav",
}
_OF_FONT: Final = {"otf": "otf", "ttf": "ttf", "woff": "woff", "woff2": "woff2"}
_OF_IMAGE: Final = {
    "avif": "avif",
    "bmp": "bmp",
    "gif": "gif",
    "heic": "heic",
    "jpeg": "jpg",
    "png": "png",
    "svg+xml": "svg",
    "tiff": "tif",
    "vnd.microsoft.icon": "ico",
    "webp": "webp",
    "x-icon": "ico",
}
_OF_TEXT: Final = {"calendar": "ics", "csv": "csv", "markdown": "md", "vcard": "vcf", "xml": "xml"}
_OF_VIDEO: Final = {
    "mp4": "mp4",
    "mpeg": "mpg",
    "ogg": "ogv",
    "quicktime": "mov",
    "webm": "webm",
    "x-matroska": "mkv",
    "x-msvideo": "avi",
}
_EXTENSIONS: Final = {
    f"{kind}/{subtype}": f".{ending}"
    for kind, subtypes in {
        "application": _OF_APPLICATION,
        "audio": _OF_AUDIO,
        "font": _OF_FONT,
        "image": _OF_IMAGE,
        "text": _OF_TEXT,
        "video": _OF_VIDEO,
    }.items()
    for subtype, ending in subtypes.items()
}
"""Neither text/plain nor text/html: servers say so of whatever they do not know, and of error pages."""

_OF_STOPGAPS: Final = {**_EXTENSIONS, "text/plain": ".txt", "text/html": ".html"}
_TYPES: Final = {ending: kind for kind, ending in _OF_STOPGAPS.items()} | {".htm": "text/html"}


def has_extension(name: str) -> bool:
    """Whether a name ends as names with an extension do; `v1.2` does, as nobody can tell."""
    return _ENDING.search(name) is not None


def extension_of(kind: str | None, *, stopgap: bool = False) -> str:
    """Return a media type's extension with its dot, or nothing; a `stopgap` of a name takes what it can get."""
    return (_OF_STOPGAPS if stopgap else _EXTENSIONS).get(kind or "", "")


def type_of(name: str) -> str | None:
    """Return the media type that a server will probably call a name's file; None for one that none is known of."""
    found = _ENDING.search(name)
    return None if found is None else _TYPES.get(found[0].lower())


def all_extensions() -> Iterator[str]:
    """Yield each extension that a type may give."""
    yield from dict.fromkeys(_EXTENSIONS.values())
