"""Content too big to hold: any slice of it is made when asked for."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

BLOCK: Final = 64 * 1024

# Odd, so that BLOCK blocks in a row are all turned differently.
_TURN: Final = 40_503


@dataclass(frozen=True)
class Generated:
    """Bytes that follow from a seed, and differ wherever one could be mistaken for another's place.

    Every block begins with its index, and the rest is one random block turned by an amount of its own.
    """

    size: int
    seed: int = 0

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes of `[start, stop)`, as far as there are any."""
        stop = min(stop, self.size)
        first = start // BLOCK
        blocks = b"".join(self._block(index) for index in range(first, -(-stop // BLOCK)))
        return blocks[start - first * BLOCK : stop - first * BLOCK]

    def sha256(self) -> str:
        """Return the hexadecimal digest of the whole."""
        digest = hashlib.sha256()
        for chunk in chunks(self, 0, self.size):
            digest.update(chunk)
        return digest.hexdigest()

    def _block(self, index: int) -> bytes:
        turn = index * _TURN % BLOCK
        return index.to_bytes(8, "big") + self._twice[turn + 8 : turn + BLOCK]

    @cached_property
    def _twice(self) -> bytes:
        return random.Random(self.seed).randbytes(BLOCK) * 2


@dataclass(frozen=True)
class Flipped(Generated):
    """The same bytes, but for one bit of one."""

    at: int = 0

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes of `[start, stop)`, as far as there are any."""
        data = super().read(start, stop)
        where = self.at - start
        if not 0 <= where < len(data):
            return data
        return data[:where] + bytes([data[where] ^ 1]) + data[where + 1 :]


Content: TypeAlias = bytes | Generated


def size_of(content: Content) -> int:
    """Return how many bytes there are."""
    return content.size if isinstance(content, Generated) else len(content)


def chunks(content: Content, start: int, stop: int, *, size: int = 4 * BLOCK) -> Iterator[bytes]:
    """Yield the bytes of `[start, stop)` in order, none of the chunks empty."""
    for begin in range(start, stop, size):
        end = min(begin + size, stop)
        yield content.read(begin, end) if isinstance(content, Generated) else content[begin:end]
