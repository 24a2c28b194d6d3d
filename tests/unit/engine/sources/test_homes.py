"""Which other homes of a file may be asked, as heads tell of them."""

import pytest

from rheo.domain.checksum import Checksum
from rheo.domain.metalink.values import Metalink, MetalinkFile
from rheo.domain.promise import Promise
from rheo.domain.url import parse_url
from rheo.engine.sources.homes import MOST_MIRRORS, Limits, described, homes_of, is_local, may_name, size_in
from rheo.transport.base import Head

HERE = parse_url("https://files.example/a.iso")
OWN = HERE.origin


def told(*links, url=HERE):
    return url, {"link": ", ".join(links)}


def homes(*heads, allow_downgrade=False):
    found = homes_of(heads, Limits(OWN, allow_downgrade=allow_downgrade))
    return [url.text for url in found.mirrors], [url.text for url in found.documents]


def test_the_best_come_first_whichever_head_tells_of_them():
    before = parse_url("https://first.example/a.iso")
    mirrors, _ = homes(
        told("<https://c.example/>; rel=duplicate; pri=3", "<https://a.example/>; rel=duplicate; pri=1", url=before),
        told("<https://b.example/>; rel=duplicate; pri=2", "<https://first.example/a.iso>; rel=duplicate"),
    )
    assert mirrors == ["https://a.example/", "https://b.example/", "https://c.example/"]


def test_the_files_own_server_is_asked_for_a_metalink_before_the_one_that_led_there():
    kind = 'rel=describedby; type="application/metalink4+xml"'
    before = parse_url("https://first.example/a.iso")
    _, documents = homes(told(f"</1.meta4>; {kind}", url=before), told(f"</2.meta4>; {kind}"))
    assert documents == ["https://files.example/2.meta4", "https://first.example/1.meta4"]


def test_there_are_no_more_than_may_be_asked():
    mirrors, _ = homes(told(*(f"<https://m{number}.example/>; rel=duplicate" for number in range(99))))
    assert len(mirrors) == MOST_MIRRORS


@pytest.mark.parametrize(
    ("teller", "named", "may"),
    [
        ("https://a.example/", "https://b.example/", True),
        ("http://a.example/", "http://b.example/", True),
        ("https://a.example/", "http://b.example/", False),
        ("https://a.example/", "https://127.0.0.1/", False),
        ("https://a.example/", "https://192.168.1.1/admin", False),
        ("https://a.example/", "https://router/", False),
        ("http://192.168.1.7/", "http://192.168.1.8/", True),
        ("http://localhost:8000/", "https://b.example/", True),
    ],
)
def test_nobody_outside_sends_us_inside_nor_out_of_encryption(teller, named, may):
    assert may_name(parse_url(teller), parse_url(named), Limits(OWN)) is may


def test_plain_http_may_be_named_where_that_is_wished():
    limits = Limits(OWN, allow_downgrade=True)
    assert may_name(HERE, parse_url("http://b.example/"), limits)
    assert not may_name(HERE, parse_url("http://10.0.0.1/"), limits)


def test_no_stranger_says_where_on_the_users_own_origin_his_secrets_are_shown():
    stranger = parse_url("https://mirror.example/a.iso")
    assert not may_name(stranger, parse_url("https://files.example/delete-all"), Limits(OWN))
    assert may_name(HERE, parse_url("https://files.example/b.iso"), Limits(OWN))
    assert may_name(stranger, parse_url("https://mirror.example/b.iso"), Limits(OWN))


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("[::1]", "[fe80::1]", "[fc00::1]", "[::ffff:127.0.0.1]", "[2002:7f00:1::]", "[::]"),
        *("localhost", "a.localhost", "printer.local", "x.internal", "router", "nas.lan", "2130706433", "0x7f.1"),
    ],
)
def test_local_is_what_name_or_address_tell(host):
    assert is_local(host)


@pytest.mark.parametrize("host", ["example.org", "93.184.215.14", "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]"])
def test_the_world_is_not_local(host):
    assert not is_local(host)


def test_only_a_strong_digest_proves_what_a_stranger_brings():
    assert Promise((Checksum("md5", "0" * 32), Checksum("sha256", "0" * 64))).strong
    assert not Promise((Checksum("md5", "0" * 32), Checksum("sha1", "0" * 40), Checksum("crc32", "0" * 8))).strong
    assert not Promise().strong


@pytest.mark.parametrize(
    ("status", "fields", "size"),
    [
        (200, {"content-length": "10"}, 10),
        (206, {"content-length": "5", "content-range": "bytes 0-4/10"}, 10),
        (206, {"content-length": "5", "content-range": "bytes 0-4/*"}, None),
        (200, {}, None),
    ],
)
def test_the_size_is_that_of_the_whole_file(status, fields, size):
    assert size_in(Head(version="1.1", status=status, fields=fields)) == size


A, B = MetalinkFile(name="a.iso", size=10), MetalinkFile(name="pub/b.iso", size=11)
UNSIZED = MetalinkFile(name="a.iso")


@pytest.mark.parametrize(
    ("files", "names", "size", "found"),
    [
        ((A, B), ["b.iso"], 11, B),
        ((A, B), ["a.iso"], 11, None),
        ((A, B), ["c.iso"], 11, None),
        ((A, B), ["c.iso", "a.iso"], 10, A),
        ((A,), ["get"], 10, A),
        ((A,), ["a.iso"], 11, None),
        ((UNSIZED,), ["a.iso"], 11, UNSIZED),
        ((UNSIZED,), ["get"], 11, None),
    ],
)
def test_the_file_is_the_one_of_its_name_and_size(files, names, size, found):
    assert described(Metalink(place="x", files=files), names, size) is found
