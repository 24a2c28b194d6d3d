"""What holds for every checksum, and for bytes cut in any way."""

from __future__ import annotations

import hashlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.checksum import ALGORITHMS, Checksum, Digests, parse_checksum
from rheo.domain.errors import ChecksumMismatchError, InvalidChecksumError

CHECKSUMS = st.sampled_from(sorted(ALGORITHMS)).flatmap(
    lambda algorithm: st.text("0123456789abcdef", min_size=ALGORITHMS[algorithm], max_size=ALGORITHMS[algorithm]).map(
        lambda digest: Checksum(algorithm, digest)
    )
)


def digest_of(algorithm: str, data: bytes) -> str:
    if algorithm == "crc32":
        return f"{zlib.crc32(data):08x}"
    return hashlib.new(algorithm.replace("-", "_"), data).hexdigest()


@given(CHECKSUMS)
def test_a_checksum_is_the_same_after_writing_and_reading(checksum: Checksum) -> None:
    assert parse_checksum(str(checksum)) == checksum
    assert parse_checksum(str(checksum).upper().replace(":", " = ")) == checksum


@given(st.text() | st.tuples(st.sampled_from(sorted(ALGORITHMS)), st.text()).map(":".join))
def test_any_text_is_a_checksum_or_refused(text: str) -> None:
    try:
        checksum = parse_checksum(text)
    except InvalidChecksumError as error:
        assert error.message.isprintable()  # noqa: PT017
        return
    assert len(checksum.digest) == ALGORITHMS[checksum.algorithm]


@given(st.lists(st.binary(max_size=50), max_size=10), st.lists(st.sampled_from(sorted(ALGORITHMS)), max_size=4))
def test_bytes_have_their_digests_however_they_are_cut(pieces: list[bytes], algorithms: list[str]) -> None:
    whole = b"".join(pieces)
    wanted = [Checksum(name, digest_of(name, whole)) for name in algorithms]
    digests, others = Digests(wanted), Digests(wanted)
    for piece in pieces:
        digests.update(piece)
        others.update(memoryview(piece))
    digests.check()
    others.update(b"x")
    if wanted:
        with pytest.raises(ChecksumMismatchError):
            others.check()
