"""Which announced digests count: of the whole file, computable, agreeing; of those the strongest."""

import base64

import pytest

from rheo.domain.checksum import Checksum
from rheo.domain.promise import Trust
from rheo.engine.promises.announced import announced_of
from rheo.transport.base import Head

A32, B32 = base64.b64encode(b"a" * 32).decode(), base64.b64encode(b"b" * 32).decode()
A16, A20, A4 = (base64.b64encode(b"a" * size).decode() for size in (16, 20, 4))
SHA256 = Checksum("sha256", "61" * 32)


def promised(fields, *, status=200):
    return announced_of(Head("1.1", status, fields)).promise


@pytest.mark.parametrize(
    ("fields", "checksum", "where"),
    [
        ({"repr-digest": f"sha-256=:{A32}:, md5=:{A16}:"}, SHA256, "its header repr-digest"),
        ({"digest": f"sha={A20}"}, Checksum("sha1", "61" * 20), "its header digest"),
        ({"digest": f"md5={A16}, sha={A20}"}, Checksum("sha1", "61" * 20), "its header digest"),
        ({"content-md5": A16, "digest": f"crc32c={A4}"}, Checksum("md5", "61" * 16), "its header content-md5"),
        ({"x-amz-checksum-crc32": A4}, Checksum("crc32", "61" * 4), "its header x-amz-checksum-crc32"),
        ({"content-digest": f"sha-256=:{A32}:", "digest": f"sha-256={A32}"}, SHA256, "its header content-digest"),
        ({"x-goog-hash": f"md5={A16}", "x-goog-stored-content-encoding": "identity"}, Checksum("md5", "61" * 16), None),
    ],
)
def test_the_strongest_one_counts(fields, checksum, where):
    promise = promised(fields)
    assert (promise.checksums, promise.trust) == ((checksum,), Trust.SAME_SERVER)
    assert where in {promise.where, None}


@pytest.mark.parametrize("field", ["content-md5", "content-digest", "x-amz-checksum-sha256"])
@pytest.mark.parametrize(
    ("status", "content_range", "counts"),
    [
        (206, "bytes 0-9/10", True),
        (206, "bytes 0-8/10", False),
        (206, "bytes 1-9/10", False),
        (206, "bytes 0-9/*", False),
        (206, "nonsense", False),
        (200, "bytes 1-9/10", True),
    ],
)
def test_what_is_of_the_content_counts_where_that_is_the_whole_file(field, status, content_range, counts):
    value = {"content-md5": A16, "content-digest": f"sha-256=:{A32}:"}.get(field, A32)
    assert bool(promised({field: value, "content-range": content_range}, status=status)) is counts


@pytest.mark.parametrize("field", ["repr-digest", "digest", "x-goog-hash"])
def test_what_is_of_the_file_counts_with_any_part_of_it(field):
    value = {"repr-digest": f"sha-256=:{A32}:", "digest": f"sha-256={A32}"}.get(field, f"md5={A16}")
    assert promised({field: value, "content-range": "bytes 5-9/10"}, status=206)


@pytest.mark.parametrize(
    ("fields", "algorithm"),
    [
        ({"repr-digest": f"sha-256=:{A32}:", "digest": f"sha-256={B32}"}, "sha256"),
        ({"digest": f"sha-256={A32}, SHA-256={B32}"}, "sha256"),
        ({"repr-digest": f"sha-256=:{A32}:", "content-md5": A16, "x-goog-hash": f"md5={A16[:-4]}YQ=="}, None),
    ],
)
def test_where_two_contradict_each_other_none_counts(fields, algorithm):
    announced = announced_of(Head("1.1", 200, fields))
    assert announced.contradiction == algorithm
    assert bool(announced.promise) is (algorithm is None)


@pytest.mark.parametrize("coding", ["gzip", "br, identity", "x-unknown"])
def test_nothing_counts_of_what_comes_coded(coding):
    assert not promised({"repr-digest": f"sha-256=:{A32}:", "content-encoding": coding})
    assert promised({"repr-digest": f"sha-256=:{A32}:", "content-encoding": "identity"})
