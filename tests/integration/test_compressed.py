"""Files that servers compress on the way, since they were asked to: through the public call and a real socket."""

import gzip
import hashlib
import random
import threading
import zlib

import pytest

import rheo
from origin import Chunked, File, Generated, Redirect, cut, gated, gzipped

QUICK = rheo.RetryPolicy(base=0.001, ceiling=0.002)
NEVER = rheo.RetryPolicy(attempts=0)
TEXT = random.Random(1).randbytes(1_500_000).hex().encode()
"""Shrinks by half."""


def fetch(url, downloads, **more):
    more.setdefault("retry_policy", NEVER)
    return rheo.download(url, directory=downloads, compressed=True, **more)


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def coded(body, coding="gzip", **more):
    return File(body, headers={"Content-Encoding": coding}, **more)


def bare(content):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


def asked(origin):
    return [(request.headers.get("range"), request.headers["accept-encoding"]) for request in origin.requests]


PLAINLY = (None, "gzip, deflate")


@pytest.mark.parametrize("size", [0, 1, 10_000, 1024 * 1024, len(TEXT)])
@pytest.mark.parametrize("wrap", [lambda reply: reply, Chunked], ids=["length", "chunked"])
def test_a_coded_file_is_unpacked_while_it_comes(origin, downloads, size, wrap):
    content = TEXT[:size]
    origin.serve("/a.txt", wrap(gzipped(content, etag='"one"')))

    result = fetch(origin.url("/a.txt"), downloads)

    assert result.path.read_bytes() == content
    assert result.size == size
    assert result.verification is rheo.Verification.UNVERIFIED
    assert names(downloads) == ["a.txt"]
    assert asked(origin) == [PLAINLY]


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("deflate", zlib.compress(TEXT)),
        ("deflate", bare(TEXT)),
        ("x-gzip", gzip.compress(TEXT)),
        ("gzip", gzip.compress(TEXT[:70]) + gzip.compress(TEXT[70:]) + bytes(512)),
        ("identity, GZIP", gzip.compress(TEXT)),
    ],
    ids=["zlib", "bare deflate", "x-gzip", "two members", "identity beside it"],
)
def test_whatever_browsers_unpack_is_unpacked(origin, downloads, coding, body):
    origin.serve("/a.txt", coded(body, coding))
    assert fetch(origin.url("/a.txt"), downloads).path.read_bytes() == TEXT


def test_nothing_is_nothing_whatever_it_is_coded_as(origin, downloads):
    origin.serve("/a.txt", coded(b""))
    result = fetch(origin.url("/a.txt"), downloads)
    assert (result.size, result.verification) == (0, rheo.Verification.CONSISTENT)


def test_hashes_are_of_the_unpacked_file(origin, downloads):
    origin.serve("/a.txt", gzipped(TEXT))
    url, packed = origin.url("/a.txt"), gzip.compress(TEXT, mtime=0)

    with pytest.raises(rheo.ChecksumMismatchError):
        fetch(url, downloads, checksum=f"sha256:{hashlib.sha256(packed).hexdigest()}")
    assert names(downloads) == []
    result = fetch(url, downloads, checksum=f"sha256:{hashlib.sha256(TEXT).hexdigest()}")
    assert result.verification is rheo.Verification.VERIFIED


def test_a_file_that_is_itself_compressed_is_stored_as_it_comes(origin, downloads):
    reply = gzipped(TEXT)
    origin.serve("/a.tar.gz", reply)

    result = fetch(origin.url("/a.tar.gz"), downloads)

    assert result.path.read_bytes() == reply.content
    assert result.verification is rheo.Verification.CONSISTENT


def test_an_answer_that_is_not_coded_is_taken_over_its_one_connection(origin, downloads):
    content = Generated(20_000_000)
    origin.serve("/a.bin", File(content, etag='"one"'))

    result = fetch(origin.url("/a.bin"), downloads)

    assert result.path.read_bytes() == content.read(0, content.size)
    assert result.verification is rheo.Verification.CONSISTENT
    assert asked(origin) == [PLAINLY]


def test_the_body_of_a_redirect_is_not_unpacked(origin, downloads):
    origin.serve("/a.txt", Redirect("/b.txt", headers={"Content-Encoding": "gzip, gzip"}))
    origin.serve("/b.txt", gzipped(TEXT))
    assert fetch(origin.url("/a.txt"), downloads).path.read_bytes() == TEXT
    assert asked(origin) == [PLAINLY, PLAINLY]


# --- what is refused


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (coded(b"x" * 500, "br"), rheo.CodedBodyError, "coded as br, though rheo asked for one of gzip, deflate"),
        (coded(gzip.compress(gzip.compress(TEXT)), "gzip, gzip"), rheo.CodedBodyError, "coded as gzip, gzip"),
        (coded(TEXT), rheo.CodedBodyError, "what is no gzip, or damaged"),
        (coded(TEXT, "deflate"), rheo.CodedBodyError, "what is no deflate, or damaged"),
        (coded(gzip.compress(TEXT) + b"more"), rheo.CodedBodyError, "what is no gzip, or damaged"),
        (coded(zlib.compress(TEXT) + b"more", "deflate"), rheo.CodedBodyError, "bytes behind the end of its deflate"),
        (coded(gzip.compress(TEXT)[:-8] + bytes(8)), rheo.CodedBodyError, "incorrect data check"),
        (coded(gzip.compress(bytes(50_000_000))), rheo.CodedBodyError, "that is no compressed file, but a bomb"),
        (coded(gzip.compress(TEXT)[:-1]), rheo.TruncatedBodyError, "the body ended before the end of its gzip"),
        (coded(gzip.compress(TEXT)[:200_000]), rheo.TruncatedBodyError, "the body ended before the end of its gzip"),
        (cut(gzipped(TEXT), after=100_000), rheo.TruncatedBodyError, ""),
        (cut(Chunked(gzipped(TEXT)), after=100_000), rheo.TruncatedBodyError, ""),
    ],
)
def test_a_body_that_cannot_be_unpacked_leaves_nothing(origin, downloads, reply, error, words):
    origin.serve("/a.txt", reply)

    with pytest.raises(error) as failure:
        fetch(origin.url("/a.txt"), downloads)

    assert type(failure.value) is error
    assert words in failure.value.message
    assert names(downloads) == []


def test_a_bomb_is_not_asked_for_again(origin, downloads):
    origin.serve("/a.txt", coded(gzip.compress(bytes(50_000_000))))
    with pytest.raises(rheo.CodedBodyError):
        fetch(origin.url("/a.txt"), downloads, retry_policy=QUICK)
    assert len(origin.requests) == 1


# --- what is not gone on with


@pytest.mark.parametrize(
    "broken",
    [coded(gzip.compress(TEXT)[:-100]), cut(gzipped(TEXT), after=300_000), cut(Chunked(gzipped(TEXT)), after=5)],
    ids=["an early end of the coding", "of the body", "before its first piece"],
)
def test_a_broken_answer_is_asked_for_again_from_the_start(origin, downloads, broken):
    origin.serve("/a.txt", [broken, broken, gzipped(TEXT)])

    result = fetch(origin.url("/a.txt"), downloads, retry_policy=QUICK)

    assert result.path.read_bytes() == TEXT
    assert result.resumed == 0
    assert names(downloads) == ["a.txt"]
    assert asked(origin) == [PLAINLY] * 3


def test_a_pause_keeps_nothing_and_begins_again(origin, downloads):
    gate, seen = threading.Event(), threading.Event()
    origin.serve("/a.txt", [gated(gzipped(TEXT), gate, after=1_000_000), gzipped(TEXT)])
    with rheo.sync.DownloadManager(directory=downloads, compressed=True) as manager:
        manager.on(rheo.ProgressSampled, lambda event: event.progress.received > 1_000_000 and seen.set())
        handle = manager.add(origin.url("/a.txt"))
        assert seen.wait(20)
        assert any(name.endswith(".part") for name in names(downloads))
        handle.pause()
        assert names(downloads) == []
        handle.resume()
        result = handle.wait()

    gate.set()
    assert result.path.read_bytes() == TEXT
    assert (result.resumed, names(downloads)) == (0, ["a.txt"])
    assert asked(origin) == [PLAINLY, PLAINLY]


def test_a_part_of_a_run_without_it_is_gone_on_with_as_it_began(origin, downloads):
    file = File(TEXT, etag='"one"')
    origin.serve("/a.txt", [cut(file, after=2_000_000), file])
    with pytest.raises(rheo.NetworkError):
        rheo.download(origin.url("/a.txt"), directory=downloads, connections=1, retry_policy=NEVER)

    result = fetch(origin.url("/a.txt"), downloads)

    assert result.path.read_bytes() == TEXT
    assert result.resumed == 2_000_000
    assert asked(origin)[-1] == (f"bytes={2_000_000 - 4096}-{len(TEXT) - 1}", "identity")


# --- whom it is asked of


def test_without_it_nothing_coded_is_asked_for(origin, downloads):
    origin.serve("/a.txt", File(TEXT))
    rheo.download(origin.url("/a.txt"), directory=downloads, connections=1)
    assert asked(origin) == [("bytes=0-", "identity")]


# --- nginx


def test_nginx_compresses_and_rheo_unpacks(nginx, downloads):
    server = nginx(gzip=True)
    server.publish("a.txt", TEXT)

    result = fetch(f"http://127.0.0.1:{server.plain}/a.txt", downloads)

    assert result.path.read_bytes() == TEXT
    assert server.log.shows('asked="gzip, deflate" sent="gzip"')


def test_nginx_sends_the_file_as_it_is_without_being_asked_otherwise(nginx, downloads):
    server = nginx(gzip=True)
    server.publish("a.txt", TEXT)

    result = rheo.download(f"http://127.0.0.1:{server.plain}/a.txt", directory=downloads)

    assert result.path.read_bytes() == TEXT
    assert server.log.shows('asked="identity" sent="-"')


def test_many_compressed_files_share_http_2(nginx, downloads, ca_file):
    server = nginx(gzip=True)
    for number in range(40):
        server.publish(f"{number}.txt", TEXT[: 20_000 * number])
    with rheo.sync.DownloadManager(directory=downloads, ca_file=ca_file, compressed=True) as manager:
        handles = manager.add_many([f"https://localhost:{server.secure}/{number}.txt" for number in range(40)])
        results = [handle.wait() for handle in handles]

    assert {result.http_version for result in results} == {"2"}
    assert all(result.path.read_bytes() == TEXT[: 20_000 * number] for number, result in enumerate(results))
