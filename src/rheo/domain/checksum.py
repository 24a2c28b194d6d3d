"""Checksums: what a file's bytes are promised to hash to, and digests that follow them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from rheo.domain.errors import ChecksumMismatchError, InvalidChecksumError

ALGORITHMS: Final = {
    "md5": 32,
    "sha1": 40,
    "sha224": 56,
    "sha256": 64,
    "sha384": 96,
    "sha512": 128,
    "sha3-224": 56,
    "sha3-256": 64,
    "sha3-384": 96,
    "sha3-512": 128,
    "blake2b": 128,
    "blake2s": 64,
    "crc32": 8,
}
"""Every algorithm by its one name, with the number of hexadecimal digits of its digest."""

_PARTS: Final = re.compile(r"([^:=]*)[:=](.*)", re.DOTALL)
_HEX: Final = re.compile(r"[0-9a-f]*")
_SHOWN: Final = 40
"""Characters of a rejected text that its message repeats."""


@dataclass(frozen=True, slots=True)
class Checksum:
    """A digest that bytes should have."""

    algorithm: str
    """One of `ALGORITHMS`."""
    digest: str
    """Hexadecimal, in lower case."""

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.digest}"


def algorithm_named(name: str) -> str | None:
    """Return the algorithm that people write as SHA-256, sha_256 or Sha256; None for one that is not known."""
    algorithm = canonical(name)
    return algorithm if algorithm in ALGORITHMS else None


def parse_checksum(text: str) -> Checksum:
    """Return the checksum that `sha256:HEX`, `SHA-256=HEX` or the like means; raises InvalidChecksumError."""
    parts = _PARTS.fullmatch(text.strip())
    if parts is None:
        raise InvalidChecksumError(f"{_shown(text)} names no algorithm; write sha256:HEX")
    algorithm, digest = parse_algorithm(parts[1]), parts[2].strip().lower()
    due = ALGORITHMS[algorithm]
    if not _HEX.fullmatch(digest):
        raise InvalidChecksumError(f"the {algorithm} checksum {_shown(digest)} is not hexadecimal")
    if len(digest) != due:
        raise InvalidChecksumError(f"a {algorithm} checksum has {due} hexadecimal digits, but {len(digest)} were given")
    return Checksum(algorithm, digest)


def parse_algorithm(text: str) -> str:
    """Return the one of `ALGORITHMS` that is meant; raises InvalidChecksumError."""
    algorithm = canonical(text)
    if algorithm not in ALGORITHMS:
        raise InvalidChecksumError(f"{_shown(text)} is no known algorithm; known are {', '.join(ALGORITHMS)}")
    return algorithm


def canonical(name: str) -> str:
    """Return the one name of what people write as SHA-256, sha_256 or Sha256."""
    name = name.strip().lower().replace("_", "-")
    return "sha" + name.removeprefix("sha-") if name.startswith("sha-") else name


class Following(Protocol):
    """A digest under way."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Take the next bytes."""

    def hexdigest(self) -> str:
        """Return the digest of those that came, in hexadecimal."""


def follow(algorithm: str) -> Following:
    """Return a new digest by one of `ALGORITHMS`."""
    if algorithm == "crc32":
        return _Crc32()
    import hashlib  # noqa: PLC0415  (costs more than the rest of a small download, and few have checksums)

    return hashlib.new(algorithm.replace("-", "_"), usedforsecurity=False)


class _Crc32:
    """The cyclic redundancy check of gzip and zip (RFC 1952, 8), as Amazon's S3 announces it."""

    def __init__(self) -> None:
        import zlib  # noqa: PLC0415  (as above)

        self._crc32 = zlib.crc32
        self._value = 0

    def update(self, data: bytes | memoryview, /) -> None:
        self._value = self._crc32(data, self._value)

    def hexdigest(self) -> str:
        return f"{self._value:08x}"


class Digests:
    """Hashes bytes as they come, once for each distinct algorithm; true where any checksum is wanted."""

    def __init__(self, checksums: Iterable[Checksum]) -> None:
        self._wanted = tuple(checksums)
        self.begin()

    def begin(self) -> None:
        """Forget what came: the next bytes are the first ones."""
        self._hashes = {algorithm: follow(algorithm) for algorithm in {one.algorithm for one in self._wanted}}

    def __bool__(self) -> bool:
        return bool(self._wanted)

    def update(self, data: bytes | memoryview) -> None:
        """Take the next bytes."""
        for following in self._hashes.values():
            following.update(data)

    def check(self) -> None:
        """Raise ChecksumMismatchError for the first checksum that the bytes do not have."""
        for wanted in self._wanted:
            actual = Checksum(wanted.algorithm, self._hashes[wanted.algorithm].hexdigest())
            if actual != wanted:
                raise ChecksumMismatchError(
                    f"{wanted.algorithm} is {actual.digest}, expected {wanted.digest}",
                    expected=str(wanted),
                    actual=str(actual),
                )


def _shown(text: str) -> str:
    return repr(text[:_SHOWN])  # which escapes all that could steer a terminal
