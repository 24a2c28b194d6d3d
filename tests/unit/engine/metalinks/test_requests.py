"""What is a Metalink, and which requests it stands for."""

from pathlib import Path

import pytest

from rheo.domain.checksum import Checksum, parse_checksum
from rheo.domain.download import DownloadRequest, Follow
from rheo.domain.http_wishes import HttpWishes
from rheo.domain.metalink.values import Metalink, MetalinkFile, MetalinkSource
from rheo.domain.promise import Trust
from rheo.domain.url import parse_url
from rheo.engine.metalinks.following import is_known_one, is_one
from rheo.engine.metalinks.requests import requests_of, wanted_of
from rheo.transport.base import Head

HOME = "https://home.example/x.meta4"
SECRET = HttpWishes(headers=(("X-Key", "secret"),), public_headers=(("X-Open", "1"),))
MD5 = Checksum("md5", "0" * 32)


def request(url=HOME, **more):
    return DownloadRequest(url=parse_url(url), directory=Path("/downloads"), **{"follow": Follow.TOLD, **more})


def answer(**fields):
    return Head(version="1.1", status=200, fields=fields)


def file(*urls, **more):
    return MetalinkFile(name="a.iso", sources=tuple(MetalinkSource(url=url) for url in urls), **more)


def made(*files, found=HOME, **more):
    return requests_of(files, "x", request(**more), parse_url(found))


@pytest.mark.parametrize(
    ("url", "kind", "one"),
    [
        ("https://h/get", "application/metalink4+xml", True),
        ("https://h/get", "Application/Metalink+XML; charset=utf-8", True),
        ("https://h/x.meta4?token=1", "application/octet-stream", True),
        ("https://h/x.METALINK", "text/xml", True),
        ("https://h/get?x.meta4", "text/xml", False),
        ("https://h/a.iso", "application/octet-stream", False),
        ("https://h/x.xml", "application/xml", False),
    ],
)
def test_type_or_name_tell(url, kind, one):
    assert is_one(request(url), answer(**{"content-type": kind}), parse_url(url)) is one
    assert not is_one(request(url, follow=Follow.NEVER), answer(**{"content-type": kind}), parse_url(url))
    posted = request(url, http=HttpWishes(method="POST", body=b"x"))
    assert not is_one(posted, answer(**{"content-type": kind}), parse_url(url))


def test_a_name_tells_before_anything_is_asked():
    assert is_known_one(request(HOME))
    assert not is_known_one(request(HOME, follow=Follow.NEVER))
    assert not is_known_one(request("https://h/get"))
    assert is_known_one(request("https://h/get", follow=Follow.ALWAYS))


def test_what_is_listed_is_never_followed_again():
    (one,) = made(file("https://b.example/y.meta4"))
    assert one.follow is Follow.NEVER
    assert not is_known_one(one)


def test_secrets_go_where_their_own_origin_says_and_to_itself_alone():
    own, foreign, insecure = "https://home.example/a", "https://b.example/a", "http://home.example/a"
    assert made(file(own), http=SECRET)[0].http == SECRET
    assert made(file(foreign), http=SECRET)[0].http == HttpWishes(public_headers=SECRET.public_headers)
    assert made(file(insecure), http=SECRET)[0].http == HttpWishes(public_headers=SECRET.public_headers)
    assert made(file(own), http=SECRET, found=foreign)[0].http == HttpWishes(public_headers=SECRET.public_headers)


@pytest.mark.parametrize(
    ("given", "found", "sources", "trust"),
    [
        (HOME, HOME, ["https://b.example/a"], Trust.GIVEN),
        (HOME, HOME, ["https://b.example/a", "https://home.example/a"], Trust.SAME_SERVER),
        (HOME, HOME, ["http://home.example:8080/a"], Trust.SAME_SERVER),
        (HOME, "https://b.example/x.meta4", ["https://b.example/a"], Trust.SAME_SERVER),
        (HOME, "http://c.example/x.meta4", ["https://b.example/a"], Trust.SAME_SERVER),
        ("http://home.example/x.meta4", HOME, ["https://b.example/a"], Trust.SAME_SERVER),
    ],
)
def test_hashes_are_ones_own_word_only_from_elsewhere_and_encrypted(given, found, sources, trust):
    (one,) = made(file(*sources, hashes=(MD5,)), url=given, found=found)
    assert one.trust is trust


def test_the_callers_word_goes_before_the_documents_and_both_hashes_must_match():
    mine = parse_checksum(f"sha256:{'1' * 64}")
    mirrors = (parse_url("https://m.example/a"), parse_url("https://b.example/a"))
    (one,) = made(
        file("https://b.example/a", "https://c.example/a", hashes=(MD5,), size=10),
        checksums=(mine,),
        output="b.iso",
        mirrors=mirrors,
        size=11,
    )
    assert (one.output, one.size, one.checksums, one.trust) == ("b.iso", 11, (MD5, mine), Trust.GIVEN)
    assert [mirror.host for mirror in one.mirrors] == ["c.example", "m.example"]


PLAIN, SAFE = "http://b.example/a", "https://c.example/a"
SHA256 = Checksum("sha256", "0" * 64)


@pytest.mark.parametrize(
    ("found", "hashes", "allow_downgrade", "kept"),
    [
        (HOME, (), False, [SAFE]),
        (HOME, (MD5,), False, [SAFE]),
        (HOME, (SHA256,), False, [PLAIN, SAFE]),
        (HOME, (), True, [PLAIN, SAFE]),
        ("http://home.example/x.meta4", (), False, [PLAIN, SAFE]),
    ],
)
def test_https_leads_to_plain_http_only_where_a_strong_hash_proves_the_file(found, hashes, allow_downgrade, kept):
    metalink = Metalink(place="x", files=(file(PLAIN, SAFE, hashes=hashes),))
    (one,) = wanted_of(metalink, request(), parse_url(found), allow_downgrade=allow_downgrade)
    assert [source.url for source in one.sources] == kept
    told = "'a.iso': 1 source left out: plain http, and no strong hash proves the file"
    assert one.notes == (() if PLAIN in kept else (told,))


def test_a_part_says_where_its_file_goes():
    (one,) = made(file("https://b.example/a"), resume_from=Path("/downloads/b.part"))
    assert one.output is None
