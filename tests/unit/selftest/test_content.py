"""Test files whose bytes nobody had to store."""

from __future__ import annotations

from hashlib import sha256

import pytest

from rheo.selftest.content import BLOCK, Content


@pytest.mark.parametrize("size", [0, 1, 8, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5])
def test_a_file_has_its_size_and_the_checksum_of_its_bytes(size: int) -> None:
    content = Content("a.iso", size)
    data = b"".join(content.blocks())
    assert len(data) == size
    assert content.checksum().digest == sha256(data).hexdigest()


def test_the_bytes_are_the_same_every_time() -> None:
    assert list(Content("a.iso", 200_000).blocks()) == list(Content("a.iso", 200_000).blocks())


def test_no_two_blocks_and_no_two_files_are_alike() -> None:
    blocks = [block for name in ("a.iso", "b.iso") for block in Content(name, 10 * BLOCK).blocks()]
    assert len(set(blocks)) == 20
