"""`rheo download x.meta4`: what a Metalink on the disk lists, with its names, sizes and hashes."""

import hashlib
import json
from pathlib import Path

import pytest

from cli.command import Rheo
from origin import File, Generated, Origin, Status, cut

DATA = b"x" * 2048
SHA256 = hashlib.sha256(DATA).hexdigest()
FOUR = '<metalink xmlns="urn:ietf:params:xml:ns:metalink">\n{}</metalink>\n'
THREE = '<metalink xmlns="http://www.metalinker.org/"><files>\n{}</files></metalink>\n'


def entry(name: str, *urls: str, more: str = "") -> str:
    return f'<file name="{name}">{more}{"".join(f"<url>{url}</url>" for url in urls)}</file>\n'


def write(*entries: str, name: str = "x.meta4") -> str:
    Path(name).write_text(FOUR.format("".join(entries)))
    return name


def hashed(digest: str, kind: str = "sha-256") -> str:
    return f'<hash type="{kind}">{digest}</hash>'


def left() -> list[str]:
    """Return what lies in the folder, folders' content included."""
    return sorted(str(path) for path in Path().rglob("*") if path.is_file())


@pytest.fixture
def three_files(origin: Origin) -> str:
    """Return a Metalink of three files that are served."""
    for path in ("/1", "/2", "/3"):
        origin.serve(path, File(path.encode()))
    return write(
        entry("a.iso", origin.url("/1")), entry("a.iso.sig", origin.url("/2")), entry("docs/b.pdf", origin.url("/3"))
    )


@pytest.mark.parametrize(
    "words", [["download", "x.meta4"], ["x.meta4"], ["-M", "x.meta4"], ["--metalink-file", "x.meta4"]]
)
def test_a_file_arrives_with_the_name_and_hash_of_the_metalink(origin: Origin, rheo: Rheo, words: list[str]) -> None:
    origin.serve("/get", File(DATA, headers={"Content-Disposition": "attachment; filename=evil.iso"}))
    write(entry("a.iso", origin.url("/get"), more=f"<size>2048</size>{hashed(SHA256)}"))
    ran = rheo(*words)
    assert (ran.code, ran.lines) == (0, ["a.iso: 2.0 KiB in TIME, SPEED, sha256 verified, hash given by you"])
    assert Path("a.iso").read_bytes() == DATA
    assert left() == ["a.iso", "x.meta4"]


def test_a_wrong_hash_leaves_nothing_under_the_name(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a.iso", File(DATA))
    assert rheo(write(entry("a.iso", origin.url("/a.iso"), more=hashed("0" * 64)))).code == 6
    assert not Path("a.iso").exists()


def test_version_3_is_read_and_its_best_source_asked(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/good", File(DATA))
    origin.serve("/bad", Status(404))
    Path("x.metalink").write_text(
        THREE.format(
            f'<file name="a.iso"><verification><hash type="sha1">{hashlib.sha1(DATA).hexdigest()}</hash></verification>'
            f'<resources><url type="http" preference="10">{origin.url("/bad")}</url>'
            f'<url type="http" preference="90">{origin.url("/good")}</url></resources></file>\n'
        )
    )
    assert rheo("x.metalink").lines == ["a.iso: 2.0 KiB in TIME, SPEED, sha1 verified, hash given by you"]


def test_a_name_with_folders_lies_below_the_directory(
    origin: Origin, rheo: Rheo, downloads: Path, three_files: str
) -> None:
    assert rheo(three_files, "-d", str(downloads)).code == 0
    assert (downloads / "docs" / "b.pdf").read_bytes() == b"/3"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        (".bashrc", "bashrc"),
        ("a/.ssh/con", "a/ssh/_con"),
        ("a\\b.iso", "a/b.iso"),
        ("x.part", "x.part_"),
        ("a&#10;b", "a_b"),
    ],
)
def test_a_name_is_made_safe_in_all_its_parts(origin: Origin, rheo: Rheo, name: str, safe: str) -> None:
    """Invariant 9."""
    origin.serve("/a", File(DATA))
    assert rheo(write(entry(name, origin.url("/a")))).code == 0
    assert left() == sorted([safe, "x.meta4"])


def test_names_are_restricted_as_a_servers_are(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(DATA))
    assert rheo(write(entry("naïve/ü.iso", origin.url("/a"))), "--restrict-filenames", "ascii").code == 0
    assert Path("naive/u.iso").read_bytes() == DATA


@pytest.mark.parametrize(
    ("selection", "files"),
    [
        (["a.iso"], ["a.iso"]),
        (["1,3"], ["a.iso", "docs/b.pdf"]),
        (["2-3"], ["a.iso.sig", "docs/b.pdf"]),
        (["*.pdf", "1"], ["a.iso", "docs/b.pdf"]),
    ],
)
def test_files_are_selected(rheo: Rheo, three_files: str, selection: list[str], files: list[str]) -> None:
    ran = rheo(three_files, *(word for one in selection for word in ("--select", one)))
    assert ran.code == 0
    assert left() == sorted([*files, three_files])


def test_one_selected_file_may_be_called_otherwise(rheo: Rheo, three_files: str) -> None:
    assert rheo(three_files, "--select-file", "2", "-o", "b.sig").code == 0
    assert Path("b.sig").read_bytes() == b"/2"


def test_one_selected_file_may_go_to_standard_output(rheo: Rheo, three_files: str) -> None:
    assert rheo(three_files, "--select", "2", "-o", "-").out == "/2"


def test_a_hash_of_the_callers_must_match_as_well(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(DATA))
    metalink = write(entry("a.iso", origin.url("/a"), more=hashed(SHA256)))
    assert rheo(metalink, "--hash", f"md5:{'0' * 32}").code == 6
    assert rheo(metalink, "--hash", f"md5:{hashlib.md5(DATA).hexdigest()}").lines == [
        "a.iso: 2.0 KiB in TIME, SPEED, sha256 and md5 verified, hash given by you"
    ]


def test_a_part_of_another_url_is_gone_on_with(origin: Origin, rheo: Rheo) -> None:
    content = Generated(6_000_000, 1)
    origin.serve("/b.iso", cut(File(content, etag='"1"'), after=3_000_000))
    assert rheo(origin.url("/b.iso"), "--retry", "0", "-x", "1").code == 4
    origin.serve("/a", File(content, etag='"1"'))

    assert rheo(write(entry("a.iso", origin.url("/a"))), "--resume-from", "b.iso.part").code == 0
    assert left() == ["b.iso", "x.meta4"]
    assert origin.requests[-1].headers["range"] != "bytes=0-"


def test_urls_and_metalinks_go_together(origin: Origin, rheo: Rheo, three_files: str) -> None:
    origin.serve("/b.iso", File(DATA))
    assert rheo(three_files, origin.url("/b.iso")).code == 0
    assert left() == ["a.iso", "a.iso.sig", "b.iso", "docs/b.pdf", "x.meta4"]


def test_what_is_left_out_is_told_in_a_line_each(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(DATA))
    torrent = '<metaurl mediatype="torrent">http://b.example/a.torrent</metaurl>'
    more = hashed("ab", "tiger") + torrent
    metalink = write(
        entry("a.iso", origin.url("/a"), "ftp://b.example/a", "rsync://b.example/a", more=more),
        entry("other", "ftp://b.example/other"),
    )
    notes = [
        "x.meta4: 'a.iso': 1 source left out: torrents are not fetched",
        "x.meta4: 'a.iso': 2 sources left out: only http and https are fetched",
        "x.meta4: 'a.iso': hashes of unknown types are left out ('tiger'), so that nothing verifies the whole file",
    ]
    assert rheo(metalink, "--select", "a.iso").lines == [*notes, "a.iso: 2.0 KiB in TIME, SPEED, length only"]
    assert rheo(metalink, "--select", "a.iso", "-q").err == ""


def test_json_stays_json(rheo: Rheo, three_files: str) -> None:
    ran = rheo(three_files, "--json")
    assert {json.loads(line)["type"] for line in ran.out.splitlines()} >= {"added", "completed"}


NO_SOURCE = "x.meta4: <file> 'a.iso' has no source that can be fetched"
NO_ORIGIN = (
    "to one origin, but a Metalink itself says where its files come from: leave that out; public headers go anywhere, "
    "and a netrc has a login for each host"
)
BAD_DOCUMENTS = {
    "not XML": ("hello", "x.meta4, line 1, column 1: is not XML: syntax error"),
    "a web page": ("<!DOCTYPE html><html></html>", "x.meta4: is a web page, not a Metalink"),
    "an entity bomb": (
        '<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + FOUR.format("&b;"),
        "x.meta4, line 1: has a DTD (<!DOCTYPE>), which is refused",
    ),
    "a traversal": (
        FOUR.format(entry("ok", "http://b.example/") + entry("../x", "http://b.example/")),
        "x.meta4, line 3: the name of <file> '../x' leads out of the download folder",
    ),
    "a name that is none": (
        FOUR.format(entry("a/~", "http://b.example/")),
        "x.meta4: the name of <file> 'a/~' has a part that cannot be one",
    ),
    "no usable source": (
        FOUR.format(entry("a.iso", "ftp://b.example/a.iso")),
        f"{NO_SOURCE}: 'a.iso': 1 source left out: only http and https are fetched",
    ),
    "no source": (
        FOUR.format(entry("a.iso")),
        f"{NO_SOURCE}: it names none",
    ),
    "a short hash": (
        FOUR.format(entry("a.iso", "http://b.example/", more=hashed("ab"))),
        "x.meta4, line 2: <hash> of 'a.iso': a sha256 checksum has 64 hexadecimal digits, but 2 were given",
    ),
}


@pytest.mark.parametrize(("document", "sentence"), BAD_DOCUMENTS.values(), ids=BAD_DOCUMENTS)
def test_what_cannot_be_trusted_is_one_sentence_and_nothing_happens(rheo: Rheo, document: str, sentence: str) -> None:
    Path("x.meta4").write_text(document)
    ran = rheo("x.meta4", "-d", "folder")
    assert (ran.code, ran.out, ran.err) == (2, "", f"rheo: {sentence}\n")
    assert left() == ["x.meta4"]
    assert not Path("folder").exists()


CASES = {
    "a missing file": (
        ["nope.meta4"],
        "there is no file nope.meta4; for a Metalink on a server write https://nope.meta4",
    ),
    "a missing file by its option": (["-M", "nope"], "nope: cannot be read: it does not exist"),
    "a folder": (["-M", "."], ".: is no regular file; name a Metalink"),
    "a selection without files": (
        ["x.meta4", "--select", "b*"],
        "x.meta4 has no file 'b*'; it has 1: 'a.iso', 2: 'a.iso.sig', 3: 'docs/b.pdf'",
    ),
    "a selection without a Metalink": (
        ["http://127.0.0.1/", "--select", "1"],
        "--select chooses files of one Metalink, but there is none",
    ),
    "a selection of two Metalinks": (
        ["x.meta4", "-M", "x.meta4", "--select", "1"],
        "--select chooses files of one Metalink, but there are 2",
    ),
    "one output for several files": (
        ["x.meta4", "-o", "a"],
        "--output names one file, but there are 3 files; --directory takes them all",
    ),
    "one output for a file and a URL": (
        ["x.meta4", "--select", "1", "http://127.0.0.1/", "-o", "a"],
        "--output names one file, but there are 2 files; --directory takes them all",
    ),
    "one hash for several files": (
        ["x.meta4", "--hash", f"sha256:{'0' * 64}"],
        "--hash is that of one file, but there are 3 files; fetch them one by one",
    ),
    "one part for several files": (
        ["x.meta4", "--resume-from", "a.part"],
        "--resume-from is a part of one file, but there are 3 files",
    ),
    "a header for whom the Metalink likes": (
        ["x.meta4", "-H", "X-Key: secret"],
        f"headers belong {NO_ORIGIN}",
    ),
    "a login for whom the Metalink likes": (
        ["x.meta4", "-u", "me:secret"],
        f"a login belongs {NO_ORIGIN}",
    ),
}


@pytest.mark.parametrize(("words", "sentence"), CASES.values(), ids=CASES)
def test_what_cannot_be_is_one_sentence_and_nothing_happens(
    origin: Origin, rheo: Rheo, three_files: str, words: list[str], sentence: str
) -> None:
    ran = rheo(*words)
    assert (ran.code, ran.out, ran.err) == (2, "", f"rheo: {sentence}\n")
    assert origin.requests == []
    assert left() == [three_files]
