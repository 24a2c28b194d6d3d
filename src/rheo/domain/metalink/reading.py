"""What the elements of a Metalink say of its files; version 4 (RFC 5854, 4).

What is merely not for us, such as torrents and unknown hashes, is left out with a note. What is wrong and could make a
wrong file is an OddError: a name that leads elsewhere, a hash that is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rheo.domain.checksum import Checksum, algorithm_named, parse_checksum
from rheo.domain.errors import InvalidChecksumError
from rheo.domain.metalink.document import Element, OddError, shown
from rheo.domain.metalink.sources import sources_of
from rheo.domain.metalink.values import MetalinkFile
from rheo.domain.pieces import Pieces
from rheo.domain.url import Url

MOST_FILES: Final = 10_000
_LONGEST_NAME: Final = 1_000
_MOST_TYPES: Final = 5
"""Unknown types of hashes that a note tells."""

_NUMBER: Final = re.compile(r"[0-9]{1,18}")
"""What every file system can count."""
_SEPARATOR: Final = re.compile(r"[/\\]")
_ABSOLUTE: Final = re.compile(r"[/\\]|[A-Za-z]:")
_UP: Final = ".."

STRONGEST_FIRST: Final = (
    "sha512",
    "sha3-512",
    "blake2b",
    "sha384",
    "sha3-384",
    "sha256",
    "sha3-256",
    "blake2s",
    "sha224",
    "sha3-224",
    "sha1",
    "md5",
    "crc32",
)


def files_of(root: Element, base: Url | None) -> Iterator[MetalinkFile]:
    """Yield the files in their order, each with another name; `base` is what relative URLs are relative to."""
    names: set[str] = set()
    for file in root.all("file"):
        if len(names) == MOST_FILES:
            raise OddError(f"has more than {MOST_FILES} files", line=file.line)
        name = _name(file)
        if name in names:
            raise OddError(f"<file> {shown(name)} is there twice", line=file.line)
        names.add(name)
        yield _file(file, name, base)
    if not names:
        raise OddError("names no file", line=root.line)


def _file(file: Element, name: str, base: Url | None) -> MetalinkFile:
    size = _size(file, name)
    hashes, unknown = _hashes(file, name)
    pieces, not_known = _pieces(file, name, size)
    sources, notes = sources_of(file, name, base)
    return MetalinkFile(
        name=name,
        size=size,
        hashes=hashes,
        pieces=pieces,
        sources=sources,
        notes=(*notes, *_notes_on(unknown | not_known, name, verified=bool(hashes))),
    )


def _name(file: Element) -> str:
    """Return the name as written; raises OddError for one that is none, or that leads elsewhere (RFC 5854, 4.1.2.1)."""
    name = file.attributes.get("name", "")
    if not name:
        raise OddError("<file> has no name", line=file.line)
    if len(name) > _LONGEST_NAME:
        raise OddError(f"<file> has a name of more than {_LONGEST_NAME} characters", line=file.line)
    parts = [part.strip() for part in _SEPARATOR.split(name)]
    if _ABSOLUTE.match(name):
        complaint = "is absolute; it must lie in the download folder"
    elif _UP in parts:
        complaint = "leads out of the download folder"
    elif not all(part.strip(".") for part in parts):
        complaint = "has a part that is no name"
    else:
        return name
    raise OddError(f"the name of <file> {shown(name)} {complaint}", line=file.line)


def _size(file: Element, name: str) -> int | None:
    size = file.only("size")
    if size is None:
        return None
    if _NUMBER.fullmatch(size.text) is None:
        raise OddError(f"<size> of {shown(name)} is no number of bytes: {shown(size.text)}", line=size.line)
    return int(size.text)


def _hashes(file: Element, name: str) -> tuple[tuple[Checksum, ...], frozenset[str]]:
    """Return the hashes, the strongest first, and the types that are not known."""
    known: dict[str, Checksum] = {}
    unknown = set()
    for element in file.all("hash"):
        algorithm = algorithm_named(element.attributes.get("type", ""))
        if algorithm is None:
            unknown.add(element.attributes.get("type", ""))
            continue
        checksum = _checksum(element, algorithm, name)
        if known.setdefault(algorithm, checksum) != checksum:
            raise OddError(f"<hash> of {shown(name)} by {algorithm} is there twice and differs", line=element.line)
    return tuple(known[algorithm] for algorithm in STRONGEST_FIRST if algorithm in known), frozenset(unknown)


def _pieces(file: Element, name: str, size: int | None) -> tuple[Pieces | None, frozenset[str]]:
    """Return the pieces of the strongest type, and the types that are not known."""
    known: dict[str, Pieces] = {}
    unknown = set()
    for element in file.all("pieces"):
        algorithm = algorithm_named(element.attributes.get("type", ""))
        if algorithm is None:
            unknown.add(element.attributes.get("type", ""))
        elif pieces := _pieces_in(element, algorithm, name, size):
            known[algorithm] = pieces
    strongest = next((known[algorithm] for algorithm in STRONGEST_FIRST if algorithm in known), None)
    return strongest, frozenset(unknown)


def _pieces_in(element: Element, algorithm: str, name: str, size: int | None) -> Pieces | None:
    """Return the pieces of one type; None where there are none, or nothing that could have any."""
    length = element.attributes.get("length", "")
    if _NUMBER.fullmatch(length) is None or not int(length):
        raise OddError(f"<pieces> of {shown(name)} has no length: {shown(length)}", line=element.line)
    digests = tuple(_checksum(one, algorithm, name).digest for one in element.all("hash"))
    if not digests or size == 0:
        return None
    pieces = Pieces(algorithm=algorithm, length=int(length), digests=digests)
    if size is not None and not pieces.cover(size):
        told = f"{len(pieces)} of {length} bytes are not those of a file of {size} bytes"
        raise OddError(f"<pieces> of {shown(name)}: {told}", line=element.line)
    return pieces


def _checksum(element: Element, algorithm: str, name: str) -> Checksum:
    try:
        return parse_checksum(f"{algorithm}:{element.text}")
    except InvalidChecksumError as error:
        raise OddError(f"<hash> of {shown(name)}: {error.message}", line=element.line) from None


def _notes_on(unknown: frozenset[str], name: str, *, verified: bool) -> Iterator[str]:
    if not unknown:
        return
    types = ", ".join(map(shown, sorted(unknown)[:_MOST_TYPES]))
    rest = "" if verified else ", so that nothing verifies the whole file"
    yield f"{shown(name)}: hashes of unknown types are left out ({types}){rest}"
