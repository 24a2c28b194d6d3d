"""What the test files hold: bytes that are made when they are needed, and the same ones every time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256, shake_256
from typing import Final

from rheo.domain.checksum import Checksum

BLOCK: Final = 64 * 1024
"""Bytes that are made at once."""

_PLACE: Final = 8
"""Bytes at the start of a block that say where it belongs, so that no two blocks are alike."""


@dataclass(frozen=True, slots=True)
class Content:
    """One test file: its bytes follow from its name and size alone."""

    name: str
    size: int

    def blocks(self) -> Iterator[bytes]:
        """Yield the bytes in order."""
        pattern = shake_256(self.name.encode()).digest(BLOCK - _PLACE)
        for start in range(0, self.size, BLOCK):
            yield (start.to_bytes(_PLACE, "big") + pattern)[: self.size - start]

    def checksum(self) -> Checksum:
        """Return the SHA-256 that the file must have; made from the bytes, not from a download of them."""
        digest = sha256()
        for block in self.blocks():
            digest.update(block)
        return Checksum("sha256", digest.hexdigest())
