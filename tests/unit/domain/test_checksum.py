"""Checksums: their forms, and digests that follow bytes."""

from __future__ import annotations

import hashlib
import zlib

import pytest

from rheo.domain.checksum import ALGORITHMS, Checksum, Digests, parse_checksum
from rheo.domain.errors import ChecksumMismatchError, InvalidChecksumError

SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
SHA256_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
MD5_OF_ABC = "900150983cd24fb0d6963f7d28e17f72"


def _hashed(algorithm: str) -> str:
    return hashlib.new(algorithm.replace("-", "_"), b"abc").hexdigest()


def refusal(text: str) -> str:
    with pytest.raises(InvalidChecksumError) as caught:
        parse_checksum(text)
    return caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        f"sha256:{SHA256_OF_ABC}",
        f"sha-256={SHA256_OF_ABC}",
        f"SHA_256:{SHA256_OF_ABC.upper()}",
        f"  Sha256 : {SHA256_OF_ABC}\n",
    ],
)
def test_one_checksum_may_be_written_in_many_ways(text: str) -> None:
    assert parse_checksum(text) == Checksum("sha256", SHA256_OF_ABC)
    assert str(parse_checksum(text)) == f"sha256:{SHA256_OF_ABC}"


@pytest.mark.parametrize("written", ["sha3-256", "sha3_256", "SHA3-256", "sha-3-256"])
def test_sha3_keeps_its_dash(written: str) -> None:
    assert parse_checksum(f"{written}:{'0' * 64}").algorithm == "sha3-256"


@pytest.mark.parametrize(("algorithm", "digits"), ALGORITHMS.items())
def test_every_algorithm_has_as_many_digits_as_its_hash(algorithm: str, digits: int) -> None:
    digest = f"{zlib.crc32(b'abc'):08x}" if algorithm == "crc32" else _hashed(algorithm)
    assert len(digest) == digits
    digests = Digests([parse_checksum(f"{algorithm}:{digest}")])
    digests.update(b"abc")
    digests.check()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("abc", "'abc' names no algorithm; write sha256:HEX"),
        ("sha256:abc", "a sha256 checksum has 64 hexadecimal digits, but 3 were given"),
        ("md5:", "a md5 checksum has 32 hexadecimal digits, but 0 were given"),
        ("sha1:xyz", "the sha1 checksum 'xyz' is not hexadecimal"),
        ("sha1:\u0661", "the sha1 checksum '\u0661' is not hexadecimal"),
    ],
)
def test_a_refusal_says_what_is_due(text: str, message: str) -> None:
    assert refusal(text) == message


def test_an_unknown_algorithm_is_told_the_known_ones() -> None:
    assert refusal("crc64:00").startswith("'crc64' is no known algorithm; known are md5, sha1, ")


def test_a_refusal_shows_no_control_characters() -> None:
    assert "\x1b" not in refusal("\x1b[31m:00")
    assert "\x1b" not in refusal("md5:\x1b[31m")


def test_bytes_in_pieces_have_the_digest_of_the_whole() -> None:
    digests = Digests([Checksum("sha256", SHA256_OF_ABC), Checksum("md5", MD5_OF_ABC)])
    digests.update(b"a")
    digests.update(memoryview(b"xbcx")[1:3])
    digests.check()


def test_the_first_checksum_that_differs_is_named() -> None:
    digests = Digests([Checksum("sha256", SHA256_OF_ABC), Checksum("md5", "0" * 32)])
    digests.update(b"abc")
    with pytest.raises(ChecksumMismatchError) as caught:
        digests.check()
    assert caught.value.message == f"md5 is {MD5_OF_ABC}, expected {'0' * 32}"
    assert caught.value.expected == f"md5:{'0' * 32}"
    assert caught.value.actual == f"md5:{MD5_OF_ABC}"


def test_two_checksums_of_one_algorithm_must_both_match() -> None:
    digests = Digests([Checksum("sha256", SHA256_OF_ABC), Checksum("sha256", SHA256_OF_NOTHING)])
    digests.update(b"abc")
    with pytest.raises(ChecksumMismatchError, match=f"expected {SHA256_OF_NOTHING}"):
        digests.check()


def test_an_empty_file_has_a_digest_too() -> None:
    Digests([Checksum("sha256", SHA256_OF_NOTHING)]).check()


def test_digests_are_true_where_any_is_wanted() -> None:
    assert Digests([Checksum("sha256", SHA256_OF_ABC)])
    assert not Digests(())
    Digests(()).check()
