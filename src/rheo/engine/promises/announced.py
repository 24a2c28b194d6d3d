"""Which of the digests that an answer's head announces the file is held against. Pure.

Those that are of the whole file as it comes, that we can compute, and that agree; of those the strongest one. A digest
that is unknown, broken or of something else never counts: a good file must not fail by it, nor a bad one pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from rheo.domain.checksum import ALGORITHMS, Checksum, canonical
from rheo.domain.promise import UNPROMISED, Promise, Trust
from rheo.engine.answers.content import coding_of
from rheo.transport.base import Head
from rheo.transport.digest_fields import FIELDS, announced_digests
from rheo.transport.headers import parse_content_range

STRENGTH: Final = ("sha256", "sha512", "sha384", "sha1", "md5", "crc32")
"""Algorithms that count, the most welcome first; the last three only prove that nothing was damaged by chance."""

_OTHER_NAMES: Final = {"sha": "sha1"}
"""As RFC 3230, 4.1.1 calls them."""

_HEX: Final = re.compile("[0-9a-f]+")
_OF_THE_CONTENT: Final = ("content-", "x-amz-checksum-")
"""Fields that are of what this answer brings, which may be a part: Amazon's are then a part's, or missing."""

_OK: Final = 200
_PARTIAL: Final = 206


class Announced(NamedTuple):
    """What a head announces of the whole file."""

    promise: Promise = UNPROMISED
    """Without checksums where nothing counts."""
    contradiction: str | None = None
    """The algorithm that it has several digests of: then none counts."""


_NOTHING: Final = Announced()


def announced_of(head: Head) -> Announced:
    """Return what counts of that which the head of a file's answer announces.

    Where it is coded, nothing does: some servers mean the bytes before, others those after that.
    """
    if head.fields.keys().isdisjoint(FIELDS) or coding_of(head) is not None:
        return _NOTHING
    fields: dict[Checksum, str] = {}
    for checksum, field in _usable(head):
        fields.setdefault(checksum, field)
    digests: dict[str, Checksum] = {}
    for checksum in fields:
        if digests.setdefault(checksum.algorithm, checksum) != checksum:
            return Announced(contradiction=checksum.algorithm)
    strongest = next((digests[algorithm] for algorithm in STRENGTH if algorithm in digests), None)
    if strongest is None:
        return _NOTHING
    where = f"its header {fields[strongest]}"
    return Announced(Promise((strongest,), Trust.SAME_SERVER, where=where, unasked=True))


def _usable(head: Head) -> Iterator[tuple[Checksum, str]]:
    """Yield the digests of the whole file that can be computed, and their fields."""
    for announced in announced_digests(head.fields):
        name = canonical(announced.algorithm)
        algorithm, digest = _OTHER_NAMES.get(name, name), announced.digest
        fits = algorithm in STRENGTH and len(digest) == ALGORITHMS[algorithm] and _HEX.fullmatch(digest) is not None
        if fits and _is_of_file(announced.field, head):
            yield Checksum(algorithm, digest), announced.field


def _is_of_file(field: str, head: Head) -> bool:
    """Whether a field's digests are of the file as it comes, and not of a part, or of what is stored elsewhere."""
    if field.startswith(_OF_THE_CONTENT) and not _is_whole(head):
        return False
    if field.startswith("x-amz-"):  # made of the digests of parts, without the number that would tell
        return head.fields.get("x-amz-checksum-type", "").strip().upper() != "COMPOSITE"
    if field == "x-goog-hash":  # of the object as it is stored, which is unpacked on the way
        return head.fields.get("x-goog-stored-content-encoding", "identity").strip().lower() == "identity"
    return True


def _is_whole(head: Head) -> bool:
    """Whether an answer brings the file from its first byte to its last."""
    if head.status == _OK:
        return True
    found = parse_content_range(head.fields.get("content-range", ""))
    return head.status == _PARTIAL and found is not None and found.span == (0, found.total)
