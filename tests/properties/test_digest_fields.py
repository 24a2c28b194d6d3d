"""Digests and certificates are text from strangers: whatever it is, the answer is a value, and soon."""

import base64
import time

from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.announced_digest import AnnouncedDigest
from rheo.transport.certificate import certificate_of, connected_with
from rheo.transport.digest_fields import announced_digests

FIELDS = ("repr-digest", "content-digest", "digest", "x-goog-hash", "content-md5", "x-amz-checksum-sha256")
PIECES = st.lists(st.sampled_from(["sha-256", "=", ":", ";", ",", '"', "\\", " ", "AAAA", "é", "\x00"])).map("".join)
ANY = st.binary().map(lambda data: data.decode("latin-1"))
ROWS = st.tuples(
    st.sampled_from([b"Subject", b"Start date", b"X509v3 Subject Alternative Name"]) | st.binary(), st.binary()
)


@given(st.dictionaries(st.sampled_from(FIELDS), ANY | PIECES))
def test_any_field_is_digests_or_none(fields):
    for one in announced_digests(fields):
        assert isinstance(one, AnnouncedDigest)
        assert one.algorithm
        assert one.digest
        assert one.field in fields


@given(st.binary(min_size=1, max_size=64), st.sampled_from([("sha-256", 32), ("md5", 16), ("crc32c", 4), ("x", None)]))
def test_what_was_announced_comes_out_in_base_16_unless_its_length_is_another_ones(digest, known):
    algorithm, length = known
    written = f"{algorithm}=:{base64.b64encode(digest).decode()}:"
    told = (AnnouncedDigest(algorithm, digest.hex(), "repr-digest"),)

    assert announced_digests({"repr-digest": written}) == (told if length in {None, len(digest)} else ())


@given(st.binary(min_size=32, max_size=32))
def test_every_sha256_is_told(digest):
    written = f"sha-256=:{base64.b64encode(digest).decode()}:"

    assert announced_digests({"repr-digest": written})[0].digest == digest.hex()


@given(st.lists(st.lists(ROWS, max_size=5), min_size=1, max_size=3), ANY)
def test_any_chain_and_any_line_are_read(chain, line):
    assert certificate_of(chain) is not None
    connected_with(line)


def test_the_time_grows_as_the_text_does():
    for piece in ("sha-256=:AAAA:,", ",", '"', "=:", "a=;"):
        began = time.perf_counter()
        announced_digests(dict.fromkeys(FIELDS, piece * 100_000))
        assert time.perf_counter() - began < 5
