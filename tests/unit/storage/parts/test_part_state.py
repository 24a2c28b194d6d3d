"""The part state and the live map as bytes: what is written can be read, and nothing else."""

import json
from dataclasses import replace
from hashlib import sha256

import pytest

from rheo.domain.resource import Resource
from rheo.storage.parts.owner import Owner
from rheo.storage.parts.part_state import (
    Block,
    FileId,
    LiveMap,
    PartState,
    Sum,
    decode,
    decode_live,
    encode,
    encode_live,
    is_source,
    source_of,
)
from rheo.storage.seal import DamagedError, NewerError, resembles, unseal
from rheo.storage.sidecar import MOST_BYTES

STATE = PartState(
    token="0123456789abcdef" * 2,
    heir_of="f" * 32,
    generation=7,
    owner=Owner(host="h", boot="b", namespace="pid:[1]", pid=12, started="34"),
    boot="b",
    url="https://example.com/a.iso",
    source=source_of("https://u:p@example.com/a.iso", salt="5a17"),
    aside=source_of("https://mirror.example/a.iso", salt="5a17"),
    resource=Resource(size=1000, etag='"e"', last_modified="Mon", date_is_strong=True, content_type="x/y", ranged=True),
    part=FileId(device=3, inode=4),
    modified=5,
    synced=((0, 100), (200, 1000)),
    blocks=(Block(36, 100, "0" * 32),),
    sums=(Sum(0, 100, 7), Sum(300, 400, 2**32 - 1)),
    complete=False,
)
LIVE = LiveMap(token="a" * 32, boot="b", part=FileId(device=1, inode=2), written=((0, 5), (7, 9)))


def with_body(data, **changes):
    """Return a file whose checksum is right though its body is not what we write."""
    body = json.loads(data)["body"] | changes
    return sealed(json.dumps(body, separators=(",", ":")).encode(), data)


def sealed(content, data):
    kind, version = json.loads(data)["rheo"], json.loads(data)["version"]
    digest = sha256(content).hexdigest()
    return f'{{"rheo":"{kind}","version":{version},"sha256":"{digest}","body":'.encode() + content + b"}\n"


def test_what_is_written_is_read():
    assert decode(encode(STATE)) == STATE
    assert decode_live(encode_live(LIVE)) == LIVE
    assert json.loads(encode(STATE))["body"]["url"] == "https://example.com/a.iso"


def test_a_state_without_anything_known_is_read():
    empty = PartState(token="0" * 32)

    assert decode(encode(empty)) == empty


def test_each_bit_that_flips_is_noticed():
    """Invariant 10."""
    for data, read in ((encode(STATE), decode), (encode_live(LIVE), decode_live)):
        for index in range(len(data) * 8):
            flipped = bytearray(data)
            flipped[index // 8] ^= 1 << index % 8
            with pytest.raises(DamagedError):
                read(bytes(flipped))
            assert resembles("part state" if read is decode else "live map", bytes(flipped))


def test_each_length_that_is_cut_to_is_noticed():
    data = encode(STATE)
    for length in range(len(data)):
        with pytest.raises(DamagedError):
            decode(data[:length])
        assert resembles("part state", data[:length])
        with pytest.raises(DamagedError):
            decode(bytes(length))
        assert resembles("part state", bytes(length))


def test_somebody_elses_file_does_not_resemble_ours():
    for foreign in (b"somebody's", b'{"version":1}', b"[]", b"# notes"):
        assert not resembles("part state", foreign)


def test_a_newer_format_is_told_from_a_damaged_file():
    newer = encode(STATE).replace(b'"version":1', b'"version":2')

    with pytest.raises(NewerError, match="version 2"):
        decode(newer)


@pytest.mark.parametrize(
    "changes",
    [
        {"token": "../../etc/passwd"},
        {"token": "A" * 32},
        {"heir_of": 5},
        {"aside": 5},
        {"generation": -1},
        {"generation": 1.5},
        {"generation": True},
        {"generation": 2**63},
        {"owner": []},
        {"owner": {"host": "h"}},
        {"owner": {"host": "h", "boot": None, "namespace": None, "pid": 0, "started": None}},
        {"owner": {"host": "h", "boot": None, "namespace": None, "pid": 2**40, "started": None}},
        {"owner": {"host": ["h"], "boot": None, "namespace": None, "pid": 1, "started": None}},
        {"url": None},
        {"url": "x" * 2001},
        {"resource": None},
        {"resource": {}},
        {"resource": {"size": -1, "date_is_strong": False, "ranged": False}},
        {"resource": {"size": 5, "date_is_strong": 0, "ranged": False}},
        {"part": {"device": 1}},
        {"part": {"device": 1, "inode": -1}},
        {"synced": None},
        {"synced": [[0]]},
        {"synced": [[0, 5, 6]]},
        {"synced": [["0", 5]]},
        {"synced": [[5, 5]]},
        {"synced": [[9, 5]]},
        {"synced": [[0, 10], [10, 20]]},
        {"synced": [[0, 10], [5, 20]]},
        {"synced": [[20, 30], [0, 10]]},
        {"synced": [[0, 1001]]},
        {"synced": [[2 * number, 2 * number + 1] for number in range(10_001)]},
        {"blocks": [[0, 65_537, "0" * 32]]},
        {"blocks": [[0, 0, "0" * 32]]},
        {"blocks": [[0, 5, "0"]]},
        {"blocks": [[0, 5, "0" * 32]] * 65},
        {"sums": 7},
        {"sums": [[0, 5]]},
        {"sums": [[0, 5, -1]]},
        {"sums": [[0, 5, 2**32]]},
        {"sums": [[0, 5, "7"]]},
        {"sums": [[5, 5, 7]]},
        {"sums": [[0, 1001, 7]]},
        {"sums": [[0, 5, 7], [4, 9, 7]]},
        {"sums": [[5, 9, 7], [0, 4, 7]]},
        {"sums": [[number, number + 1, 7] for number in range(4097)]},
        {"complete": 1},
        {"complete": None},
    ],
)
def test_a_state_with_a_right_checksum_and_wrong_content_is_damaged(changes):
    """Invariant 10."""
    with pytest.raises(DamagedError):
        decode(with_body(encode(STATE), **changes))


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 500_000,
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"1" * 900_000,
        b'{"generation":' + b"9" * 100_000 + b"}",
        b'{"generation":1e999}',
        b"NaN",
        b'"' + b"\\u0000" * 100_000 + b'"',
        b'{"token":"x","token":"y"}',
        b"\xff\xfe",
        b"",
        b"null",
    ],
)
def test_json_that_is_a_trap_is_damaged(content):
    for data, read in ((encode(STATE), decode), (encode_live(LIVE), decode_live)):
        with pytest.raises(DamagedError):
            read(sealed(content, data))


def test_a_state_of_before_there_were_sums_has_none():
    body = json.loads(encode(STATE))["body"]
    del body["sums"]

    assert decode(sealed(json.dumps(body, separators=(",", ":")).encode(), encode(STATE))).sums == ()
    assert decode(with_body(encode(STATE), sums=None)).sums == ()


def test_a_live_map_is_no_state():
    with pytest.raises(DamagedError):
        decode(encode_live(LIVE))
    with pytest.raises(DamagedError):
        unseal("part state", encode_live(LIVE))


def test_the_smallest_ranges_are_forgotten_where_there_are_too_many():
    size = 2**62
    many = tuple((size - 10**6 + 40 * number, size - 10**6 + 40 * number + 1 + number % 3) for number in range(20_000))
    sums = tuple(Sum(size - 10**6 + number, size - 10**6 + number + 1, 2**32 - 1) for number in range(5_000))
    resource = Resource(size=size, etag='"' + "\U0001f600" * 1998 + '"')
    state = replace(STATE, resource=resource, synced=many, blocks=(), sums=sums)

    data = encode(state)
    read = decode(data)

    assert len(data) <= MOST_BYTES
    assert (len(read.synced), len(read.sums)) == (10_000, 4096)
    assert set(read.synced) <= set(many)
    assert {stop - start for start, stop in read.synced} == {2, 3}
    assert len(encode_live(replace(LIVE, written=many))) <= MOST_BYTES


def test_a_validator_that_is_too_long_is_left_out_rather_than_cut():
    read = decode(encode(replace(STATE, url="u" * 5000, resource=Resource(etag="e" * 2001, last_modified="m"))))

    assert read.resource == Resource(etag=None, last_modified="m")
    assert len(read.url) == 2000


def test_a_source_is_known_again_and_not_given_away():
    assert is_source(STATE, "https://u:p@example.com/a.iso")
    assert not is_source(STATE, "https://u:q@example.com/a.iso")
    assert not is_source(PartState(token="0" * 32), "")
    assert b"u:p@" not in encode(STATE)
    assert source_of("x", salt="1") != source_of("x", salt="2")
