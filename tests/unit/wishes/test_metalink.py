"""What a Metalink asks for, file by file."""

import pytest

from rheo.domain.checksum import Checksum
from rheo.domain.errors import InvalidChecksumError, UsageError
from rheo.domain.pieces import Pieces
from rheo.domain.settings import RestrictFilenames, Settings
from rheo.wishes.metalink import asked_for, read_metalink, requests_of

MD5, SHA1 = "0" * 32, "1" * 40
DOCUMENT = f"""\
<metalink xmlns="urn:ietf:params:xml:ns:metalink">
<file name="pub/a.iso">
  <size>10</size><hash type="md5">{MD5}</hash><hash type="sha-1">{SHA1}</hash>
  <pieces type="md5" length="16"><hash>{MD5}</hash></pieces>
  <url priority="2">http://two.example/a.iso</url>
  <url priority="1">https://one.example/a.iso</url>
  <url>mirror/a.iso</url>
</file>
<file name="ü.txt"><url>https://one.example/u</url></file>
</metalink>
""".encode()


def test_a_file_is_asked_from_its_best_source_with_all_that_is_known() -> None:
    iso, text = asked_for(read_metalink(DOCUMENT))
    assert iso.url == "https://one.example/a.iso"
    assert iso.wishes == {
        "output": "pub/a.iso",
        "mirrors": ["http://two.example/a.iso"],
        "checksum": (Checksum("sha1", SHA1),),
        "size": 10,
        "pieces": Pieces(algorithm="md5", length=16, digests=(MD5,)),
    }
    assert iso.notes == ("'pub/a.iso': 1 source left out: the URL is no URL",)
    assert text.wishes == {"output": "ü.txt", "mirrors": [], "checksum": (), "size": None, "pieces": None}


def test_the_requests_have_it_all() -> None:
    (request, _) = requests_of(asked_for(read_metalink(DOCUMENT)), Settings(), {"priority": 7})
    assert [mirror.text for mirror in request.mirrors] == ["http://two.example/a.iso"]
    assert (request.output, request.size, request.priority) == ("pub/a.iso", 10, 7)
    assert request.checksums == (Checksum("sha1", SHA1),)
    assert request.pieces is not None


def test_names_are_restricted_where_the_caller_wants_that() -> None:
    (text,) = asked_for(read_metalink(DOCUMENT), select=["2"], restrict=RestrictFilenames.ASCII)
    assert text.wishes["output"] == "u.txt"


def test_the_callers_word_goes_before_the_documents() -> None:
    (iso,) = asked_for(read_metalink(DOCUMENT), select=["1"])
    given = {"output": "b", "size": 11, "checksum": f"md5:{MD5}", "mirrors": ["http://three.example/"]}
    (request,) = requests_of([iso], Settings(), given)
    assert (request.output, request.size) == ("b", 11)
    assert request.checksums == (Checksum("sha1", SHA1), Checksum("md5", MD5))
    assert [mirror.host for mirror in request.mirrors] == ["two.example", "three.example"]


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ({"checksum": "md5:1"}, InvalidChecksumError, "has 32 hexadecimal digits"),
        ({"mirrors": "http://b.example/"}, UsageError, "^mirrors must be several URLs, not one text"),
        ({"data": b"x"}, UsageError, "^data belongs to one origin"),
        ({"certificate": "x.pem"}, UsageError, "^a client certificate belongs to one origin"),
    ],
)
def test_a_wrong_wish_is_refused_as_it_is_for_a_url(given, kind, message) -> None:
    with pytest.raises(kind, match=message):
        requests_of(asked_for(read_metalink(DOCUMENT), select=["1"]), Settings(), given)
