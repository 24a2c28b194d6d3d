"""Comparing bytes of two answers where no validator says that they are of one version (invariant 3). Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

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
        self.differs_at: int | None = None
        """The index of the first byte that was another one; None as long as none was."""
        self.width = width
        self._expected = expected
        self._seen = bytearray()

    @property
    def differs(self) -> bool:
        """Whether a byte was another one."""
        return self.differs_at is not None

    @property
    def over(self) -> bool:
        """Whether nothing is left to look at."""
        return self.differs or len(self._seen) >= self.width

    @property
    def seen(self) -> bytes:
        """What came so far."""
        return bytes(self._seen)

    def compare(self, data: bytes) -> bytes:
        """Compare the next bytes; return those that are behind what is compared."""
        start = len(self._seen)
        compared = data[: self.width - start]
        self._seen += compared
        if self._expected is not None and not self.differs:
            found = first_difference(compared, self._expected[start : start + len(compared)])
            self.differs_at = None if found is None else start + found
        return data[len(compared) :]


def first_difference(one: bytes | bytearray, other: bytes | bytearray) -> int | None:
    """Return the index of the first byte in which two texts of one length differ; None where they are the same."""
    if one == other:
        return None
    return next(index for index, (left, right) in enumerate(zip(one, other, strict=True)) if left != right)


class Tear(NamedTuple):
    """A byte of which two answers differ."""

    at: int
    shown_by: object
    """Whoever had it beside its segment; who wrote it is the crew's to know."""


class Seams:
    """What answers had before their segment and behind it: it must be what their neighbours brought."""

    def __init__(self) -> None:
        self.ahead = 0
        """Bytes behind its stop that a segment looks at; none where a validator vouches for what is there."""
        self.vouched = False
        """Whether digests tell which bytes are right: then nothing is asked for to be compared."""
        self.torn = False
        """Whether one differed."""
        self._open: list[tuple[int, bytes, object]] = []

    def add(self, offset: int, data: bytes, *, by: object = None) -> None:
        """Keep the bytes that an answer has at an offset; `by` is who sent it."""
        if data:
            self._open.append((offset, data, by))

    def forget(self, by: object) -> None:
        """Believe nothing any more of what somebody showed; where that is mended, nothing is torn."""
        self._open = [seam for seam in self._open if seam[2] is not by]
        self.torn = False

    def tear(self, written: RangeSet, read: Callable[[int, int], bytes]) -> Tear | None:
        """Compare those that are due with what is written; return the first difference, None where there is none."""
        for seam in [seam for seam in self._open if written.covers(seam[0], seam[0] + len(seam[1]))]:
            self._open.remove(seam)
            start, data, by = seam
            found = first_difference(data, read(start, start + len(data)))
            if found is not None:
                self.torn = True
                return Tear(start + found, by)
        return None
