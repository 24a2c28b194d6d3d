"""A promise: what a file's bytes must hash to, and who says so, which is how far a result may be trusted."""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

from rheo.domain.checksum import Checksum

_STRONG: Final = frozenset(
    {"sha512", "sha384", "sha256", "sha224", "sha3-512", "sha3-384", "sha3-256", "sha3-224", "blake2b", "blake2s"}
)
"""Algorithms by which nobody can make another file for a digest."""


class Trust(Enum):
    """What a file was held against once it had come."""

    GIVEN = "given"
    """A hash that the user gave, or had read elsewhere than where the file is."""
    SAME_SERVER = "same_server"
    """A hash from the server that sent the file: it proves that all came as it is there, not who made it."""
    LENGTH = "length"
    """Nothing but the length that the server promised."""
    NOTHING = "nothing"
    """Not even that was promised."""


class Promise(NamedTuple):
    """Checksums that a file must have; true where there are any."""

    checksums: tuple[Checksum, ...] = ()
    trust: Trust = Trust.GIVEN
    where: str | None = None
    """What has them, as messages call it: a header, or a list; None where the user told us."""
    unasked: bool = False
    """Whether they count by a setting alone, and not since the user named them."""

    @property
    def strong(self) -> bool:
        """Whether nobody can make another file that has them: then it may come from anybody."""
        return any(checksum.algorithm in _STRONG for checksum in self.checksums)

    def __bool__(self) -> bool:
        return bool(self.checksums)


UNPROMISED: Final = Promise()
"""Nobody says anything."""
