"""Any bytes, in any chunks: the file that was packed, or our error; never more than the caps allow."""

import gzip
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.errors import CodedBodyError, TruncatedBodyError
from rheo.engine.answers.decoding import FREE, MOST, MOST_TIMES, PORTION, Caps, Decoder

RAW = -15
OURS = (CodedBodyError, TruncatedBodyError)

contents = st.binary(max_size=300) | st.builds(bytes.__mul__, st.binary(max_size=9), st.integers(0, 40_000))
levels = st.integers(0, 9)
sizes = st.lists(st.integers(1, 4000), min_size=1, max_size=20)
small_caps = st.builds(Caps, free=st.integers(0, 500), times=st.integers(1, 20), most=st.integers(0, 5000))


def cut(data, sizes):
    """Return the data in chunks of these sizes, the last of which goes on."""
    chunks, position = [], 0
    for size in [*sizes, len(data)]:
        chunks.append(data[position : position + size])
        position += size
    return [chunk for chunk in chunks if chunk]


def unpack(coding, chunks, caps=None):
    """Return the portions; raises as the decoder does."""
    decoder, portions = Decoder(coding, source="http://a", caps=caps), []
    for chunk in chunks:
        decoder.feed(chunk)
        while portion := decoder.next():
            portions.append(portion)
    decoder.finish()
    return portions


def outcome(coding, chunks, caps=None):
    """Return the file or our error; any other one is raised."""
    try:
        return b"".join(unpack(coding, chunks, caps))
    except OURS as error:
        return error


def deflate(data, *, level=6, wbits=15):
    packer = zlib.compressobj(level, zlib.DEFLATED, wbits)
    return packer.compress(data) + packer.flush()


@given(contents=st.lists(contents, min_size=1, max_size=4), level=levels, sizes=sizes, padding=st.integers(0, 700))
def test_gzip_is_unpacked_member_after_member(contents, level, sizes, padding):
    packed = b"".join(gzip.compress(content, level, mtime=0) for content in contents) + bytes(padding)
    portions = unpack("gzip", cut(packed, sizes))
    assert b"".join(portions) == b"".join(contents)
    assert all(len(portion) <= PORTION for portion in portions)


@given(content=contents, level=levels, sizes=sizes, wbits=st.sampled_from([15, 9, RAW, -9]))
def test_deflate_is_unpacked_with_its_header_and_without(content, level, sizes, wbits):
    packed = deflate(content, level=level, wbits=wbits)
    assert b"".join(unpack("deflate", cut(packed, sizes))) == content


@given(coding=st.sampled_from(["gzip", "deflate"]), body=st.binary(max_size=2000), sizes=sizes, caps=small_caps)
def test_any_bytes_give_bytes_or_our_error(coding, body, sizes, caps):
    came = outcome(coding, cut(body, sizes), caps)
    assert isinstance(came, bytes) or "http://a" in str(came)


@given(content=contents, sizes=sizes, at=st.integers(0), changed=st.integers(1, 255))
def test_a_changed_byte_of_gzip_gives_the_same_file_or_our_error(content, sizes, at, changed):
    packed = bytearray(gzip.compress(content, mtime=0))
    packed[at % len(packed)] ^= changed
    came = outcome("gzip", cut(bytes(packed), sizes))
    assert came == content or isinstance(came, OURS)


@given(content=contents, sizes=sizes, end=st.integers(0), wbits=st.sampled_from([31, 15, RAW]))
def test_what_ends_early_is_never_taken_for_whole(content, sizes, end, wbits):
    packed = deflate(content, wbits=wbits)
    with pytest.raises(TruncatedBodyError):
        unpack("gzip" if wbits == 31 else "deflate", cut(packed[: end % len(packed)], sizes))


@given(content=contents, beyond=st.binary(min_size=1, max_size=50), wbits=st.sampled_from([31, 15, RAW]), sizes=sizes)
def test_bytes_behind_the_end_are_not_ignored(content, beyond, wbits, sizes):
    coding = "gzip" if wbits == 31 else "deflate"
    if wbits == 31:
        beyond = b"x" + beyond
    with pytest.raises(OURS):
        unpack(coding, cut(deflate(content, wbits=wbits) + beyond, sizes))


@given(
    contents=st.lists(contents, min_size=1, max_size=3),
    sizes=sizes,
    caps=small_caps,
    wbits=st.sampled_from([31, 15, RAW]),
)
def test_never_more_comes_out_than_the_caps_allow(contents, sizes, caps, wbits):
    coding = "gzip" if wbits == 31 else "deflate"
    content = b"".join(contents) if coding == "deflate" else None
    packed = b"".join(deflate(one, wbits=wbits) for one in ([content] if content is not None else contents))
    decoder, received, given_out = Decoder(coding, source="http://a", caps=caps), 0, 0
    stopped = False
    for chunk in cut(packed, sizes):
        decoder.feed(chunk)
        received += len(chunk)
        try:
            while portion := decoder.next():
                given_out += len(portion)
        except CodedBodyError:
            stopped = True
        assert given_out <= min(caps.most, max(caps.free, caps.times * received))
        if stopped:
            break
    assert stopped or given_out == sum(map(len, contents))


def test_a_bomb_goes_off_where_the_cap_says():
    decoder = Decoder("gzip", source="http://a")
    decoder.feed(gzip.compress(bytes(64 * 1024 * 1024), mtime=0)[:16_384])  # of which all has a thousandth
    assert sum(len(decoder.next()) for _ in range(FREE // PORTION)) == FREE
    with pytest.raises(CodedBodyError, match=r"http://a sends 16384 bytes .* bomb; without --compressed"):
        decoder.next()


def test_ten_mebibytes_may_come_of_next_to_nothing():
    content = bytes(FREE)
    assert b"".join(unpack("gzip", [gzip.compress(content, mtime=0)])) == content


def test_the_caps_are_those_that_the_manual_names():
    caps = Caps()
    assert (caps.of(0), caps.of(10**6), caps.of(2**60)) == (10 * 1024**2, 200 * 10**6, 1024**4)
    assert (FREE, MOST_TIMES, MOST) == (10 * 1024**2, 200, 1024**4)


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(b"", mtime=0) * 20_000,  # members of nothing
        gzip.compress(b"", mtime=0) + bytes(2_000_000),  # padding
        b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * 2_000_000,  # a name without end
        b"\x00\x00\x00\xff\xff" * 400_000,  # stored blocks of nothing
    ],
)
def test_what_brings_nothing_costs_time_like_its_length(body):
    started = time.process_time()
    for coding in ("gzip", "deflate"):
        outcome(coding, cut(body, [16_384] * (len(body) // 16_384)))
    assert time.process_time() - started < 5
