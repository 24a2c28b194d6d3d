"""A Metalink on a server, told by its name, its type or an option: what it lists is fetched, and not the document."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.command import Ran, Rheo
from origin import File, Generated, Origin, Redirect, Status, cut, gzipped, page

DATA = b"x" * 2048
SHA256 = hashlib.sha256(DATA).hexdigest()
FOUR = '<metalink xmlns="urn:ietf:params:xml:ns:metalink">\n{}</metalink>\n'
TYPE_4 = "application/metalink4+xml"
TYPE_3 = "application/metalink+xml"
CANARY = "canary"


def entry(name: str, *urls: str, more: str = "") -> str:
    return f'<file name="{name}">{more}{"".join(f"<url>{url}</url>" for url in urls)}</file>\n'


def hashed(digest: str = SHA256, kind: str = "sha-256") -> str:
    return f'<hash type="{kind}">{digest}</hash>'


def served(origin: Origin, *entries: str, path: str = "/x.meta4", kind: str = "application/octet-stream") -> str:
    """Return the URL of a Metalink of these files."""
    origin.serve(path, File(FOUR.format("".join(entries)).encode(), content_type=kind))
    return origin.url(path)


def left() -> list[str]:
    """Return what lies in the folder, folders' content included."""
    return sorted(str(path) for path in Path().rglob("*") if path.is_file())


def facts(ran: Ran) -> list[dict[str, object]]:
    return [json.loads(line) for line in ran.out.splitlines()]


@pytest.fixture
def other() -> Iterator[Origin]:
    """A server of its own origin."""
    with Origin() as another:
        yield another


@pytest.fixture
def three_files(origin: Origin) -> str:
    """Return the URL of a Metalink of three files."""
    for path in ("/1", "/2", "/3"):
        origin.serve(path, File(path.encode()))
    return served(origin, entry("a.iso", "1"), entry("a.iso.sig", "2"), entry("docs/b.pdf", "3"))


@pytest.mark.parametrize(
    ("path", "kind", "words"),
    [
        ("/x.meta4", "application/octet-stream", ["download"]),
        ("/x.METALINK", "text/xml", []),
        ("/x.meta4?mirror=1", "text/plain", []),
        ("/get?id=1", TYPE_4, []),
        ("/get", f"{TYPE_4}; charset=utf-8", []),
        ("/get", TYPE_3, []),
        ("/get", "text/xml", ["-M"]),
        ("/x.xml", "text/xml", ["--metalink"]),
    ],
)
def test_what_a_metalink_at_a_url_lists_is_fetched(
    origin: Origin, rheo: Rheo, path: str, kind: str, words: list[str]
) -> None:
    origin.serve("/a.bin", File(DATA))
    url = origin.url(path)
    served(
        origin, entry("a.iso", "/a.bin", more=f"<size>2048</size>{hashed()}"), path=path.partition("?")[0], kind=kind
    )

    ran = rheo(*words, url)

    assert (ran.code, ran.lines) == (0, ["a.iso: 2.0 KiB in TIME, SPEED, sha256 verified, hash from the same server"])
    assert left() == ["a.iso"]


def test_a_redirect_leads_to_it_and_its_urls_are_relative_to_where_it_was_found(
    origin: Origin, other: Origin, rheo: Rheo
) -> None:
    other.serve("/deep/a.bin", File(DATA))
    origin.serve("/x", Redirect(served(other, entry("a.iso", "a.bin"), path="/deep/x.meta4")))

    assert rheo(origin.url("/x")).code == 0
    assert left() == ["a.iso"]


def test_several_files_become_several_downloads(rheo: Rheo, three_files: str) -> None:
    ran = rheo(three_files)
    assert ran.code == 0
    assert ran.lines[-1].startswith("3 of 3 done")
    assert left() == ["a.iso", "a.iso.sig", "docs/b.pdf"]


def test_programs_are_told_which_downloads_it_became(rheo: Rheo, origin: Origin, three_files: str) -> None:
    lines = facts(rheo(three_files, "--json"))

    (followed,) = (line for line in lines if line["type"] == "followed")
    assert (followed["id"], followed["files"], followed["notes"]) == (1, [1, 2, 3], [])
    assert (followed["metalink"], followed["url"]) == (three_files, origin.url("/1"))
    assert {line["id"] for line in lines if line["type"] == "completed"} == {1, 2, 3}
    assert (lines[-1]["total"], lines[-1]["done"], lines[-1]["left"]) == (3, 3, 0)


@pytest.mark.parametrize(
    ("selection", "files"),
    [(["a.iso"], ["a.iso"]), (["1,3"], ["a.iso", "docs/b.pdf"]), (["*.pdf", "1"], ["a.iso", "docs/b.pdf"])],
)
@pytest.mark.parametrize("option", [[], ["-M"]])
def test_files_are_selected(
    rheo: Rheo, three_files: str, selection: list[str], files: list[str], option: list[str]
) -> None:
    ran = rheo(*option, three_files, *(word for one in selection for word in ("--select", one)))
    assert ran.code == 0
    assert left() == files


def test_one_selected_file_may_be_called_otherwise(rheo: Rheo, three_files: str) -> None:
    assert rheo(three_files, "--select", "2", "-o", "b.sig").code == 0
    assert Path("b.sig").read_bytes() == b"/2"


def test_one_file_may_go_to_standard_output(rheo: Rheo, three_files: str) -> None:
    assert rheo(three_files, "--select", "2", "-o", "-").out == "/2"


def test_the_document_itself_is_a_file_where_that_is_wished(origin: Origin, rheo: Rheo) -> None:
    url = served(origin, entry("a.iso", "/a"), kind=TYPE_4)
    assert rheo(url, "--no-follow-metalink").code == 0
    assert left() == ["x.meta4"]
    assert rheo("-M", url, "--no-follow-metalink").code == 5, "-M asks for what it lists"


def test_a_metalink_in_a_metalink_is_a_file(origin: Origin, rheo: Rheo) -> None:
    inner = served(origin, entry("b", "/b"), path="/inner.meta4", kind=TYPE_4)
    assert rheo(served(origin, entry("c.meta4", inner))).code == 0
    assert left() == ["c.meta4"]


def test_its_hash_is_ones_own_word_only_where_no_source_could_have_changed_it(
    origin: Origin, other: Origin, rheo: Rheo
) -> None:
    origin.serve("/a", File(DATA))
    ran = rheo("--json", served(other, entry("a.iso", origin.url("/a"), more=hashed())))
    (result,) = (line for line in facts(ran) if line["type"] == "completed")
    assert (result["verification"], result["trust"]) == ("verified", "same_server"), "it came over plain http"


def test_a_wrong_hash_leaves_nothing(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(DATA))
    ran = rheo(served(origin, entry("a.iso", "/a", more=hashed("0" * 64))))
    assert ran.code == 6
    assert "than the Metalink says, a hash from the same server: " in ran.err
    assert left() == []


def test_a_file_that_fails_is_called_by_its_own_url(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/gone", Status(404))
    ran = rheo(served(origin, entry("a.iso", "/gone")), "--retry", "0")
    assert (ran.code, ran.lines[0]) == (5, f"failed: {origin.url('/gone')}: status 404: not found")


def test_a_mirror_takes_over(origin: Origin, other: Origin, rheo: Rheo) -> None:
    content = Generated(3_000_000, 1)
    origin.serve("/a", cut(File(content), after=1_000_000))
    other.serve("/b", File(content))
    more = f"<size>3000000</size>{hashed(content.sha256())}"
    ran = rheo(served(origin, entry("a.iso", "/a", other.url("/b"), more=more)), "--retry", "0")
    assert ran.code == 0
    assert Path("a.iso").read_bytes() == content.read(0, 3_000_000)


def test_the_document_is_tried_again(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(DATA))
    origin.serve("/x.meta4", [Status(503), File(FOUR.format(entry("a.iso", "/a")).encode())])
    assert rheo(origin.url("/x.meta4")).code == 0


def test_what_is_left_out_is_told_in_a_line_each(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(DATA))
    url = served(origin, entry("a.iso", "/a", "ftp://b.example/a", more=hashed("ab", "tiger")))
    told = [
        f"{url}: 'a.iso': 1 source left out: only http and https are fetched",
        f"{url}: 'a.iso': hashes of unknown types are left out ('tiger'), so that nothing verifies the whole file",
    ]
    assert rheo(url).lines[:2] == told
    assert rheo(url, "-q").err == ""


def test_why_a_metalink_that_a_server_names_is_of_no_use_is_told_to_the_curious(origin: Origin, rheo: Rheo) -> None:
    link = f'</gone.meta4>; rel=describedby; type="{TYPE_4}"'
    origin.serve("/a.bin", File(DATA, headers={"Link": link}))
    told = f"the Metalink of {origin.url('/a.bin')} is left aside: {origin.url('')}"
    assert not [line for line in rheo(origin.url("/a.bin")).lines if line.startswith("the Metalink")]
    assert [line for line in rheo(origin.url("/a.bin"), "-v").lines if line.startswith(told)]


# --- secrets


def sees(origin: Origin) -> list[str]:
    return [
        request.path
        for request in origin.requests
        if CANARY in str(request.raw) or request.headers.get("authorization")
    ]


SECRETS = ["-H", f"X-Key: {CANARY}", "-b", f"c={CANARY}", "--bearer", CANARY]


def test_secrets_stay_with_the_origin_of_the_metalink(origin: Origin, other: Origin, rheo: Rheo) -> None:
    origin.serve("/own", File(DATA))
    other.serve("/foreign", File(DATA))
    url = served(origin, entry("a", "/own"), entry("b", other.url("/foreign"), origin.url("/own")))
    assert rheo(url, *SECRETS).code == 0
    assert set(sees(origin)) == {"/x.meta4", "/own"}
    assert sees(other) == []


def test_a_stranger_that_it_is_redirected_to_has_no_say_where_secrets_go(
    origin: Origin, other: Origin, rheo: Rheo
) -> None:
    origin.serve("/delete-all", File(DATA))
    origin.serve("/x.meta4", Redirect(served(other, entry("a", origin.url("/delete-all")))))
    assert rheo(origin.url("/x.meta4"), *SECRETS).code == 0
    assert sees(origin) == ["/x.meta4"]
    assert sees(other) == []


# --- what cannot be


BAD_DOCUMENTS = {
    "not XML": ("hello", ", line 1, column 1: is not XML: syntax error"),
    "a web page": ("<!DOCTYPE html><html></html>", ": is a web page, not a Metalink"),
    "an entity bomb": (
        '<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + FOUR.format("&b;"),
        ", line 1: has a DTD (<!DOCTYPE>), which is refused",
    ),
    "a DTD from elsewhere": (
        '<!DOCTYPE m SYSTEM "http://127.0.0.1:1/m.dtd">' + FOUR.format(""),
        ", line 1: has a DTD (<!DOCTYPE>), which is refused",
    ),
    "a traversal": (
        FOUR.format(entry("ok", "/a") + entry("../x", "/a")),
        ", line 3: the name of <file> '../x' leads out of the download folder",
    ),
    "a name that is none": (
        FOUR.format(entry("a/~", "/a")),
        ": the name of <file> 'a/~' has a part that cannot be one",
    ),
    "no usable source": (
        FOUR.format(entry("a", "ftp://b.example/a")),
        ": <file> 'a' has no source that can be fetched: 'a': 1 source left out: only http and https are fetched",
    ),
    "a short hash": (
        FOUR.format(entry("a.iso", "/a", more=hashed("ab"))),
        ", line 2: <hash> of 'a.iso': a sha256 checksum has 64 hexadecimal digits, but 2 were given",
    ),
    "no file": (FOUR.format(""), ", line 1: names no file"),
}


@pytest.mark.parametrize(("document", "complaint"), BAD_DOCUMENTS.values(), ids=BAD_DOCUMENTS)
def test_what_cannot_be_trusted_is_the_servers_fault_in_one_sentence(
    origin: Origin, rheo: Rheo, document: str, complaint: str
) -> None:
    origin.serve("/a", File(DATA))
    origin.serve("/x.meta4", File(document.encode(), content_type=TYPE_4))
    ran = rheo(origin.url("/x.meta4"), "-d", "folder")
    told = complaint.removeprefix(", ").removeprefix(": ")
    assert (ran.code, ran.out, ran.err) == (5, "", f"failed: {origin.url('/x.meta4')}: {told}\n")
    assert [request.path for request in origin.requests] == ["/x.meta4"]
    assert left() == []


def test_programs_are_told_what_is_wrong_with_a_document(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/get", File(b"hello", content_type=TYPE_4))
    (failed,) = (line for line in facts(rheo(origin.url("/get"), "--json")) if line["type"] == "failed")
    assert failed["error"] == {
        "code": "unusable_metalink",
        "message": f"{origin.url('/get')}, line 1, column 1: is not XML: syntax error",
        "retry_after": None,
    }


def test_mirrors_of_different_sizes_are_no_sources(origin: Origin, other: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(DATA))
    other.serve("/b", File(DATA * 2))
    url = served(origin, entry("a.iso", other.url("/b"), "/a", more="<size>2048</size>"))
    assert rheo(url, "--retry", "0").code == 0
    assert Path("a.iso").read_bytes() == DATA

    alone = served(origin, entry("b.iso", other.url("/b"), more="<size>2048</size>"), path="/y.meta4")
    ran = rheo(alone, "--retry", "0")
    assert ran.code == 6
    assert ran.err == f"failed: {other.url('/b')}: it has 4096 bytes where 2048 were promised\n"
    assert left() == ["a.iso"]


REFUSED = {
    "a selection without files": (
        ["--select", "b*"],
        ": it has no file 'b*'; it has 1: 'a.iso', 2: 'a.iso.sig', 3: 'docs/b.pdf'",
    ),
    "one output for several files": (["-o", "a"], "output is of one file, but the Metalink has 3; select one of them"),
    "one hash for several files": (
        ["--hash", f"sha256:{'0' * 64}"],
        "checksum is of one file, but the Metalink has 3; select one of them",
    ),
}


@pytest.mark.parametrize(("words", "told"), REFUSED.values(), ids=REFUSED)
def test_wishes_that_its_files_cannot_have_are_the_callers_mistake(
    rheo: Rheo, three_files: str, words: list[str], told: str
) -> None:
    ran = rheo(three_files, *words)
    assert ran.code == 2
    assert told in ran.err
    assert left() == []


def test_a_selection_of_two_metalinks_is_refused_before_anything_is_asked(
    origin: Origin, rheo: Rheo, three_files: str
) -> None:
    ran = rheo(three_files, "-M", three_files, "--select", "1")
    assert (ran.code, ran.err) == (2, "rheo: --select chooses files of one Metalink, but there are 2\n")
    assert origin.requests == []


def test_one_that_is_too_large_or_compressed_is_refused(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/large.meta4", File(Generated(9_000_000, 1)))
    origin.serve("/coded.meta4", gzipped(FOUR.format(entry("a", "/a")).encode()))
    origin.serve("/page.meta4", page())
    codes = [rheo(origin.url(path)).code for path in ("/large.meta4", "/coded.meta4", "/page.meta4")]
    assert codes == [5, 6, 5]
    assert left() == []
