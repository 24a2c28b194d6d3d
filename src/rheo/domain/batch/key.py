"""What makes the same line the same row in every run, wherever it stands in its list."""

from __future__ import annotations

import struct
from hashlib import blake2b
from typing import Final, NamedTuple

from rheo.domain.batch.row import Entry

_HALVES: Final = struct.Struct("<qq")
"""Two signed integers, as SQLite has them: 128 bits together, so that who writes a list finds no collision."""


class Key(NamedTuple):
    """Which line it is: neighbours in an index are those with the same URL."""

    url: int
    """Of the URL, or of a bad line's number."""
    line: int
    """Of the URL and where it is to go, or of what is wrong."""


def key_of(entry: Entry) -> Key:
    """Return an entry's key."""
    if entry.wrong is not None:
        return _key(f"\0{entry.number}", entry.wrong)
    return _key(entry.url, entry.place)


def _key(first: str, second: str) -> Key:
    one, other = _hashed(first)
    return Key(one, other if not second else other ^ _hashed(f"{first}\0{second}")[1])


def _hashed(text: str) -> tuple[int, int]:
    data = text.encode("utf-8", "surrogatepass")  # what of a list is no UTF-8 comes as surrogates
    return _HALVES.unpack(blake2b(data, digest_size=_HALVES.size).digest())
