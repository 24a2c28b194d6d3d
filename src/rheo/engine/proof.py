"""Comparing bytes of two answers where no validator says that they are of one version (invariant 3). Pure."""

from __future__ import annotations

from typing import Final

from rheo.domain.ranges import RangeSet

OVERLAP: Final = 64 * 1024
"""Bytes of an older part that a new answer is compared with before it goes on from there."""

SEAM: Final = 4 * 1024
"""Bytes beyond its stop that a segment is compared with its neighbour."""


class Proof:
    """The first bytes of an answer, compared with those that are there; keeps what came."""

    def __init__(self, expected: bytes) -> None:
        self._expected = expected
        self._seen = bytearray()
        self.differs = False
        """Whether a byte was another one."""

    @property
    def over(self) -> bool:
        """Whether nothing is left to compare."""
        return self.differs or len(self._seen) >= len(self._expected)

    @property
    def seen(self) -> bytes:
        """What came so far, and was compared."""
        return bytes(self._seen)

    def compare(self, data: bytes) -> bytes:
        """Compare the next bytes; return those that are behind what is compared."""
        start = len(self._seen)
        compared = data[: len(self._expected) - start]
        self._seen += compared
        if compared != self._expected[start : start + len(compared)]:
            self.differs = True
        return data[len(compared) :]


class Seams:
    """What segments saw behind their stops: it must be what their neighbours brought."""

    def __init__(self, width: int = SEAM) -> None:
        self.width = width
        self._open: list[tuple[int, bytes]] = []

    def add(self, offset: int, data: bytes) -> None:
        """Keep the bytes that an answer has at an offset."""
        if data:
            self._open.append((offset, data))

    def due(self, written: RangeSet) -> list[tuple[int, bytes]]:
        """Take out those whose bytes are written by now, and can be compared."""
        due = [seam for seam in self._open if written.covers(seam[0], seam[0] + len(seam[1]))]
        self._open = [seam for seam in self._open if seam not in due]
        return due
