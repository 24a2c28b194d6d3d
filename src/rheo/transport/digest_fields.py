"""The digests that a head announces: by RFC 9530, by what was before it, and by the large stores' own headers.

All of it is text from strangers: what is odd is left out, or told as it came.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Mapping
from typing import Final

from rheo.domain.announced_digest import AnnouncedDigest
from rheo.domain.field_values import split

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

_LONGEST: Final = 200
"""Characters of a digest; a longer one is none."""
_MOST: Final = 32
"""Digests of one field that are told."""


def announced_digests(fields: Mapping[str, str]) -> tuple[AnnouncedDigest, ...]:
    """Return them in this file's order; names of fields are in lower case."""
    return tuple(
        AnnouncedDigest(algorithm, _hexadecimal(written), field)
        for algorithm, written, field in _announced(fields)
        if algorithm and 0 < len(written) <= _LONGEST
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


def _hexadecimal(written: str) -> str:
    """Return the digest in base 16; as it is where it is no base64: Amazon adds the number of parts, `…==-3`."""
    try:
        return binascii.a2b_base64(written, strict_mode=True).hex()
    except (binascii.Error, ValueError):
        return written
