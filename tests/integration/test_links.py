"""Metalink/HTTP (RFC 6249): other homes of a file that its server tells of; the public call, and real sockets."""

import base64
import hashlib
import logging
import time

import pytest

import rheo
from origin import File, Flipped, Generated, Redirect, Status, cut, paced, page, reset, stalled

NEVER = rheo.RetryPolicy(attempts=0)
LOGIN = rheo.Login("ann", rheo.Secret("canary"))
SIZE = 12_000_000
DATA = Generated(SIZE)
SMALL = Generated(1000)
RATE = 2e6
FOUR = '<metalink xmlns="urn:ietf:params:xml:ns:metalink">{}</metalink>'
TYPE = "application/metalink4+xml"


@pytest.fixture
def home(origins):
    return origins[0]


def duplicate(url, pri=1):
    return f'<{url}>; rel=duplicate; pri={pri}; geo="de"'


def description(url="/a.meta4"):
    return f'<{url}>; rel=describedby; type="{TYPE}"'


def digest(data=DATA, algorithm="sha256", label="sha-256"):
    value = hashlib.new(algorithm, data.read(0, data.size)).digest()
    return {"Repr-Digest": f"{label}=:{base64.b64encode(value).decode()}:"}


def linked(*links, data=DATA, rate=RATE, **more):
    return paced(File(data, etag='"1"', headers={"Link": ", ".join(links), **more}), rate=rate)


def document(*urls, data=DATA, name="a.bin", hashed=None, size=None, pieces=""):
    sha256 = hashlib.sha256(data.read(0, data.size)).hexdigest() if hashed is None else hashed
    sources = "".join(f"<url>{url}</url>" for url in urls)
    told = f'<size>{size or data.size}</size><hash type="sha-256">{sha256}</hash>{pieces}'
    return File(FOUR.format(f'<file name="{name}">{told}{sources}</file>').encode(), content_type=TYPE)


def fetch(home, downloads, **more):
    more.setdefault("retry_policy", NEVER)
    return rheo.download(home.url("/a.bin"), directory=downloads, **more)


def assert_whole(result, data=DATA):
    assert result.path.read_bytes() == data.read(0, data.size)
    assert [path.name for path in result.path.parent.iterdir()] == ["a.bin"]


def paths(origin):
    return {request.path for request in origin.requests}


# --- duplicates


def test_duplicates_bring_a_share_where_a_digest_proves_it(origins, home, downloads):
    one, two = origins[1:]
    home.serve("/a.bin", linked(duplicate(one.url("/one"), 2), duplicate(two.url("/two"), 1), **digest()))
    for origin, path in ((one, "/one"), (two, "/two")):
        origin.serve(path, paced(File(DATA, etag='"other"'), rate=RATE))

    result = fetch(home, downloads)

    assert_whole(result)
    assert (result.verification, result.trust) == (rheo.Verification.VERIFIED, rheo.Trust.SAME_SERVER)
    assert [share.url for share in result.sources] == [home.url("/a.bin"), two.url("/two"), one.url("/one")]
    assert all(share.size > 500_000 for share in result.sources)


@pytest.mark.parametrize("headers", [{}, digest(algorithm="md5", label="md5")], ids=["no digest", "a weak one"])
def test_nobody_unknown_is_asked_where_nothing_strong_would_prove_what_he_brings(origins, home, downloads, headers):
    home.serve("/a.bin", linked(duplicate(origins[1].url("/a.bin")), rate=8e6, **headers))
    origins[1].serve("/a.bin", File(DATA))

    result = fetch(home, downloads)

    assert_whole(result)
    assert origins[1].requests == []
    assert result.sources == ()


def test_a_hash_of_the_users_proves_it_too(origins, home, downloads):
    home.serve("/a.bin", linked(duplicate(origins[1].url("/a.bin"))))
    origins[1].serve("/a.bin", paced(File(DATA), rate=RATE))

    result = fetch(home, downloads, checksum=f"sha256:{DATA.sha256()}", verify="off")

    assert_whole(result)
    assert result.trust is rheo.Trust.GIVEN
    assert origins[1].requests


@pytest.mark.parametrize(
    "reply",
    [
        paced(File(Flipped(SIZE, at=7_000_000)), rate=RATE),
        paced(File(Generated(SIZE, seed=9)), rate=RATE),
        File(Generated(SIZE + 1)),
        Status(404),
        page(),
        stalled(File(DATA), after=0),
        reset(File(DATA), after=0),
    ],
    ids=["one other byte", "other bytes", "another size", "404", "a page", "silence", "a reset"],
)
def test_a_duplicate_that_lies_or_fails_does_no_harm(origins, home, downloads, reply):
    home.serve("/a.bin", linked(duplicate(origins[1].url("/a.bin")), rate=4e6, **digest()))
    origins[1].serve("/a.bin", reply)

    began = time.monotonic()
    result = fetch(home, downloads)

    assert_whole(result)
    assert time.monotonic() - began < 8, "what it would have taken alone, and a little"


def test_a_duplicate_goes_on_where_the_server_dies(origins, home, downloads):
    link, sha256 = duplicate(origins[1].url("/a.bin")), digest()
    home.serve("/a.bin", [cut(linked(link, **sha256), after=3_000_000), Status(503)])
    origins[1].serve("/a.bin", File(DATA))

    assert_whole(fetch(home, downloads))


def test_links_of_a_redirect_count_as_well(origins, home, downloads):
    """So do download servers that send each client to a mirror near it."""
    near, far = origins[1:]
    links = ", ".join([duplicate(far.url("/a.bin"), 2), description()])
    home.serve("/a.bin", Redirect(near.url("/a.bin"), headers={"Link": links}))
    home.serve("/a.meta4", document())
    for origin in (near, far):
        origin.serve("/a.bin", paced(File(DATA), rate=RATE))

    result = fetch(home, downloads)

    assert_whole(result)
    assert (result.verification, result.trust) == (rheo.Verification.VERIFIED, rheo.Trust.SAME_SERVER)
    assert "/a.bin" in paths(far)


def test_nobody_is_shown_a_secret(origins, home, downloads):
    one, two = origins[1:]
    home.serve("/a.bin", linked(duplicate(one.url("/a.bin")), description(two.url("/a.meta4")), **digest()))
    one.serve("/a.bin", paced(File(DATA), rate=RATE))
    two.serve("/a.meta4", document(two.url("/a.bin")))
    two.serve("/a.bin", paced(File(DATA), rate=RATE))

    fetch(home, downloads, headers={"X-Key": "canary"}, cookies={"c": "canary"}, login=LOGIN)

    assert paths(one) == {"/a.bin"}
    assert "/a.meta4" in paths(two)
    shown = [request for origin in (one, two) for request in origin.requests]
    assert not any("canary" in str(request.raw) or "authorization" in request.headers for request in shown)
    assert "canary" in str(home.requests[0].raw)


def test_a_stranger_on_the_way_has_no_say_where_secrets_are_shown(origins, home, downloads):
    stranger = origins[1]
    links = ", ".join([duplicate(home.url("/delete-all")), description(home.url("/delete-too"))])
    home.serve("/a.bin", Redirect(stranger.url("/a.bin")))
    stranger.serve("/a.bin", paced(File(DATA, headers={"Link": links, **digest()}), rate=8e6))

    assert_whole(fetch(home, downloads, cookies={"c": "canary"}))
    assert paths(home) == {"/a.bin"}


def test_a_resumed_download_asks_duplicates_too(origins, home, downloads):
    link, sha256 = duplicate(origins[1].url("/a.bin")), digest()
    home.serve("/a.bin", [cut(linked(link, **sha256), after=2_000_000), linked(link, **sha256)])
    origins[1].serve("/a.bin", [Status(503), Status(503), paced(File(DATA), rate=RATE)])
    with pytest.raises(rheo.RheoError):
        fetch(home, downloads, connections=1)

    result = fetch(home, downloads)

    assert_whole(result)
    assert result.resumed > 0
    assert len(result.sources) == 2


def test_one_that_lied_is_not_asked_for_that_file_again(origins, home, downloads):
    home.serve("/a.bin", linked(duplicate(origins[1].url("/a.bin")), **digest()))
    origins[1].serve("/a.bin", paced(File(Generated(SIZE, seed=9)), rate=RATE))
    with rheo.sync.DownloadManager(directory=downloads, retry_policy=NEVER) as manager:
        first = manager.add(home.url("/a.bin")).wait()
        asked = len(origins[1].requests)
        second = manager.add(home.url("/a.bin")).wait()

    assert first.sources[1].banned
    assert second.sources == ()
    assert len(origins[1].requests) == asked > 0


# --- a Metalink of the file


def test_a_metalink_of_the_file_brings_its_hash(home, downloads):
    home.serve("/a.bin", linked(description(), data=SMALL))
    home.serve("/a.meta4", document(data=SMALL))

    result = fetch(home, downloads)

    assert_whole(result, SMALL)
    assert (result.verification, result.trust) == (rheo.Verification.VERIFIED, rheo.Trust.SAME_SERVER)
    assert [str(checksum) for checksum in result.checksums] == [f"sha256:{SMALL.sha256()}"]


def test_a_metalink_of_the_file_brings_mirrors(origins, home, downloads):
    home.serve("/a.bin", linked(description()))
    home.serve("/a.meta4", document(origins[1].url("/b"), "a.bin"))
    origins[1].serve("/b", paced(File(DATA), rate=RATE))

    result = fetch(home, downloads)

    assert_whole(result)
    assert [share.url for share in result.sources] == [home.url("/a.bin"), origins[1].url("/b")]
    assert result.sources[1].size > 500_000


def test_a_metalink_of_the_file_brings_pieces_so_that_damage_is_mended(home, downloads):
    length = 1 << 20
    digests = (hashlib.sha1(DATA.read(at, min(at + length, SIZE))).hexdigest() for at in range(0, SIZE, length))
    pieces = "".join(f"<hash>{digest}</hash>" for digest in digests)
    once, good = File(Flipped(SIZE, at=5_000_000), etag='"1"'), File(DATA, etag='"1"')
    headers = {"Link": description()}
    home.serve("/a.bin", [File(once.content, etag='"1"', headers=headers), good])
    home.serve("/a.meta4", document(pieces=f'<pieces type="sha-1" length="{length}">{pieces}</pieces>'))

    result = fetch(home, downloads, connections=1)

    assert_whole(result)
    ranges = [request.headers["range"] for request in home.requests if request.path == "/a.bin"]
    assert len(ranges) == 2, "the damaged piece alone is fetched again"


def test_another_hash_than_the_metalinks_is_a_mismatch(home, downloads):
    home.serve("/a.bin", linked(description(), data=SMALL))
    home.serve("/a.meta4", document(data=SMALL, hashed="0" * 64))

    with pytest.raises(
        rheo.ChecksumMismatchError, match=r"/a\.meta4 says, a hash from the same server: .*--verify off"
    ):
        fetch(home, downloads)
    assert list(downloads.iterdir()) == []

    assert_whole(fetch(home, downloads, verify="off"), SMALL)


BOMB = '<!DOCTYPE m [<!ENTITY a "aaaa">]>' + FOUR.format("&a;")
USELESS = {
    "missing": Status(404),
    "no XML": File(b"hello", content_type=TYPE),
    "an entity bomb": File(BOMB.encode(), content_type=TYPE),
    "a traversal": document(name="../a.bin", data=SMALL),
    "a short hash": document(hashed="ab", data=SMALL),
    "a page": page(),
    "another size": document(data=SMALL, size=999),
    "another name": File(FOUR.format('<file name="b"/><file name="c"><size>1000</size></file>').encode()),
    "too large": File(Generated(3_000_000)),
    "silence": stalled(File(b"x" * 100), after=0),
    "a redirect to nowhere": Redirect("http://127.0.0.1:1/"),
}


@pytest.mark.parametrize("reply", USELESS.values(), ids=USELESS)
def test_a_metalink_that_is_of_no_use_costs_the_file_nothing(home, downloads, reply):
    home.serve("/a.bin", linked(description(), data=SMALL))
    home.serve("/a.meta4", reply)

    began = time.monotonic()
    result = fetch(home, downloads)

    assert_whole(result, SMALL)
    assert result.trust is rheo.Trust.LENGTH
    assert time.monotonic() - began < 3


def test_why_it_was_of_no_use_is_a_note(home, downloads, caplog):
    home.serve("/a.bin", linked(description(), data=SMALL))
    home.serve("/a.meta4", File(b"hello", content_type=TYPE))
    with caplog.at_level(logging.INFO, logger="rheo"):
        fetch(home, downloads)

    told = f"the Metalink of {home.url('/a.bin')} is left aside: {home.url('/a.meta4')}, line 1, column 1: is not XML"
    assert [message for message in caplog.messages if message.startswith(told)]


def test_a_second_metalink_is_asked_where_the_first_is_of_no_use(home, downloads):
    home.serve("/a.bin", linked(description("/gone"), description("/a.meta4"), description("/third"), data=SMALL))
    home.serve("/a.meta4", document(data=SMALL))

    assert fetch(home, downloads).verification is rheo.Verification.VERIFIED
    assert paths(home) == {"/a.bin", "/gone", "/a.meta4"}


def test_with_an_announced_digest_a_small_file_needs_no_metalink(home, downloads):
    home.serve("/a.bin", linked(description(), data=SMALL, **digest(SMALL)))

    assert fetch(home, downloads).verification is rheo.Verification.VERIFIED
    assert paths(home) == {"/a.bin"}


def test_nothing_of_it_is_looked_at_where_that_is_wished(origins, home, downloads):
    home.serve("/a.bin", linked(duplicate(origins[1].url("/a.bin")), description(), rate=8e6, **digest()))

    assert_whole(fetch(home, downloads, follow_metalink=False))
    assert paths(home) == {"/a.bin"}
    assert origins[1].requests == []
