"""Digests that headers announce."""

import pytest

from rheo.domain.announced_digest import AnnouncedDigest
from rheo.transport.digest_fields import announced_digests

SHA256 = "X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE="
HEX = "5f8f04f6a3a892aaabbddb6cf273894493773960d4a325b105fee46eef4304f1"


@pytest.mark.parametrize(
    ("field", "value", "announced"),
    [
        ("repr-digest", f"sha-256=:{SHA256}:", [("sha-256", HEX)]),
        (
            "repr-digest",
            f"SHA-256=:{SHA256}: ; part=1 , md5=:Ojk9c3dhfxgoKVVHYwFbHQ==:",
            [("sha-256", HEX), ("md5", "3a393d7377617f182829554763015b1d")],
        ),
        ("content-digest", f"sha-256=:{SHA256}:", [("sha-256", HEX)]),
        ("content-digest", f"sha-256={SHA256}, sha-512, md5=::, a=1, =:AAAA:", []),
        ("digest", f"SHA-256={SHA256},UNIXsum=30637", [("sha-256", HEX), ("unixsum", "30637")]),
        (
            "x-goog-hash",
            "crc32c=n03x6A==, md5=Ojk9c3dhfxgoKVVHYwFbHQ==",
            [("crc32c", "9f4df1e8"), ("md5", "3a393d7377617f182829554763015b1d")],
        ),
        ("content-md5", "Ojk9c3dhfxgoKVVHYwFbHQ==", [("md5", "3a393d7377617f182829554763015b1d")]),
        ("x-amz-checksum-sha256", SHA256, [("sha256", HEX)]),
        ("x-amz-checksum-sha256", f"{SHA256}-3", [("sha256", f"{SHA256}-3")]),
        ("x-amz-checksum-crc64nvme", "AAAAAAAAAAE=", [("crc64nvme", "0000000000000001")]),
        ("repr-digest", "sha-256=:AAAA:, md5=:b@d!:, sha-512=:", []),
        ("repr-digest", "sha-256=:AAAA, x=:!!:, x=:AAAA:", [("x", "000000")]),
        ("digest", f"sha-256={HEX.upper()}, sha=abc, md5=no", [("sha-256", HEX)]),
        ("x-amz-checksum-sha256", "AAAA-3", []),
        ("content-md5", "garbage", []),
        ("content-md5", "", []),
        ("content-md5", "A" * 201, []),
        ("etag", '"abc"', []),
    ],
)
def test_each_field_is_read_by_its_own_rules(field, value, announced):
    assert announced_digests({field: value}) == tuple(AnnouncedDigest(*one, field) for one in announced)


def test_several_fields_are_told_together():
    fields = {"content-md5": "Ojk9c3dhfxgoKVVHYwFbHQ==", "repr-digest": f"sha-256=:{SHA256}:"}

    assert [one.field for one in announced_digests(fields)] == ["repr-digest", "content-md5"]
