"""Comparing bytes of two answers where no validator says that they are of one version (invariant 3). Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rheo.domain.ranges import RangeSet

OVERLAP: Final = 64 * 1024
"""Bytes of an older part that a new answer is compared with before it goes on from there."""

SEAM: Final = 4 * 1024
"""Bytes on either side of a segment that are compared with its neighbours, who may still be at them."""


class Proof:
    """The first bytes of an answer, which lie before what it was asked for: compared with those that are there."""

    def __init__(self, width: int, expected: bytes | None) -> None:
        """`width` is how many they are; `expected` None where they are still to come from somebody else."""
        self.deferred = expected is None
        """Whether what is `seen` is to be compared later."""
        self.differs = False
        """Whether a byte was another one."""
        self._width = width
        self._expected = expected
        self._seen = bytearray()

    @property
    def over(self) -> bool:
        """Whether nothing is left to look at."""
        return self.differs or len(self._seen) >= self._width

    @property
    def seen(self) -> bytes:
        """What came so far."""
        return bytes(self._seen)

    def compare(self, data: bytes) -> bytes:
        """Compare the next bytes; return those that are behind what is compared."""
        start = len(self._seen)
        compared = data[: self._width - start]
        self._seen += compared
        if self._expected is not None and compared != self._expected[start : start + len(compared)]:
            self.differs = True
        return data[len(compared) :]


class Seams:
    """What answers had before their segment and behind it: it must be what their neighbours brought."""

    def __init__(self) -> None:
        self.ahead = 0
        """Bytes behind its stop that a segment looks at; none where a validator vouches for what is there."""
        self.torn = False
        """Whether one differed."""
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

    def differing(self, written: RangeSet, read: Callable[[int, int], bytes]) -> int | None:
        """Compare those that are due with what is written; return where one differs, None where none does."""
        torn = (start for start, data in self.due(written) if read(start, start + len(data)) != data)
        start = next(torn, None)
        self.torn = self.torn or start is not None
        return start
