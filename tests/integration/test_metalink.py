"""Metalinks in the library, on both faces, through real sockets."""

import asyncio
import hashlib
import logging
import threading

import pytest

import rheo
from origin import File, Generated, Origin, Status, gated

DATA = b"x" * 2048
DOCUMENT = """\
<metalink xmlns="urn:ietf:params:xml:ns:metalink">
<file name="a.iso"><hash type="sha-256">{hash}</hash><url>{first}</url><url>ftp://b.example/a.iso</url></file>
<file name="docs/b.pdf"><url>{second}</url></file>
</metalink>
"""

EXAMPLE = """\
<?xml version="1.0" encoding="UTF-8"?>
<metalink xmlns="urn:ietf:params:xml:ns:metalink">
  <published>2009-05-15T12:23:23Z</published>
  <file name="example.ext">
    <size>{size}</size>
    <identity>Example</identity>
    <version>1.0</version>
    <language>en</language>
    <description>A description of the example file for download.</description>
    <hash type="sha-256">{hash}</hash>
    <pieces type="sha-1" length="{length}">{pieces}</pieces>
    <url location="de" priority="1">ftp://ftp.example.com/example.ext</url>
    <url location="fr" priority="2">{base}/example.ext</url>
    <metaurl mediatype="torrent" priority="2">http://example.com/example.ext.torrent</metaurl>
  </file>
</metalink>
"""


@pytest.fixture
def document(origin):
    origin.serve("/1", File(DATA))
    origin.serve("/2", File(b"guide"))
    urls = {"first": origin.url("/1"), "second": origin.url("/2")}
    return DOCUMENT.format(hash=hashlib.sha256(DATA).hexdigest(), **urls).encode()


def test_the_files_of_a_metalink_are_downloads(downloads, document):
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        iso, guide = manager.add_metalink(document)
        assert iso.wait().verification is rheo.Verification.VERIFIED
        assert guide.wait().path == downloads / "docs" / "b.pdf"

    assert (downloads / "a.iso").read_bytes() == DATA


async def in_a_loop(source, **more):
    async with rheo.DownloadManager(**more) as manager:
        return [await handle.wait() for handle in await manager.add_metalink(source, select="*.pdf", priority=3)]


@pytest.mark.parametrize("form", ["bytes", "path", "text", "value"])
def test_a_metalink_is_given_in_any_form(downloads, document, tmp_path, form):
    path = tmp_path / "x.meta4"
    path.write_bytes(document)
    source = {"bytes": document, "path": path, "text": str(path), "value": rheo.read_metalink(path)}[form]

    (result,) = asyncio.run(in_a_loop(source, directory=downloads))

    assert result.path == downloads / "docs" / "b.pdf"


def test_the_same_metalink_is_the_same_downloads(downloads, document):
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        first = manager.add_metalink(document)
        assert [one is other for one, other in zip(first, manager.add_metalink(document), strict=True)] == [True, True]


def test_what_was_left_out_is_logged(downloads, document, caplog):
    with caplog.at_level(logging.INFO, logger="rheo"), rheo.sync.DownloadManager(directory=downloads) as manager:
        manager.add_metalink(document)

    assert "the Metalink: 'a.iso': 1 source left out: only http and https are fetched" in caplog.messages


def test_all_files_are_added_or_none(origin, downloads, document):
    damaged = document.replace(origin.url("/2").encode(), b"ftp://b.example/b.pdf")
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        with pytest.raises(rheo.InvalidMetalinkError, match=r"'docs/b\.pdf' has no source that can be fetched"):
            manager.add_metalink(damaged)
        with pytest.raises(
            rheo.UsageError, match=r"^output is of one file, but the Metalink has 2; select one of them$"
        ):
            manager.add_metalink(document, output="c")

    assert origin.requests == []
    assert not downloads.exists()


def test_a_secret_goes_to_nobody_whom_a_document_names(origin, downloads, document):
    """Invariant 8."""
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        for secret in ({"headers": {"X-Key": "s"}}, {"cookies": {"a": "s"}}, {"login": rheo.Bearer(rheo.Secret("s"))}):
            with pytest.raises(rheo.UsageError, match="to one origin, but a Metalink itself says where"):
                manager.add_metalink(document, **secret)
        for handle in manager.add_metalink(document, public_headers={"X-Why": "tests"}):
            handle.wait()

    assert [request.headers["x-why"] for request in origin.requests] == ["tests", "tests"]


def test_a_failed_download_has_its_error_as_any_other(origin, downloads, document):
    origin.serve("/2", Status(404))
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        (guide,) = manager.add_metalink(document, select=["2"])
        with pytest.raises(rheo.HttpStatusError):
            guide.wait()


def test_reading_tells_what_there_is(document, tmp_path):
    path = tmp_path / "x.meta4"
    path.write_bytes(document)

    metalink = rheo.read_metalink(str(path))

    assert [file.name for file in metalink.files] == ["a.iso", "docs/b.pdf"]
    assert metalink.place == str(path)


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.symlink_to("/dev/zero")])
def test_only_files_are_read(tmp_path, make):
    make(tmp_path / "x.meta4")

    with pytest.raises(rheo.InvalidMetalinkError, match=r"x\.meta4: is no regular file; name a Metalink$"):
        rheo.read_metalink(tmp_path / "x.meta4")


# --- at a URL


@pytest.fixture
def address(origin, document):
    """The URL of the document, told by its type alone."""
    origin.serve("/list", File(document, content_type="application/metalink4+xml"))
    return origin.url("/list")


def test_the_metalink_at_a_url_is_asked_for_by_one_call(origin, downloads, address):
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        (guide,) = manager.add_metalink(address, select="*.pdf")
        assert guide.url == origin.url("/2")
        assert guide.wait().path == downloads / "docs" / "b.pdf"
        assert guide.files == ()

    assert [path.name for path in downloads.iterdir()] == ["docs"]


def test_a_download_that_leads_to_a_metalink_becomes_its_first_file(origin, downloads, address):
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        handle = manager.add(address)
        result = handle.wait()
        first, second = handle.files
        again = manager.add(address, on_exists="skip")
        assert second.wait().path == downloads / "docs" / "b.pdf"

    assert (result.path, result.trust) == (downloads / "a.iso", rheo.Trust.SAME_SERVER)
    assert first is handle
    assert (handle.url, second.url) == (address, origin.url("/2"))
    assert again is not handle, "it was finished"


def test_it_is_followed_before_its_files_start_and_they_are_added_before_that(downloads, address):
    told = []
    with rheo.sync.DownloadManager(directory=downloads, max_concurrent=1) as manager:
        for kind in (rheo.DownloadAdded, rheo.DownloadQueued, rheo.DownloadFollowed, rheo.DownloadStarted):
            manager.on(kind, lambda event: told.append((type(event).__name__.removeprefix("Download"), event.id)))
        manager.add(address)
        manager.wait()

    started = [("Started", 1), ("Started", 2)]
    assert told == [("Added", 1), ("Started", 1), ("Added", 2), ("Queued", 1), ("Followed", 1), *started]


def test_the_same_address_is_the_same_download_while_its_file_comes(origin, downloads, address):
    gate = threading.Event()
    origin.serve("/1", gated(File(DATA), gate, after=10))
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        handle = manager.add(address)
        origin.wait_for(lambda origin: any(request.path == "/1" for request in origin.requests))
        assert manager.add(address) is handle
        gate.set()


def test_a_paused_one_goes_on_with_its_file_and_asks_for_no_document_again(origin, downloads, address):
    gate = threading.Event()
    origin.serve("/1", [gated(File(DATA), gate, after=10), File(DATA)])
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        handle = manager.add(address)
        origin.wait_for(lambda origin: any(request.path == "/1" for request in origin.requests))
        handle.pause()
        gate.set()
        handle.resume()
        assert handle.wait().path == downloads / "a.iso"

    paths = [request.path for request in origin.requests]
    assert paths.count("/list") == 2, "once to learn what it is, once to read it"


def test_one_call_brings_all_files_and_the_first_ones_result(origin, downloads, address):
    assert rheo.download(address, directory=downloads).path == downloads / "a.iso"
    assert (downloads / "docs" / "b.pdf").exists()

    origin.serve("/2", Status(404))
    with pytest.raises(rheo.HttpStatusError):
        asyncio.run(rheo.download_async(address, directory=downloads))


def test_a_folder_that_cannot_be_fails_the_download_and_asks_for_no_file(origin, downloads, address):
    downloads.mkdir(exist_ok=True)
    (downloads / "docs").write_text("in the way")
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        handle = manager.add(address)
        with pytest.raises(rheo.RheoError):
            handle.wait()

    assert {request.path for request in origin.requests} == {"/list"}


def test_what_is_none_is_the_servers_fault(origin, downloads):
    origin.serve("/x.meta4", File(b"hello"))
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        with pytest.raises(rheo.UnusableMetalinkError, match=r"/x\.meta4, line 1, column 1: is not XML"):
            manager.add_metalink(origin.url("/x.meta4"))
        with pytest.raises(rheo.UsageError, match=r"^a Metalink is no answer to a POST; leave that out$"):
            manager.add_metalink(origin.url("/x.meta4"), data=b"x")


def test_what_answers_data_is_a_file(origin, downloads, document):
    origin.serve("/x.meta4", File(document))
    result = rheo.download(origin.url("/x.meta4"), data=b"x", directory=downloads)
    assert result.path.read_bytes() == document


def test_a_metalink_over_https_from_elsewhere_is_ones_own_word(downloads, document, authority, ca_file):
    with Origin(tls=authority) as home, rheo.sync.DownloadManager(directory=downloads, ca_file=ca_file) as manager:
        home.serve("/x.meta4", File(document.replace(b"127.0.0.1", b"localhost")))
        (iso,) = manager.add_metalink(home.url("/x.meta4"), select="a.iso")
        assert iso.wait().trust is rheo.Trust.GIVEN

        with pytest.raises(
            rheo.UnusableMetalinkError, match=r"left out: plain http, and no strong hash proves the file"
        ):
            manager.add(home.url("/x.meta4")).wait()


# --- as a new user would: nginx, and the example of RFC 5854, 1.1


@pytest.fixture
def example(nginx):
    """A server with a file, and a Metalink of it, which each answer names."""
    server = nginx(link='<example.meta4>; rel=describedby; type="application/metalink4+xml"')
    size, length = 1_500_000, 262_144
    content = Generated(size).read(0, size)
    pieces = (hashlib.sha1(content[start : start + length]).hexdigest() for start in range(0, size, length))
    facts = {
        "size": size,
        "hash": hashlib.sha256(content).hexdigest(),
        "length": length,
        "pieces": "".join(f"<hash>{digest}</hash>" for digest in pieces),
        "base": f"http://127.0.0.1:{server.plain}",
    }
    server.publish("example.ext", content)
    server.publish("example.meta4", EXAMPLE.format(**facts).encode())
    return facts["base"]


@pytest.mark.parametrize("name", ["example.meta4", "example.ext"])
def test_a_metalink_made_after_the_rfcs_example_and_served_by_nginx(example, downloads, name):
    """By its own name, and told by the head of the file's answer (RFC 6249, 4)."""
    result = rheo.download(f"{example}/{name}", directory=downloads)

    assert (result.path, result.verification) == (downloads / "example.ext", rheo.Verification.VERIFIED)
    assert result.path.read_bytes() == Generated(1_500_000).read(0, 1_500_000)
    assert [path.name for path in downloads.iterdir()] == ["example.ext"]
