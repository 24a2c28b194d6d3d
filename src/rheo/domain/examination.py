"""Holding a file's bytes, as they come, against what it must be: as a whole, and piece by piece."""

from __future__ import annotations

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
        mismatch = self._mismatch()
        wrong = self._wrong_pieces()
        if promised in {None, self.size} and mismatch is None and (self._whole or not wrong):
            return None  # the digest of the whole vouches for every piece
        bad = RangeSet(range_ for range_, _ in wrong or ())
        good = () if wrong is None or promised is None else tuple(RangeSet(bad.missing(promised)))
        about = f"{printable(path)} is not the file that was promised"
        if promised not in {None, self.size}:
            error: PromiseError = SizeMismatchError(
                f"{about}: it has {self.size} bytes where {promised} were promised{_told(bad, also=True)}"
            )
        else:
            error = self._error(about, mismatch, wrong or [], bad)
        error.bad = tuple(bad)
        contradictory = wrong == [] and promised in {None, self.size}
        if contradictory:
            error.add_note("every piece has its own digest: the two contradict each other")
        return Damage(error=error, bad=tuple(bad), good=good, contradictory=contradictory)

    def _mismatch(self) -> ChecksumMismatchError | None:
        try:
            self._whole.check()
        except ChecksumMismatchError as error:
            return error
        return None

    def _wrong_pieces(self) -> list[tuple[Range, tuple[str, str]]] | None:
        """Return where pieces are wrong, with the digests that they should have and have; None without pieces."""
        size = self.size if self._expected.size is None else self._expected.size
        if self._pieces is None or not self._pieces.pieces.cover(size):
            return None
        return self._pieces.wrong(size)

    @staticmethod
    def _error(
        about: str,
        mismatch: ChecksumMismatchError | None,
        wrong: list[tuple[Range, tuple[str, str]]],
        bad: RangeSet,
    ) -> ChecksumMismatchError:
        if mismatch is not None:
            expected, actual = mismatch.expected, mismatch.actual
            return ChecksumMismatchError(
                f"{about}: {mismatch.message}{_told(bad, also=True)}", expected=expected, actual=actual
            )
        expected, actual = wrong[0][1]
        return ChecksumMismatchError(f"{about}: {_told(bad)}", expected=expected, actual=actual)


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

    def wrong(self, size: int) -> list[tuple[Range, tuple[str, str]]]:
        """Return the pieces, of a file that should have this size, that have not their digest; ends the last one."""
        if self._room < self.pieces.length:
            self._end()
        algorithm, missing = self.pieces.algorithm, [""] * (len(self.pieces) - len(self._found))
        return [
            (self.pieces.range_of(index, size), (f"{algorithm}:{wanted}", f"{algorithm}:{found}"))
            for index, (wanted, found) in enumerate(zip(self.pieces.digests, [*self._found, *missing], strict=False))
            if found != wanted
        ]

    def _end(self) -> None:
        self._found.append(self._following.hexdigest())
        self._following, self._room = follow(self.pieces.algorithm), self.pieces.length


def _told(bad: RangeSet, *, also: bool = False) -> str:
    """Return which bytes are wrong, as HTTP counts them: the last one is named."""
    if not bad:
        return ""
    named = [f"{start}-{stop - 1}" for start, stop in list(bad)[:_NAMED]]
    more = len(bad) - len(named)
    listed = ", ".join(named) + (f" and {more} more ranges" if more else "")
    return f"{'; ' if also else ''}wrong are the bytes {listed}"
