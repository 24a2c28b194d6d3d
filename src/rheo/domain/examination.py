"""Holding a file's bytes, as they come, against what it must be: as a whole, and piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rheo.domain.checksum import Checksum, Digests, follow
from rheo.domain.errors import ChecksumMismatchError, PromiseError, SizeMismatchError
from rheo.domain.pieces import Pieces
from rheo.domain.ranges import Range, RangeSet
from rheo.domain.text import printable

_NAMED: Final = 3
"""Ranges that a message names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a file must be."""

    checksums: tuple[Checksum, ...] = ()
    """All must match."""
    size: int | None = None
    """Bytes; None where nobody says."""
    pieces: Pieces | None = None
    """None where nobody has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """What is wrong with a file."""

    error: PromiseError
    bad: tuple[Range, ...] = ()
    """What of the file as it should be is known to be wrong or missing; nothing where only the whole is."""
    good: tuple[Range, ...] = ()
    """What of it is known to be right."""
    contradictory: bool = False
    """Whether no file at all could be as is expected: the whole has to have one digest, and its pieces say another."""


class Examination:
    """Takes the bytes of one file in order, once, and says at the end whether it is the one that is expected."""

    def __init__(self, expected: Expected) -> None:
        self.size = 0
        """Bytes that came."""
        self._expected = expected
        self._whole = Digests(expected.checksums)
        self._pieces = None if expected.pieces is None else _PieceDigests(expected.pieces)

    def update(self, data: bytes | memoryview) -> None:
        """Take the next bytes."""
        self.size += len(data)
        self._whole.update(data)
        if self._pieces is not None:
            self._pieces.update(data)

    def damage(self, path: str) -> Damage | None:
        """Return what is wrong; None of a file that is as expected. `path` is what the error calls it."""
        promised = self._expected.size
        mismatch, wrong = self._mismatch(), self._wrong_pieces()
        sized = promised in {None, self.size}
        if sized and mismatch is None and (self._whole or wrong == []):
            return None  # the digest of the whole vouches for every piece
        bad = RangeSet(piece.span for piece in wrong or ())
        good = () if wrong is None or promised is None else tuple(RangeSet(bad.missing(promised)))
        error = self._error(mismatch, wrong, bad, f"{printable(path)} is not the file that was promised")
        error.bad = tuple(bad)
        contradictory = sized and wrong == []
        if contradictory:
            error.add_note("every piece has its own digest: the two contradict each other")
        return Damage(error=error, bad=tuple(bad), good=good, contradictory=contradictory)

    def _mismatch(self) -> ChecksumMismatchError | None:
        try:
            self._whole.check()
        except ChecksumMismatchError as error:
            return error
        return None

    def _wrong_pieces(self) -> list[_Wrong] | None:
        """Return the pieces that are wrong; None where there are none to go by, or they are of another size."""
        size = self.size if self._expected.size is None else self._expected.size
        if self._pieces is None or not self._pieces.pieces.cover(size):
            return None
        return self._pieces.wrong(size)

    def _error(
        self, mismatch: ChecksumMismatchError | None, wrong: Sequence[_Wrong] | None, bad: RangeSet, about: str
    ) -> PromiseError:
        promised = self._expected.size
        where = _told(bad)
        if promised not in {None, self.size}:
            return SizeMismatchError(f"{about}: it has {self.size} bytes where {promised} were promised{where}")
        if mismatch is not None:
            expected, actual = mismatch.expected, mismatch.actual
            return ChecksumMismatchError(f"{about}: {mismatch.message}{where}", expected=expected, actual=actual)
        if not wrong:
            return SizeMismatchError(f"{about}: its pieces are not those of {self.size} bytes")
        first = wrong[0]
        return ChecksumMismatchError(f"{about}{where}", expected=first.expected, actual=first.actual)


@dataclass(frozen=True, slots=True)
class _Wrong:
    """A piece with another digest than it should have."""

    span: Range
    expected: str
    actual: str


class _PieceDigests:
    """Hashes pieces one after the other."""

    def __init__(self, pieces: Pieces) -> None:
        self.pieces = pieces
        self._found: list[str] = []
        """Digests of those that ended."""
        self._following = follow(pieces.algorithm)
        self._room = pieces.length
        """Bytes that the piece under way may still have."""

    def update(self, data: bytes | memoryview) -> None:
        data = memoryview(data)
        while data:
            part = data[: self._room]
            self._following.update(part)
            self._room -= len(part)
            data = data[len(part) :]
            if not self._room:
                self._end()

    def wrong(self, size: int) -> list[_Wrong]:
        """Return the pieces, of a file that should have this size, that have not their digest; ends the last one."""
        if self._room < self.pieces.length:
            self._end()
        algorithm, missing = self.pieces.algorithm, [""] * (len(self.pieces) - len(self._found))
        return [
            _Wrong(self.pieces.range_of(index, size), f"{algorithm}:{wanted}", f"{algorithm}:{found}")
            for index, (wanted, found) in enumerate(zip(self.pieces.digests, [*self._found, *missing], strict=False))
            if found != wanted
        ]

    def _end(self) -> None:
        self._found.append(self._following.hexdigest())
        self._following, self._room = follow(self.pieces.algorithm), self.pieces.length


def _told(bad: RangeSet) -> str:
    """Return which bytes are wrong, as HTTP counts them: the last one is named."""
    if not bad:
        return ""
    named = [f"{start}-{stop - 1}" for start, stop in list(bad)[:_NAMED]]
    more = len(bad) - len(named)
    return f"; bytes {', '.join(named)}{f' and {more} more ranges' if more else ''} are wrong"
