"""Digests of a part's last bytes, range by range: they show that the bytes are still the ones that were synced."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from rheo.domain.ranges import Range
from rheo.storage.parts.part_state import BLOCK, MOST_BLOCKS, Block, largest
from rheo.storage.platform import read_at

_DIGEST_BYTES: Final = 16


def digests(descriptor: int, ranges: Iterable[Range], *, known: Iterable[Block]) -> tuple[Block, ...]:
    """Return the last blocks of the largest ranges; those that are known already are not read again."""
    digest_of = {(block.start, block.stop): block.digest for block in known}
    blocks: list[Block] = []
    for first, stop in largest(ranges, MOST_BLOCKS):
        start = max(first, stop - BLOCK)
        blocks.append(Block(start, stop, digest_of.get((start, stop)) or _digest(descriptor, start, stop)))
    return tuple(blocks)


def agree(descriptor: int, blocks: Iterable[Block]) -> bool:
    """Whether the file has these bytes at these places."""
    return all(_digest(descriptor, block.start, block.stop) == block.digest for block in blocks)


def _digest(descriptor: int, start: int, stop: int) -> str:
    buffer = memoryview(bytearray(stop - start))
    count = read_at(descriptor, buffer, start)
    return blake2b(buffer[:count], digest_size=_DIGEST_BYTES).hexdigest()
