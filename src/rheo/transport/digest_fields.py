"""The digests that a head announces: by RFC 9530, by what was before it, and by the large stores' own headers.

All of it is text from strangers: what is odd is left out, or told as it came.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from rheo.domain.field_values import split

if TYPE_CHECKING:
    from rheo.domain.announced_digest import AnnouncedDigest  # loaded where somebody wants to be told of them

_STRUCTURED: Final = ("repr-digest", "content-digest")
_LISTS: Final = ("digest", "x-goog-hash")
"""RFC 3230, 4.3.2; and Google's, which is like it."""
_SINGLE: Final = {
    "content-md5": "md5",
    **{
        f"x-amz-checksum-{algorithm}": algorithm
        for algorithm in ("sha256", "sha1", "sha512", "md5", "crc32", "crc32c", "crc64nvme")
    },
}
"""Headers that are one digest, and its algorithm."""

FIELDS: Final = frozenset({*_STRUCTURED, *_LISTS, *_SINGLE})
"""All fields that announce digests, in lower case."""
_LENGTHS: Final = {
    **dict.fromkeys(("crc32", "crc32c"), 4),
    "crc64nvme": 8,
    "md5": 16,
    **dict.fromkeys(("sha", "sha1", "sha-1"), 20),
    **dict.fromkeys(("sha256", "sha-256"), 32),
    **dict.fromkeys(("sha512", "sha-512"), 64),
}
"""How long digests are; those of other algorithms are told as they came."""

_PARTS: Final = re.compile(r"-[0-9]{1,5}\Z")
"""What Amazon puts behind the digest of a file that came in parts: how many."""

_LONGEST: Final = 200
"""Characters of a digest; a longer one is none."""
_MOST: Final = 32
"""Digests of one field that are told."""


def announced_digests(fields: Mapping[str, str]) -> tuple[AnnouncedDigest, ...]:
    """Return them in this file's order; names of fields are in lower case."""
    from rheo.domain.announced_digest import AnnouncedDigest  # noqa: PLC0415  (few want to be told)

    return tuple(
        AnnouncedDigest(algorithm, digest, field)
        for algorithm, written, field in _announced(fields)
        if algorithm and 0 < len(written) <= _LONGEST and (digest := _digest(algorithm, written, field)) is not None
    )


def _announced(fields: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield algorithm, digest as written, and field."""
    for field in _STRUCTURED:
        members = ((name, _bytes(written)) for name, written in _members(fields.get(field, "")))
        yield from ((name, written, field) for name, written in members)
    for field in _LISTS:
        yield from ((name, written, field) for name, written in _members(fields.get(field, "")))
    yield from ((algorithm, fields[field], field) for field, algorithm in _SINGLE.items() if field in fields)


def _bytes(written: str) -> str:
    """Return what stands between the colons (RFC 8941, 3.3.5), parameters left out; nothing for other values."""
    value = written.partition(";")[0].strip(" \t")
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == ":" else ""


def _members(value: str) -> Iterator[tuple[str, str]]:
    for piece in split(value, ",")[:_MOST]:
        name, _, written = piece.partition("=")
        yield name.strip(" \t").lower()[:_LONGEST], written.strip(" \t")


def _digest(algorithm: str, written: str, field: str) -> str | None:
    """Return the digest in base 16; None for what can be none of the algorithm."""
    length = _LENGTHS.get(algorithm)
    decoded = _decoded(written)
    if decoded is not None and length in {None, len(decoded)}:
        return decoded.hex()
    if field in _STRUCTURED:
        return None
    if length is None or len(_decoded(_PARTS.sub("", written)) or b"") == length:
        return written
    return written.lower() if re.fullmatch(rf"[0-9A-Fa-f]{{{2 * length}}}", written) else None


def _decoded(written: str) -> bytes | None:
    """Return what base64 stands for; None for other text."""
    try:
        return binascii.a2b_base64(written, strict_mode=True)
    except (binascii.Error, ValueError):
        return None
