"""What files are called: by the command, against headers, types and redirects of every kind."""

import os
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

import rheo as library
from cli.command import Rheo, Start, ended
from origin import File, Generated, Origin, Raw, Redirect, gated

CONTENT = Generated(8_000_000)
WHOLE = CONTENT.read(0, 8_000_000)
HALF = 3_000_000
ALONE = ("--connections", "1")


def names() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def named(disposition: str | bytes) -> File:
    return File(b"x", headers={"Content-Disposition": disposition})


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="b.iso', "b.iso"),
        ('attachment; filename="b.iso"rubbish; x=y', "b.iso"),
        ("attachment; filename=my b.iso", "my b.iso"),
        ("attachment; filename=\"x\"; filename*=UTF-8''na%C3%AFve.iso", "na\u00efve.iso"),
        ("attachment; filename*1*=UTF-8''b%20c.iso; filename*0=\"a\"", "ab c.iso"),
        ("attachment; filename*0=a.iso; filename*2=.exe", "a.iso"),
        (b'attachment; filename="gr\xc3\xb6\xc3\x9fe.iso"', "gr\u00f6\u00dfe.iso"),
        (b'attachment; filename="gr\xf6\xdfe.iso"', "gr\u00f6\u00dfe.iso"),
        ("attachment; filename*=UTF-8''..%252F..%252Fb.iso", "%2F..%2Fb.iso"),
        ("attachment; filename*=UTF-8''..%2F..%2Fb.iso", "b.iso"),
        ("attachment; filename*0*=UTF-8''%2E%2E; filename*1=/b.iso", "b.iso"),
        ("attachment; filename*=UTF-8''%zz", "a.bin"),
    ],
)
def test_a_header_names_the_file_however_it_is_written(
    origin: Origin, rheo: Rheo, header: str | bytes, name: str
) -> None:
    """Invariant 9."""
    origin.serve("/a.bin", named(header))
    assert rheo(origin.url("/a.bin")).code == 0
    assert names() == [name]


def test_escapes_of_a_url_are_decoded_once(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/..%252F..%252Fb.iso", File(b"x"))
    assert rheo(origin.url("/..%252F..%252Fb.iso")).code == 0
    assert names() == ["%2F..%2Fb.iso"]


def test_two_fields_name_the_file_once(origin: Origin, rheo: Rheo) -> None:
    fields = b"Content-Disposition: attachment; filename=b.iso\r\nContent-Disposition: attachment; filename=c.iso\r\n"
    origin.serve("/a", Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n" + fields + b"\r\nx"))
    assert rheo(origin.url("/a")).code == 0
    assert names() == ["b.iso"]


@pytest.mark.parametrize(
    ("target", "content_type", "name"),
    [
        ("/report", "application/pdf", "report.pdf"),
        ("/report?x=y", "application/pdf; x=y", "report.pdf"),
        ("/report.bin", "application/pdf", "report.bin"),
        ("/report", "text/html", "report"),
        ("/report", "application/octet-stream", "report"),
        ("/", "application/zip", "download.zip"),
    ],
)
def test_the_type_ends_a_name_that_has_no_ending(
    origin: Origin, rheo: Rheo, target: str, content_type: str, name: str
) -> None:
    origin.serve(target, File(b"x", content_type=content_type))
    assert rheo(origin.url(target)).code == 0
    assert names() == [name]


def served_by_redirect(origin: Origin, *, header: bool) -> str:
    headers = {"Content-Disposition": "attachment; filename=header.iso"} if header else {}
    origin.serve("/user.iso", Redirect("/deep/redirected.iso?x=/y.iso"))
    origin.serve("/deep/redirected.iso?x=/y.iso", File(b"x", headers=headers))
    return origin.url("/user.iso")


@pytest.mark.parametrize(
    ("options", "without", "with_header"),
    [
        ([], "user.iso", "header.iso"),
        (["--content-disposition"], "user.iso", "header.iso"),
        (["--name-from", "header"], "user.iso", "header.iso"),
        (["--name-from", "url"], "user.iso", "user.iso"),
        (["--no-content-disposition"], "user.iso", "user.iso"),
        (["--no-remote-header-name"], "user.iso", "user.iso"),
        (["--name-from", "redirect"], "redirected.iso", "header.iso"),
        (["--trust-server-names"], "redirected.iso", "header.iso"),
        (["--trust-server-names", "-o", "mine.iso"], "mine.iso", "mine.iso"),
    ],
)
def test_the_user_says_who_names_the_file(
    origin: Origin, rheo: Rheo, options: list[str], without: str, with_header: str
) -> None:
    assert rheo(served_by_redirect(origin, header=False), *options).code == 0
    assert names() == [without]
    Path(without).unlink()
    assert rheo(served_by_redirect(origin, header=True), *options).code == 0
    assert names() == [with_header]


@pytest.mark.parametrize(
    ("location", "name"),
    [("/.bashrc", "bashrc"), ("/%2E%2E%2Fpasswd", "passwd"), ("/deep/", "user.iso"), ("/..%252fb", "%2fb")],
)
def test_a_redirect_that_may_choose_the_name_still_chooses_no_place(
    origin: Origin, rheo: Rheo, location: str, name: str
) -> None:
    """Invariant 9."""
    origin.serve("/user.iso", Redirect(location))
    origin.serve(location, File(b"x"))
    assert rheo(origin.url("/user.iso"), "--name-from", "redirect").code == 0
    assert names() == [name]


def test_a_file_is_not_skipped_for_a_name_that_a_redirect_may_change(origin: Origin, rheo: Rheo) -> None:
    url = served_by_redirect(origin, header=False)
    Path("user.iso").write_bytes(b"mine")
    assert rheo(url, "--skip-existing", "--name-from", "redirect").code == 0
    assert names() == ["redirected.iso", "user.iso"]
    count = len(origin.requests)
    ran = rheo(url, "--skip-existing", "--name-from", "redirect")
    assert (ran.code, ran.lines) == (0, ["redirected.iso: there already"])
    assert len(origin.requests) == count + 2


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ([], "Gr\u00f6\u00dfe\u2026 a_b.lnk"),
        (["--restrict-filenames", "ascii"], "Gro_e... a_b.lnk"),
        (["--restrict-file-names", "ascii"], "Gro_e... a_b.lnk"),
        (["--restrict-filenames", "windows"], "Gr\u00f6\u00dfe\u2026 a_b.lnk_"),
        (["--restrict-filenames", "off"], "Gr\u00f6\u00dfe\u2026 a_b.lnk"),
        (["--restrict-filenames", "ascii", "-o", "Gr\u00f6\u00dfe.lnk"], "Gr\u00f6\u00dfe.lnk"),
        (["--restrict-filenames", "windows", "-o", "desktop.ini"], "desktop.ini"),
    ],
)
@pytest.mark.parametrize("by_header", [True, False])
def test_names_are_restricted_but_never_the_users(
    origin: Origin, rheo: Rheo, options: list[str], name: str, *, by_header: bool
) -> None:
    written = "Gr%C3%B6%C3%9Fe%E2%80%A6%20a%3Ab.lnk"
    target = "/x" if by_header else f"/{written}"
    origin.serve(target, named(f"attachment; filename*=UTF-8''{written}") if by_header else File(b"x"))
    assert rheo(origin.url(target), *options).code == 0
    assert names() == [name]


def test_the_library_has_the_same_words(origin: Origin, downloads: Path) -> None:
    url = served_by_redirect(origin, header=True)
    by_url = library.download(url, directory=downloads, name_from=library.NameFrom.URL)
    assert by_url.path == downloads / "user.iso"
    with library.sync.DownloadManager(directory=downloads, restrict_filenames="ascii") as manager:
        origin.serve("/%C3%A9", File(b"x", content_type="application/pdf"))
        plain, kept = manager.add(origin.url("/%C3%A9")), manager.add(url, name_from="url", on_exists="overwrite")
        assert plain.wait().path == downloads / "e.pdf"
        assert kept.wait().path == downloads / "user.iso"
        free = manager.add(origin.url("/%C3%A9"), restrict_filenames=None)
        assert free.wait().path == downloads / "\u00e9.pdf"


@pytest.mark.parametrize(("option", "word"), [("--name-from", "server"), ("--restrict-filenames", "unix")])
def test_a_word_that_there_is_not_is_refused_before_anything_is_asked(
    origin: Origin, rheo: Rheo, option: str, word: str
) -> None:
    ran = rheo(origin.url("/a"), option, word)
    assert ran.code == 2
    assert word in ran.err
    assert "must be one of" in ran.err
    assert origin.requests == []


def test_two_options_that_name_differently_are_a_mistake(origin: Origin, rheo: Rheo) -> None:
    ran = rheo(origin.url("/a"), "--no-content-disposition", "--trust-server-names")
    assert ran.code == 2
    assert "--name-from" in ran.err


@dataclass(frozen=True)
class Told:
    """A name that the URL alone does not tell."""

    target: str
    name: str
    content_type: str = "application/octet-stream"
    header: str | None = None
    options: tuple[str, ...] = ()


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.parametrize(
    "told",
    [
        Told("/report", "report.pdf", "application/pdf"),
        Told("/", "download.zip", "application/zip"),
        Told("/gr%C3%BCn", "grun.pdf", "application/pdf", options=("--restrict-filenames", "ascii")),
        Told("/a", "bc.iso", header="attachment; filename*0=b; filename*1=c.iso"),
    ],
    ids=lambda told: told.name,
)
def test_a_name_that_only_an_answer_completes_finds_its_part_again(
    origin: Origin, start: Start, sent: signal.Signals, told: Told
) -> None:
    gate = threading.Event()
    headers = {"Content-Disposition": told.header}
    file = File(CONTENT, etag='"1"', content_type=told.content_type, headers=headers)
    origin.serve(told.target, gated(file, gate, after=HALF))
    options = (origin.url(told.target), *ALONE, *told.options)
    first = start(*options)
    begun(origin, told.name)
    first.send_signal(sent)
    first.wait()
    gate.set()
    assert f"{told.name}.part" in names()

    assert ended(start(*options)).code == 0

    assert names() == [told.name]
    assert Path(told.name).read_bytes() == WHOLE
    resumed = origin.requests[-1].headers
    assert (resumed["range"].startswith("bytes=0-"), resumed["if-range"]) == (False, '"1"')


def test_a_part_that_a_redirect_named_is_gone_on_with(origin: Origin, start: Start) -> None:
    gate = threading.Event()
    origin.serve("/latest", Redirect("/v2.iso"))
    origin.serve("/v2.iso", gated(File(CONTENT, etag='"1"'), gate, after=HALF))
    options = (origin.url("/latest"), *ALONE, "--name-from", "redirect")
    first = start(*options)
    begun(origin, "v2.iso")
    first.kill()
    first.wait()
    gate.set()

    assert ended(start(*options)).code == 0

    assert names() == ["v2.iso"]
    assert Path("v2.iso").read_bytes() == WHOLE
    assert origin.requests[-1].headers["range"] != "bytes=0-"


def begun(origin: Origin, name: str) -> None:
    """Return once the part holds what came before the gate."""
    origin.wait_for(lambda server: server.held == 1, 10)
    deadline = time.monotonic() + 10
    while not Path(f"{name}.part.live").exists():
        assert time.monotonic() < deadline
        os.sched_yield()
