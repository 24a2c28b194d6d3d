"""What Metalinks of both versions say, and the sentence for each that cannot be trusted."""

from __future__ import annotations

import pytest

from rheo.domain.checksum import ALGORITHMS, Checksum
from rheo.domain.errors import InvalidMetalinkError
from rheo.domain.metalink.document import MOST_DEPTH, MOST_ELEMENTS
from rheo.domain.metalink.parsing import parse_metalink
from rheo.domain.metalink.reading import MOST_FILES, STRONGEST_FIRST
from rheo.domain.metalink.sources import MOST_SOURCES
from rheo.domain.metalink.values import Metalink, MetalinkFile, MetalinkSource
from rheo.domain.pieces import Pieces
from rheo.domain.url import parse_url

FOUR = """\
<?xml version="1.0" encoding="UTF-8"?>
<metalink xmlns="urn:ietf:params:xml:ns:metalink" xmlns:shop="urn:example:shop">
  <generator>Hand and pen</generator>
  <published>2026-11-02T03:04:05Z</published>
  <file name="tools/harvest-2.1.tar.gz">
    <identity>Harvest</identity>
    <description>Counts apples &amp; pears.</description>
    <shop:price><shop:url>https://shop.example/</shop:url></shop:price>
    <size>300</size>
    <hash type="md5">d41d8cd98f00b204e9800998ecf8427e</hash>
    <hash type="sha-256">E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855</hash>
    <pieces length="256" type="sha-1">
      <hash>da39a3ee5e6b4b0d3255bfef95601890afd80709</hash>
      <hash>0000000000000000000000000000000000000001</hash>
    </pieces>
    <signature mediatype="application/pgp-signature">none yet</signature>
    <url location="se" priority="20">http://north.example/harvest.tar.gz</url>
    <url>https://last.example/harvest.tar.gz</url>
    <url priority="1">
      https://best.example/harvest.tar.gz?a=1&amp;b=2
    </url>
    <url priority="1">ftp://old.example/harvest.tar.gz</url>
    <metaurl mediatype="torrent" priority="1">https://peers.example/harvest.torrent</metaurl>
  </file>
  <file name="README">
    <url>https://best.example/README</url>
  </file>
</metalink>
"""

THREE = """\
<?xml version="1.0" encoding="ISO-8859-1"?>
<metalink version="3.0" xmlns="http://www.metalinker.org/" type="static">
  <publisher><name>Gr\xfcn</name><url>https://gruen.example/</url></publisher>
  <files>
    <file name="harvest-2.1.tar.gz">
      <size>300</size>
      <verification>
        <hash type="md5">d41d8cd98f00b204e9800998ecf8427e</hash>
        <hash type="sha1">da39a3ee5e6b4b0d3255bfef95601890afd80709</hash>
        <pieces length="256" type="sha1">
          <hash piece="1">0000000000000000000000000000000000000001</hash>
          <hash piece="0">da39a3ee5e6b4b0d3255bfef95601890afd80709</hash>
        </pieces>
      </verification>
      <resources>
        <url type="http" location="se" preference="10">http://north.example/harvest.tar.gz</url>
        <url type="http">http://last.example/harvest.tar.gz</url>
        <url type="bittorrent" preference="100">http://peers.example/harvest.torrent</url>
        <url type="http" preference="100">http://best.example/harvest.tar.gz</url>
        <url type="ftp" preference="90">ftp://old.example/harvest.tar.gz</url>
        <url type="rsync" preference="90">rsync://old.example/harvest.tar.gz</url>
      </resources>
    </file>
  </files>
</metalink>
"""

PIECES = Pieces(algorithm="sha1", length=256, digests=("da39a3ee5e6b4b0d3255bfef95601890afd80709", f"{1:040x}"))


def parse(text: str, **more) -> Metalink:
    return parse_metalink(text.encode(), place="a.meta4", **more)


def four(inside: str) -> str:
    """Return a document of version 4 whose second line this is."""
    return f'<metalink xmlns="urn:ietf:params:xml:ns:metalink">\n{inside}\n</metalink>'


def of_file(inside: str, name: str = "a.iso") -> str:
    return four(f'<file name="{name}">{inside}</file>')


def complaint(document: str | bytes) -> str:
    data = document.encode() if isinstance(document, str) else document
    with pytest.raises(InvalidMetalinkError) as raised:
        parse_metalink(data, place="a.meta4")
    return raised.value.message


def test_version_4_says_all_of_this() -> None:
    harvest, readme = parse(FOUR).files
    assert harvest == MetalinkFile(
        name="tools/harvest-2.1.tar.gz",
        size=300,
        hashes=(
            Checksum("sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            Checksum("md5", "d41d8cd98f00b204e9800998ecf8427e"),
        ),
        pieces=PIECES,
        sources=(
            MetalinkSource(url="https://best.example/harvest.tar.gz?a=1&b=2", priority=1),
            MetalinkSource(url="http://north.example/harvest.tar.gz", priority=20, location="se"),
            MetalinkSource(url="https://last.example/harvest.tar.gz"),
        ),
        notes=(
            "'tools/harvest-2.1.tar.gz': 1 source left out: torrents are not fetched",
            "'tools/harvest-2.1.tar.gz': 1 source left out: only http and https are fetched",
        ),
    )
    assert readme == MetalinkFile(name="README", sources=(MetalinkSource(url="https://best.example/README"),))


def test_version_3_says_the_same_where_100_is_the_best() -> None:
    (harvest,) = parse_metalink(THREE.encode("latin-1"), place="a.metalink").files
    assert harvest == MetalinkFile(
        name="harvest-2.1.tar.gz",
        size=300,
        hashes=(
            Checksum("sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            Checksum("md5", "d41d8cd98f00b204e9800998ecf8427e"),
        ),
        pieces=PIECES,
        sources=(
            MetalinkSource(url="http://best.example/harvest.tar.gz", priority=1),
            MetalinkSource(url="http://north.example/harvest.tar.gz", priority=91, location="se"),
            MetalinkSource(url="http://last.example/harvest.tar.gz"),
        ),
        notes=(
            "'harvest-2.1.tar.gz': 1 source left out: torrents are not fetched",
            "'harvest-2.1.tar.gz': 2 sources left out: only http and https are fetched",
        ),
    )


def test_the_notes_of_all_files_are_those_of_the_metalink() -> None:
    metalink = parse(FOUR)
    assert metalink.notes == metalink.files[0].notes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_xml_may_come_in_any_of_its_encodings(encoding: str) -> None:
    document = of_file("<url>http://b.example/</url>", name="Äpfel")
    assert parse_metalink(document.encode(encoding), place="a.meta4").files[0].name == "Äpfel"


def test_every_algorithm_has_its_strength() -> None:
    assert set(STRONGEST_FIRST) == set(ALGORITHMS)
    assert len(STRONGEST_FIRST) == len(ALGORITHMS)


def test_unknown_hashes_are_noted_and_count_for_nothing() -> None:
    (file,) = parse(of_file('<hash type="tiger">AB</hash><hash>1</hash><hash type="sha-9">2</hash>')).files
    assert file.hashes == ()
    assert file.notes == (
        "'a.iso': hashes of unknown types are left out ('', 'sha-9', 'tiger'), so that nothing verifies the whole file",
    )


def test_pieces_of_an_unknown_type_are_left_out_as_well() -> None:
    (file,) = parse(
        of_file(f'<hash type="md5">{"0" * 32}</hash><pieces length="9" type="x"><hash>1</hash></pieces>')
    ).files
    assert (file.pieces, file.notes) == (None, ("'a.iso': hashes of unknown types are left out ('x')",))


def test_of_several_kinds_of_pieces_the_strongest_counts() -> None:
    several = "".join(
        f'<pieces length="9" type="{kind}"><hash>{"0" * digits}</hash></pieces>'
        for kind, digits in (("md5", 32), ("sha-256", 64), ("sha-1", 40))
    )
    pieces = parse(of_file(several)).files[0].pieces
    assert pieces is not None
    assert pieces.algorithm == "sha256"


def test_pieces_without_hashes_are_none() -> None:
    assert parse(of_file('<pieces length="9" type="md5"/>')).files[0].pieces is None


def test_an_empty_file_needs_no_pieces() -> None:
    pieces = f'<pieces length="9" type="md5"><hash>{"0" * 32}</hash></pieces>'
    assert parse(of_file(f"<size>0</size>{pieces}")).files[0].pieces is None


@pytest.mark.parametrize("priority", ["0", "-1", "1.5", "first", "", "1000000", "٣"])
def test_an_odd_priority_is_none(priority: str) -> None:
    urls = f'<url priority="{priority}">http://b.example/</url><url priority="999998">http://c.example/</url>'
    assert [source.url for source in parse(of_file(urls)).files[0].sources] == [
        "http://c.example/",
        "http://b.example/",
    ]


def test_a_source_counts_once_by_its_best_priority() -> None:
    urls = '<url priority="9">http://b.example/</url><url priority="2">HTTP://B.example:80</url>'
    assert parse(of_file(urls)).files[0].sources == (MetalinkSource(url="http://b.example/", priority=2),)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://b.example/a", "only http and https are fetched"),
        ("magnet:?xt=urn:btih:1", "only http and https are fetched"),
        ("file:///etc/passwd", "only http and https are fetched"),
        ("http://user:secret@b.example/a", "a login stands in the URL; a netrc has a place for it"),
        ("mirror/a.iso", "the URL is no URL"),
        ("http:///a", "the URL is no URL"),
        ("http://b.example/a&#10;b", "the URL is no URL"),
        ("", "the URL is no URL"),
    ],
)
def test_a_source_that_cannot_be_fetched_is_noted(url: str, reason: str) -> None:
    (file,) = parse(of_file(f"<url>{url}</url>")).files
    assert (file.sources, file.notes) == ((), (f"'a.iso': 1 source left out: {reason}",))


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("torrent", "torrents are not fetched"),
        ("application/x-bittorrent", "torrents are not fetched"),
        ("application/metalink4+xml", "other lists of sources are not read"),
    ],
)
def test_what_only_tells_where_the_file_is_is_noted(kind: str, reason: str) -> None:
    (file,) = parse(of_file(f'<metaurl mediatype="{kind}">http://b.example/</metaurl>')).files
    assert (file.sources, file.notes) == ((), (f"'a.iso': 1 source left out: {reason}",))


def test_a_relative_url_is_one_where_the_metalink_came_from_a_url() -> None:
    base = parse_url("https://u:secret@b.example/pub/a.meta4")
    document = of_file("<url>a.iso</url><url>/b.iso</url><url>http://u:p@c.example/</url>")
    (file,) = parse(document, base=base).files
    assert [source.url for source in file.sources] == ["https://b.example/pub/a.iso", "https://b.example/b.iso"]
    assert file.notes == ("'a.iso': 1 source left out: a login stands in the URL; a netrc has a place for it",)


KNOWN = "not <metalink> in urn:ietf:params:xml:ns:metalink or http://www.metalinker.org/"
LONG_HEX = "0" * 10
BOMB = '<!DOCTYPE m [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>\n'

WRONG = {
    "nothing": ("", "a.meta4, line 1, column 1: is not XML: no element found"),
    "text": ("hello", "a.meta4, line 1, column 1: is not XML: syntax error"),
    "JSON": ('\n{"a": 1}', "a.meta4, line 2, column 1: is not XML: not well-formed (invalid token)"),
    "binary": (b"\x89PNG\r\n\x1a\n\0\0", "a.meta4, line 1, column 1: is not XML: not well-formed (invalid token)"),
    "a web page": ("\n<!doctype html><p>No", "a.meta4: is a web page, not a Metalink"),
    "XHTML": ('<?xml version="1.0"?><html/>', "a.meta4: is a web page, not a Metalink"),
    "half of it": (FOUR[:200], "a.meta4, line 4, column 34: is not XML: unclosed token"),
    "an entity bomb": (BOMB + of_file("&b;"), "a.meta4, line 1: has a DTD (<!DOCTYPE>), which is refused"),
    "a file of ours": (
        f'\n<!DOCTYPE m SYSTEM "file:///etc/passwd">{of_file("")}',
        "a.meta4, line 2: has a DTD (<!DOCTYPE>), which is refused",
    ),
    "an unknown entity": (of_file("&nbsp;"), "a.meta4, line 2, column 20: is not XML: undefined entity"),
    "an unknown encoding": (
        '<?xml version="1.0" encoding="punycode"?>' + of_file(""),
        "a.meta4: is in an encoding that is not understood; UTF-8 is",
    ),
    "another root": (
        "<rss/>",
        f"a.meta4, line 1: is no Metalink: its root is <rss> in no namespace, {KNOWN}",
    ),
    "another namespace": (
        '<metalink xmlns="urn:x"/>',
        f"a.meta4, line 1: is no Metalink: its root is <metalink> in the namespace 'urn:x', {KNOWN}",
    ),
    "no file": (four(""), "a.meta4, line 1: names no file"),
    "a file without a name": (four("<file/>"), "a.meta4, line 2: <file> has no name"),
    "two of one name": (
        four('<file name="a"/>\n<file name="a"/>'),
        "a.meta4, line 3: <file> 'a' is there twice",
    ),
    "a long name": (of_file("", name="a" * 1001), "a.meta4, line 2: <file> has a name of more than 1000 characters"),
    "two sizes": (of_file("<size>1</size>\n<size>1</size>"), "a.meta4, line 3: <size> is there twice in <file>"),
    "a size that is none": (
        of_file("<size>1 MB</size>"),
        "a.meta4, line 2: <size> of 'a.iso' is no number of bytes: '1 MB'",
    ),
    "a negative size": (of_file("<size>-1</size>"), "a.meta4, line 2: <size> of 'a.iso' is no number of bytes: '-1'"),
    "a huge size": (
        of_file(f"<size>{'9' * 19}</size>"),
        f"a.meta4, line 2: <size> of 'a.iso' is no number of bytes: '{'9' * 19}'",
    ),
    "a hash of the wrong length": (
        of_file(f'\n<hash type="sha-256">{LONG_HEX}</hash>'),
        "a.meta4, line 3: <hash> of 'a.iso': a sha256 checksum has 64 hexadecimal digits, but 10 were given",
    ),
    "a hash that is none": (
        of_file('<hash type="md5">hello</hash>'),
        "a.meta4, line 2: <hash> of 'a.iso': the md5 checksum 'hello' is not hexadecimal",
    ),
    "two hashes that differ": (
        of_file("".join(f'<hash type="{kind}">{digit * 40}</hash>' for kind, digit in (("sha-1", "0"), ("sha1", "1")))),
        "a.meta4, line 2: <hash> of 'a.iso' by sha1 is there twice and differs",
    ),
    "a piece's hash of the wrong length": (
        of_file(f'<pieces length="9" type="md5">\n<hash>{LONG_HEX}</hash></pieces>'),
        "a.meta4, line 3: <hash> of 'a.iso': a md5 checksum has 32 hexadecimal digits, but 10 were given",
    ),
    "pieces without length": (
        of_file('<pieces type="md5"/>'),
        "a.meta4, line 2: <pieces> of 'a.iso' has no length: ''",
    ),
    "pieces of no bytes": (
        of_file('<pieces type="md5" length="0"/>'),
        "a.meta4, line 2: <pieces> of 'a.iso' has no length: '0'",
    ),
    "too few pieces": (
        of_file(f'<size>19</size><pieces length="9" type="md5">{f"<hash>{0:032x}</hash>" * 2}</pieces>'),
        "a.meta4, line 2: <pieces> of 'a.iso': 2 of 9 bytes are not those of a file of 19 bytes",
    ),
    "too many pieces": (
        of_file(f'<size>18</size><pieces length="9" type="md5">{f"<hash>{0:032x}</hash>" * 3}</pieces>'),
        "a.meta4, line 2: <pieces> of 'a.iso': 3 of 9 bytes are not those of a file of 18 bytes",
    ),
    "too large": (b" " * (8 * 1024 * 1024 + 1), "a.meta4: is larger than 8 MiB; no Metalink is"),
    "too deep": (of_file("<a>" * MOST_DEPTH), "a.meta4, line 2: has elements more than 16 deep"),
    "too many elements": (of_file("<a/>" * MOST_ELEMENTS), "a.meta4, line 2: has more than 250000 elements"),
    "too many files": (
        four("".join(f'<file name="{number}"/>' for number in range(MOST_FILES + 1))),
        "a.meta4, line 2: has more than 10000 files",
    ),
    "too many sources": (
        of_file("".join(f"<url>http://b.example/{number}</url>" for number in range(MOST_SOURCES + 1))),
        "a.meta4, line 2: <file> 'a.iso' has more than 1000 sources",
    ),
    "control characters": (
        of_file("", name="../a\u0085b"),
        r"a.meta4, line 2: the name of <file> '../a\x85b' leads out of the download folder",
    ),
}


@pytest.mark.parametrize(("document", "sentence"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_trusted_is_refused_in_a_sentence(document: str | bytes, sentence: str) -> None:
    assert complaint(document) == sentence


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../.bashrc", "leads out of the download folder"),
        ("a/../../b", "leads out of the download folder"),
        ("a\\..\\b", "leads out of the download folder"),
        (" .. /b", "leads out of the download folder"),
        ("..", "leads out of the download folder"),
        ("/etc/passwd", "is absolute; it must lie in the download folder"),
        ("\\\\server\\share", "is absolute; it must lie in the download folder"),
        ("C:\\a", "is absolute; it must lie in the download folder"),
        ("c:a", "is absolute; it must lie in the download folder"),
        ("a/", "has a part that is no name"),
        ("a//b", "has a part that is no name"),
        ("./a", "has a part that is no name"),
        ("a/.../b", "has a part that is no name"),
        (" ", "has a part that is no name"),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(name: str, reason: str) -> None:
    """Invariant 9."""
    assert complaint(of_file("", name=name)) == f"a.meta4, line 2: the name of <file> {name!r} {reason}"


def three_with_pieces(hashes: str) -> str:
    pieces = f'<verification><pieces length="9" type="md5">{hashes}</pieces></verification>'
    return f'<metalink xmlns="http://www.metalinker.org/"><files><file name="a">{pieces}</file></files></metalink>'


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        (["0", "2"], "a.meta4, line 1: <hash> of piece 1 is missing, or there twice"),
        (["0", "0"], "a.meta4, line 1: <hash> of piece 1 is missing, or there twice"),
        (["1"], "a.meta4, line 1: <hash> of piece 0 is missing, or there twice"),
        (["x"], "a.meta4, line 1: <hash> has a piece that is no number: 'x'"),
    ],
)
def test_the_pieces_of_version_3_are_all_there(numbers: list[str], sentence: str) -> None:
    hashes = "".join(f'<hash piece="{number}">{0:032x}</hash>' for number in numbers)
    assert complaint(three_with_pieces(hashes)) == sentence
