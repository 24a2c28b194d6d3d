"""Pieces: ranges of a file that have a digest each, so that a damaged file is mended in part (RFC 5854, 4.2.9)."""

from __future__ import annotations

from dataclasses import dataclass

from rheo.domain.ranges import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """The digests of a file's pieces, in order; all are equally long, but for the last one."""

    algorithm: str
    """One of `ALGORITHMS`."""
    length: int
    """Bytes of each piece."""
    digests: tuple[str, ...]
    """Hexadecimal, in lower case."""

    def __len__(self) -> int:
        return len(self.digests)

    def cover(self, size: int) -> bool:
        """Whether they are those of a file of that size: each of its bytes is in one, and none is beyond its end."""
        return (len(self.digests) - 1) * self.length < size <= len(self.digests) * self.length

    def range_of(self, index: int, size: int) -> Range:
        """Return where a piece lies in a file of that size."""
        return index * self.length, min((index + 1) * self.length, size)
