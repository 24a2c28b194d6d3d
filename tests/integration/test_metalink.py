"""Metalinks in the library, on both faces, through real sockets."""

import asyncio
import hashlib
import logging

import pytest

import rheo
from origin import File, Status

DATA = b"x" * 2048
DOCUMENT = """\
<metalink xmlns="urn:ietf:params:xml:ns:metalink">
<file name="a.iso"><hash type="sha-256">{hash}</hash><url>{first}</url><url>ftp://b.example/a.iso</url></file>
<file name="docs/b.pdf"><url>{second}</url></file>
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
