"""One download, from URL to verified file, through the public call and a real socket."""

import gc
import hashlib
import os
import subprocess
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

import rheo
from origin import (
    Chunked,
    File,
    Generated,
    Origin,
    Raw,
    Redirect,
    Script,
    Send,
    Status,
    Wait,
    cut,
    declared,
    gated,
    gzipped,
    paced,
    page,
    reset,
    stalled,
    trickle,
)
from rheo.domain.download import WaitReason
from rheo.engine.limits.lane import Flow
from rheo.engine.transfer import Transfer

QUICK = rheo.RetryPolicy(base=0.001, ceiling=0.002)
NEVER = rheo.RetryPolicy(attempts=0)


def content(size=100_000, seed=1):
    return Generated(size, seed).read(0, size)


def fetch(url, downloads, **more):
    more.setdefault("retry_policy", NEVER)
    return rheo.download(url, directory=downloads, **more)


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


# --- the file arrives


@pytest.mark.parametrize("size", [0, 1, 10_240, 1024 * 1024, 1024 * 1024 + 1, 5_000_000])
def test_a_file_of_any_size_arrives_whole(origin, downloads, size):
    data = content(size)
    origin.serve("/a.bin", File(data, etag='"one"'))

    result = fetch(origin.url("/a.bin"), downloads)

    assert result.path == downloads / "a.bin"
    assert result.path.read_bytes() == data
    assert result.size == size
    assert result.verification is rheo.Verification.CONSISTENT
    assert result.final_url == result.url == origin.url("/a.bin")
    assert result.timings.connect is not None
    assert result.timings.first_byte is not None
    assert names(downloads) == ["a.bin"]


def test_a_body_without_length_is_whole_at_its_last_chunk(origin, downloads):
    data = content()
    origin.serve("/a.bin", Chunked(File(data, ranges=False)))

    result = fetch(origin.url("/a.bin"), downloads)

    assert result.path.read_bytes() == data
    assert result.verification is rheo.Verification.UNVERIFIED


def test_a_body_that_ends_with_its_connection_is_whole_but_unverified(origin, downloads):
    data = content()
    origin.serve("/a.bin", declared(File(data, ranges=False)))

    result = fetch(origin.url("/a.bin"), downloads)

    assert result.path.read_bytes() == data
    assert result.verification is rheo.Verification.UNVERIFIED


def test_the_time_of_the_server_becomes_the_time_of_the_file(origin, downloads):
    modified = datetime(2023, 11, 14, tzinfo=UTC)
    origin.serve("/a.bin", File(b"x", last_modified=modified))

    kept = fetch(origin.url("/a.bin"), downloads)
    ignored = fetch(origin.url("/a.bin"), downloads, mtime=False, output="b.bin")

    assert kept.path.stat().st_mtime == modified.timestamp()
    assert abs(ignored.path.stat().st_mtime - time.time()) < 60


def test_an_interim_answer_is_not_the_answer(origin, downloads):
    raw = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    origin.serve("/a.bin", Raw(raw))

    assert fetch(origin.url("/a.bin"), downloads).path.read_bytes() == b"ok"


def test_connections_are_used_again(origin, downloads):
    for number in range(10):
        origin.serve(f"/{number}", File(b"x"))

    with rheo.sync.DownloadManager(directory=downloads, max_concurrent=1) as manager:
        manager.add_many([origin.url(f"/{number}") for number in range(10)])

    assert origin.connections == 1
    assert len(names(downloads)) == 10


@pytest.mark.parametrize("reply", [File(content()), Redirect("/b")])
def test_a_transfer_that_has_ended_waits_for_no_collector(origin, downloads, reply):
    """Thousands a second would cost more than fetching the files."""
    origin.serve("/a", reply)
    origin.serve("/b", File(content()))
    gc.collect()
    gc.disable()
    try:
        with rheo.sync.DownloadManager(directory=downloads, retry_policy=NEVER) as manager:
            manager.add_many([origin.url(f"/a?{number}") for number in range(3)])
            manager.wait()
            alive = [one for one in gc.get_objects() if isinstance(one, Transfer | Flow)]
    finally:
        gc.enable()

    assert alive == []


def test_a_connection_that_died_idle_costs_no_attempt(origin, downloads):
    origin.serve("/a", File(b"a"))
    origin.serve("/b", File(b"b"))
    with rheo.sync.DownloadManager(directory=downloads, max_concurrent=1, retry=0) as manager:
        first = manager.add(origin.url("/a")).wait()
        second = manager.add(origin.url("/b")).wait()

    assert [first.size, second.size] == [1, 1]


# --- what must not become a file


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Status(404), rheo.HttpStatusError),
        (Status(403), rheo.HttpStatusError),
        (Status(204), rheo.NoFileError),
        (Status(304), rheo.NoFileError),
        (Status(206), rheo.NoFileError),
        (Status(500), rheo.HttpStatusError),
        (Status(300), rheo.HttpStatusError),
        (declared(File(b"x" * 100), 1000), rheo.TruncatedBodyError),
        (declared(File(b"x" * 100), 100, 200), rheo.ProtocolError),
        (declared(File(b"x" * 100), -5), rheo.ProtocolError),
        (declared(File(b"x" * 100), "42s"), rheo.ProtocolError),
        (cut(File(b"x" * 5000), after=2000), rheo.TruncatedBodyError),
        (reset(File(b"x" * 5000), after=2000), rheo.ConnectionLostError),
        (cut(Chunked(File(b"x" * 5000)), after=2000), rheo.TruncatedBodyError),
        (gzipped(b"text " * 100), rheo.CodedBodyError),
        (Raw(b"no http at all\r\n"), rheo.ProtocolError),
        (Raw(b"HTTP/1.1 200 OK\r\nX-Bad: a\0b\r\nContent-Length: 1\r\n\r\nx"), rheo.ProtocolError),
        (Raw(b""), rheo.ConnectionLostError),
    ],
)
def test_an_answer_that_is_not_the_file_leaves_nothing(origin, downloads, reply, error):
    origin.serve("/a.txt", reply)

    with pytest.raises(error) as failure:
        fetch(origin.url("/a.txt"), downloads)

    assert type(failure.value) is error
    assert names(downloads) == []
    asked = ["range" in request.headers for request in origin.requests]
    assert asked in ([True], [True, False]), "what may be said of the range alone is asked once more without one"


def test_a_coded_body_whose_name_says_so_is_the_file(origin, downloads):
    reply = gzipped(b"text " * 100)
    origin.serve("/a.tar.gz", reply)

    result = fetch(origin.url("/a.tar.gz"), downloads)

    assert result.path.read_bytes() == reply.content


def test_html_in_place_of_an_archive_is_kept_but_flagged(origin, downloads):
    origin.serve("/a.zip", page())
    origin.serve("/a.html", page())

    assert fetch(origin.url("/a.zip"), downloads).content_suspicious
    assert not fetch(origin.url("/a.html"), downloads).content_suspicious


@pytest.mark.parametrize("answer", [Status(404, body=b"x" * 5000), Redirect("/b.bin")])
def test_what_an_answer_says_holds_though_its_body_breaks(origin, downloads, answer):
    if isinstance(answer, Redirect):
        location = b"HTTP/1.1 302 Found\r\nLocation: /b.bin\r\nContent-Length: 5000\r\n\r\nmoved"
        origin.serve("/a.bin", Raw(location))
        origin.serve("/b.bin", File(b"x"))
        assert fetch(origin.url("/a.bin"), downloads).size == 1
        return
    origin.serve("/a.bin", cut(answer, after=100))

    with pytest.raises(rheo.HttpStatusError):
        fetch(origin.url("/a.bin"), downloads, retry_policy=QUICK)

    assert len(origin.requests) == 1


def test_a_file_that_is_skipped_does_not_wait_for_its_body(origin, downloads):
    reply = File(content(), headers={"Content-Disposition": "attachment; filename=a.iso"})
    origin.serve("/x", stalled(reply, after=0))
    downloads.mkdir()
    (downloads / "a.iso").write_bytes(b"old")

    assert fetch(origin.url("/x"), downloads, on_exists="skip").skipped


def test_a_part_that_is_cut_behind_our_back_is_an_error_and_no_endless_loop(origin, downloads):
    size = 20_000_000
    gate = threading.Event()
    origin.serve("/a.bin", gated(File(content(size)), gate, after=size - 10))
    with rheo.sync.DownloadManager(directory=downloads, connections=1) as manager:
        handle = manager.add(origin.url("/a.bin"), checksum="sha256:" + "0" * 64)
        origin.wait_for(lambda server: server.held == 1)
        os.truncate(downloads / "a.bin.part", 0)
        gate.set()
        with pytest.raises((rheo.StorageError, rheo.ChecksumMismatchError)):
            handle.wait(20)

    assert "a.bin" not in names(downloads)


# --- checksums


@pytest.mark.parametrize("size", [10, 3_000_000])
@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b"])
def test_a_matching_checksum_verifies(origin, downloads, size, algorithm):
    data = content(size)
    origin.serve("/a.bin", File(data))
    digest = hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()

    result = fetch(origin.url("/a.bin"), downloads, checksum=f"{algorithm.replace('_', '-')}:{digest}")

    assert result.verification is rheo.Verification.VERIFIED
    assert [checksum.digest for checksum in result.checksums] == [digest]


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_a_mismatch_is_final_says_both_digests_and_leaves_nothing(origin, downloads, size):
    data = content(size)
    origin.serve("/a.bin", File(data))

    with pytest.raises(rheo.ChecksumMismatchError) as failure:
        fetch(origin.url("/a.bin"), downloads, checksum="sha256:" + "0" * 64, retry_policy=QUICK)

    assert failure.value.expected == "sha256:" + "0" * 64
    assert failure.value.actual == "sha256:" + hashlib.sha256(data).hexdigest()
    assert failure.value.actual.partition(":")[2] in str(failure.value)
    assert names(downloads) == []
    assert [request.headers["range"] for request in origin.requests].count("bytes=0-") == 1


def test_all_checksums_must_match(origin, downloads):
    origin.serve("/a.bin", File(b"x"))
    right = "sha256:" + hashlib.sha256(b"x").hexdigest()

    with pytest.raises(rheo.ChecksumMismatchError):
        fetch(origin.url("/a.bin"), downloads, checksum=[right, "md5:" + "0" * 32])


# --- names and places


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('attachment; filename="b.iso"', "b.iso"),
        ("attachment; filename=\"x\"; filename*=UTF-8''na%C3%AFve.iso", "naïve.iso"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="/etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\Windows\\\\a.dll"', "a.dll"),
        ('attachment; filename=".bashrc"', "bashrc"),
        ('attachment; filename="-rf"', "rf"),
        ('attachment; filename="con.txt"', "_con.txt"),
        ('attachment; filename=".."', "a.bin"),
    ],
)
def test_a_server_chooses_a_name_but_no_place(origin, downloads, header, expected):
    """Invariant 9."""
    origin.serve("/a.bin", File(b"x", headers={"Content-Disposition": header}))

    result = fetch(origin.url("/a.bin"), downloads)

    assert result.path == downloads / expected
    assert names(downloads) == [expected]


def test_a_name_of_300_bytes_is_cut_and_keeps_its_extension(origin, downloads):
    origin.serve("/a", File(b"x", headers={"Content-Disposition": f'attachment; filename="{"ä" * 150}.iso"'}))

    result = fetch(origin.url("/a"), downloads)

    assert result.path.suffix == ".iso"
    assert len(os.fsencode(result.path.name)) <= 255


def test_a_redirect_does_not_choose_the_name(origin, downloads):
    origin.serve("/a.bin", Redirect("/.bash_profile"))
    origin.serve("/.bash_profile", File(b"x"))

    result = fetch(origin.url("/a.bin"), downloads)

    assert result.path == downloads / "a.bin"
    assert result.final_url == origin.url("/.bash_profile")


def test_an_existing_file_is_renamed_around(origin, downloads):
    """Invariant 4."""
    origin.serve("/a.iso", File(b"new"))
    downloads.mkdir()
    (downloads / "a.iso").write_bytes(b"old")
    (downloads / "a.1.iso").write_bytes(b"older")

    result = fetch(origin.url("/a.iso"), downloads)

    assert result.path == downloads / "a.2.iso"
    assert (downloads / "a.iso").read_bytes() == b"old"


@pytest.mark.parametrize("size", [10, 2_000_000])
def test_a_file_that_came_meanwhile_is_not_clobbered(origin, downloads, size):
    gate = threading.Event()
    origin.serve("/a.iso", gated(File(content(size)), gate, after=5))
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        handle = manager.add(origin.url("/a.iso"))
        origin.wait_for(lambda server: server.held == 1)
        (downloads / "a.iso").write_bytes(b"came meanwhile")
        gate.set()
        result = handle.wait()

    assert result.path == downloads / "a.1.iso"
    assert (downloads / "a.iso").read_bytes() == b"came meanwhile"


@pytest.mark.parametrize("size", [10, 2_000_000])
def test_a_file_that_came_meanwhile_is_skipped_where_that_is_the_wish(origin, downloads, size):
    gate = threading.Event()
    origin.serve("/a.iso", gated(File(content(size)), gate, after=5))
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        handle = manager.add(origin.url("/a.iso"), on_exists="skip")
        origin.wait_for(lambda server: server.held == 1)
        (downloads / "a.iso").write_bytes(b"came meanwhile")
        gate.set()
        result = handle.wait()

    assert result.skipped
    assert [(path.name, path.read_bytes()) for path in downloads.iterdir()] == [("a.iso", b"came meanwhile")]


def test_overwriting_replaces_only_with_the_whole_file(origin, downloads):
    origin.serve("/a.iso", [cut(File(content()), after=1000), File(b"new")])
    downloads.mkdir()
    (downloads / "a.iso").write_bytes(b"old")

    with pytest.raises(rheo.TruncatedBodyError):
        fetch(origin.url("/a.iso"), downloads, on_exists="overwrite")
    assert (downloads / "a.iso").read_bytes() == b"old"

    assert fetch(origin.url("/a.iso"), downloads, on_exists="overwrite").path.read_bytes() == b"new"


def test_skipping_asks_for_nothing(origin, downloads):
    downloads.mkdir()
    (downloads / "a.iso").write_bytes(b"old")

    result = fetch(origin.url("/a.iso"), downloads, on_exists="skip")

    assert result.skipped
    assert result.path.read_bytes() == b"old"
    assert origin.requests == []


@pytest.mark.parametrize("header", [{}, {"Content-Disposition": "attachment; filename=b.iso"}])
def test_a_file_with_another_digest_is_not_skipped_as_if_it_were_right(origin, downloads, header):
    origin.serve("/a.iso", File(b"right", headers=header))
    downloads.mkdir()
    for name in ("a.iso", "b.iso"):
        (downloads / name).write_bytes(b"wrong")

    with pytest.raises(rheo.ChecksumMismatchError, match="is there already"):
        fetch(origin.url("/a.iso"), downloads, on_exists="skip", checksum="md5:" + "0" * 32)


@pytest.mark.parametrize("output", ["pipe", "x" * 300, "folder", "folder/"])
def test_a_place_that_cannot_be_a_file_is_refused(origin, downloads, output):
    downloads.mkdir()
    os.mkfifo(downloads / "pipe")
    (downloads / "folder").mkdir()

    with pytest.raises(rheo.InvalidDestinationError):
        fetch(origin.url("/a.iso"), downloads, output=output, on_exists="overwrite")

    assert origin.requests == []


def test_a_name_from_the_server_is_skipped_after_its_head(origin, downloads):
    origin.serve("/x", File(content(), headers={"Content-Disposition": "attachment; filename=a.iso"}))
    downloads.mkdir()
    (downloads / "a.iso").write_bytes(b"old")

    result = fetch(origin.url("/x"), downloads, on_exists="skip")

    assert result.skipped
    assert result.path == downloads / "a.iso"
    assert names(downloads) == ["a.iso"]


@pytest.mark.parametrize("in_the_way", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("nowhere")])
def test_what_is_no_file_is_not_skipped_as_one(origin, downloads, in_the_way):
    origin.serve("/a.iso", File(content()))
    downloads.mkdir()
    in_the_way(downloads / "a.iso")

    with pytest.raises(rheo.DestinationExistsError, match=r"a\.iso is there and is no file"):
        fetch(origin.url("/a.iso"), downloads, on_exists="skip")

    assert names(downloads) == ["a.iso"]


def test_a_name_with_the_extension_of_its_type_is_skipped_after_its_head(origin, downloads):
    origin.serve("/report", File(content(), content_type="application/pdf"))
    downloads.mkdir()
    (downloads / "report.pdf").write_bytes(b"old")

    result = fetch(origin.url("/report"), downloads, on_exists="skip")

    assert result.skipped
    assert result.path == downloads / "report.pdf"


@pytest.mark.parametrize("on_exists", ["rename", "skip", "overwrite"])
def test_a_file_with_the_wanted_digest_is_known_by_any_extension(origin, downloads, on_exists):
    downloads.mkdir()
    (downloads / "report.csv").write_bytes(b"wrong")
    (downloads / "report.pdf").write_bytes(b"right")
    digest = hashlib.sha256(b"right").hexdigest()

    result = fetch(origin.url("/report"), downloads, checksum=f"sha256:{digest}", on_exists=on_exists)

    assert result.skipped
    assert result.path == downloads / "report.pdf"
    assert origin.requests == []


def test_a_file_that_only_might_be_it_is_not_in_the_way(origin, downloads):
    origin.serve("/report", File(b"right", content_type="application/pdf"))
    downloads.mkdir()
    (downloads / "report.csv").write_bytes(b"wrong")
    digest = hashlib.sha256(b"right").hexdigest()

    result = fetch(origin.url("/report"), downloads, checksum=f"sha256:{digest}", on_exists="skip")

    assert result.path == downloads / "report.pdf"
    assert not result.skipped


def test_stopping_at_an_existing_file_is_an_error(origin, downloads):
    downloads.mkdir()
    (downloads / "a.iso").write_bytes(b"old")

    with pytest.raises(rheo.DestinationExistsError):
        fetch(origin.url("/a.iso"), downloads, on_exists="error")

    assert (downloads / "a.iso").read_bytes() == b"old"


def test_a_file_with_the_wanted_digest_needs_no_request(origin, downloads):
    downloads.mkdir()
    (downloads / "a.iso").write_bytes(b"right")
    digest = hashlib.sha256(b"right").hexdigest()

    result = fetch(origin.url("/a.iso"), downloads, checksum=f"sha256:{digest}")

    assert result.skipped
    assert result.verification is rheo.Verification.VERIFIED
    assert origin.requests == []


@pytest.mark.parametrize("size", [10, 2_000_000])
def test_a_foreign_part_file_stays_as_it_is(origin, downloads, size):
    """Invariant 4."""
    origin.serve("/a.iso", File(content(size)))
    downloads.mkdir()
    (downloads / "a.iso.part").write_bytes(b"not ours")

    fetch(origin.url("/a.iso"), downloads)

    assert names(downloads) == ["a.iso", "a.iso.part"]
    assert (downloads / "a.iso.part").read_bytes() == b"not ours"


def test_a_link_in_the_place_of_the_part_is_not_followed(origin, downloads, tmp_path):
    origin.serve("/a.iso", File(b"x"))
    downloads.mkdir()
    (downloads / "a.iso.part").symlink_to(tmp_path / "victim")

    fetch(origin.url("/a.iso"), downloads)

    assert not (tmp_path / "victim").exists()
    assert (downloads / "a.iso").read_bytes() == b"x"


def test_an_unusable_folder_is_found_before_a_byte_is_asked_for(origin, tmp_path):
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(rheo.InvalidDestinationError):
        fetch(origin.url("/a.iso"), tmp_path / "file")
    with pytest.raises(rheo.InvalidDestinationError):
        fetch(origin.url("/a.iso"), tmp_path / "file" / "below")

    assert origin.requests == []


@pytest.fixture
def small_disk(tmp_path):
    """A file system of one mebibyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root may mount the small file system that this needs")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_file_that_cannot_fit_is_refused_before_its_body(origin, small_disk):
    origin.serve("/a.iso", stalled(File(content(5_000_000)), after=0))

    with pytest.raises(rheo.DiskFullError, match="it needs 5000000 bytes"):
        fetch(origin.url("/a.iso"), small_disk)

    assert names(small_disk) == []


def test_a_disk_that_fills_up_ends_the_download_at_once(origin, small_disk):
    origin.serve("/a.iso", Chunked(File(content(5_000_000), ranges=False)))

    with pytest.raises(rheo.DiskFullError):
        fetch(origin.url("/a.iso"), small_disk, retry_policy=QUICK)

    assert names(small_disk) == []
    assert len(origin.requests) == 1


# --- redirects


def test_a_ring_of_redirects_ends_after_twenty(origin, downloads):
    origin.serve("/a", Redirect("/b"))
    origin.serve("/b", Redirect("/a"))

    with pytest.raises(rheo.RedirectError, match="more than 20 times"):
        fetch(origin.url("/a"), downloads)

    assert len(origin.requests) == 21


def test_redirects_reuse_the_connection(origin, downloads):
    for hop in range(5):
        origin.serve(f"/{hop}", Redirect(f"/{hop + 1}"))
    origin.serve("/5", File(b"x"))

    assert fetch(origin.url("/0"), downloads).final_url == origin.url("/5")
    assert origin.connections == 1


@pytest.mark.parametrize(
    ("location", "target"),
    [(b"/caf\xe9", "/caf%E9"), (b"/caf\xc3\xa9", "/caf%C3%A9"), (b"/caf\xc3\xa9\xe9", "/caf%C3%A9%E9")],
)
def test_a_redirect_means_the_very_bytes_that_it_has(origin, downloads, location, target):
    origin.serve("/a", Status(302, headers={"Location": location}))
    origin.serve(target, File(b"x"))

    assert fetch(origin.url("/a"), downloads).final_url == origin.url(target)


@pytest.mark.parametrize(
    "location", [b"http://caf\xe9.example/", "ftp://127.0.0.1/a", "file:///etc/passwd", "/a\tb", None]
)
def test_a_redirect_elsewhere_than_http_is_refused(origin, downloads, location):
    origin.serve("/a", Redirect(location) if location else Status(302))

    with pytest.raises(rheo.RedirectError):
        fetch(origin.url("/a"), downloads)


def test_own_headers_and_credentials_do_not_follow_a_redirect_to_another_port(origin, downloads):
    """Invariant 8."""
    with Origin() as other:
        origin.serve("/a", Redirect("/b"))
        origin.serve("/b", Redirect(other.url("/c")))
        other.serve("/c", File(b"x"))
        login = rheo.Login("user", rheo.Secret("secret"), rheo.AuthScheme.BASIC)
        with rheo.sync.DownloadManager(directory=downloads) as manager:
            result = manager.add(origin.url("/a"), headers={"X-Api-Key": "secret"}, login=login).wait()

        assert [request.headers.get("x-api-key") for request in origin.requests] == ["secret", "secret"]
        assert all("authorization" in request.headers for request in origin.requests)
        assert "x-api-key" not in other.requests[0].headers
        assert "authorization" not in other.requests[0].headers
        assert "secret" not in repr(result)
        assert result.redirects[-1].withheld == ("X-Api-Key", "Authorization")


# --- TLS


@pytest.fixture
def secure(authority):
    with Origin(tls=authority) as server:
        yield server


def test_https_works_with_a_given_authority_and_says_how_long_it_took(secure, authority, downloads, tmp_path):
    secure.serve("/a.bin", File(b"x"))

    result = fetch(secure.url("/a.bin"), downloads, ca_file=authority.ca_file(tmp_path))

    assert result.path.read_bytes() == b"x"
    assert result.timings.tls is not None


def test_an_unknown_authority_is_refused_for_good(secure, downloads):
    secure.serve("/a.bin", File(b"x"))

    with pytest.raises(rheo.CertificateError):
        fetch(secure.url("/a.bin"), downloads, retry_policy=QUICK)

    assert secure.requests == []


@pytest.mark.parametrize("flaw", ["wrong_host", "expired"])
def test_a_bad_certificate_is_refused(authority, downloads, tmp_path, flaw):
    with Origin(tls=getattr(authority, flaw)()) as server, pytest.raises(rheo.CertificateError):
        fetch(server.url("/a.bin"), downloads, ca_file=authority.ca_file(tmp_path))


def test_a_redirect_from_https_to_http_is_refused(secure, origin, authority, downloads, tmp_path):
    secure.serve("/a", Redirect(origin.url("/b")))
    origin.serve("/b", File(b"x"))

    with pytest.raises(rheo.RedirectError, match="not encrypted"):
        fetch(secure.url("/a"), downloads, ca_file=authority.ca_file(tmp_path))

    assert origin.requests == []


def test_a_ca_file_that_cannot_be_read_is_named(secure, downloads, tmp_path):
    with pytest.raises(rheo.SettingsError, match=r"missing\.pem"):
        fetch(secure.url("/a"), downloads, ca_file=tmp_path / "missing.pem")


# --- a hostile environment


def test_the_environment_decides_nothing_but_the_proxy(origin, downloads, monkeypatch, home):
    origin.serve("/a.bin", File(b"x"))
    home.mkdir()
    (home / ".netrc").write_text("default login intruder password intruder\n")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")  # which a stranger's header would set for a CGI
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/certificates.pem")
    Path(".env").write_text("RHEO_DIRECTORY=/nowhere\nHTTP_PROXY=http://127.0.0.1:1\n")

    result = fetch(origin.url("/a.bin"), downloads)

    assert result.path == downloads / "a.bin"
    assert "authorization" not in origin.requests[0].headers


def test_a_wrong_ssl_cert_file_is_named_when_it_is_needed(secure, downloads, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/certificates.pem")

    with pytest.raises(rheo.SettingsError, match="SSL_CERT_FILE"):
        fetch(secure.url("/a"), downloads)


# --- deadlines


def test_silence_after_the_request_ends_at_its_deadline(origin, downloads):
    origin.serve("/a", Script((Wait(),)))

    with pytest.raises(rheo.FirstByteTimeoutError):
        fetch(origin.url("/a"), downloads, first_byte_timeout=0.2)


@pytest.mark.parametrize("trailers", [b"X-T: 1\r\n", b"X-T: 1\r\nX-U: 2\r\n"])
def test_a_file_of_nothing_may_have_trailers(origin, downloads, trailers):
    """RFC 9112, 7.1.2."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    origin.serve("/a", Raw(head + b"0\r\n" + trailers + b"\r\n"))

    result = rheo.download(origin.url("/a"), directory=downloads, retry=0)

    assert (result.size, result.path.read_bytes()) == (0, b"")


@pytest.mark.parametrize("size", [50_000, 2_000_000])
def test_a_stalled_body_ends_at_its_deadline(origin, downloads, size):
    origin.serve("/a", stalled(File(content(size)), after=size // 2))

    with pytest.raises(rheo.StallError):
        fetch(origin.url("/a"), downloads, stall_timeout=0.3, connections=1)

    assert names(downloads) == ["a.part", "a.part.json"]


def test_a_trickle_does_not_keep_a_download_alive(origin, downloads):
    origin.serve("/a", trickle(File(content()), every=0.02))

    with pytest.raises(rheo.StallError):
        fetch(origin.url("/a"), downloads, stall_timeout=0.4)


def test_a_slow_but_steady_body_arrives(origin, downloads):
    data = content(60_000)
    origin.serve("/a", paced(File(data), rate=100_000))

    assert fetch(origin.url("/a"), downloads, stall_timeout=0.3).path.read_bytes() == data


def test_nobody_there_is_a_connect_error(downloads):
    with Origin() as server:
        url = server.url("/a")

    with pytest.raises(rheo.ConnectError):
        fetch(url, downloads)


# --- trying again


@pytest.mark.parametrize(
    "failure",
    [Status(503), Status(429), Status(520), cut(File(b"x" * 5000), after=100), reset(File(b"x" * 5000), after=0)],
)
def test_what_may_pass_is_tried_again(origin, downloads, failure):
    data = content()
    origin.serve("/a", [failure, failure, File(data)])

    result = fetch(origin.url("/a"), downloads, retry_policy=QUICK)

    assert result.path.read_bytes() == data
    assert len(origin.requests) == 3
    assert names(downloads) == ["a"]


def test_attempts_are_bounded(origin, downloads):
    origin.serve("/a", Status(503))

    with pytest.raises(rheo.HttpStatusError, match="gave up after 4 tries"):
        fetch(origin.url("/a"), downloads, retry_policy=rheo.RetryPolicy(attempts=3, base=0.001))

    assert len(origin.requests) == 4


def test_an_attempt_with_progress_resets_the_count(origin, downloads):
    data = content(600_000)
    whole = File(data, etag='"one"')
    origin.serve("/a", [*[cut(whole, after=80_000)] * 6, whole])

    result = fetch(origin.url("/a"), downloads, retry_policy=rheo.RetryPolicy(attempts=1, base=0.001))

    assert result.path.read_bytes() == data


def test_a_call_does_not_begin_a_wait_longer_than_allowed(origin, downloads):
    origin.serve("/a", Status(503, headers={"Retry-After": "9999999999"}))

    with pytest.raises(rheo.HttpStatusError, match="asks to wait") as failure:
        fetch(origin.url("/a"), downloads, retry_policy=None)

    assert failure.value.retry_after is not None


def test_a_manager_waits_visibly_for_as_long_as_the_server_asks(origin, downloads):
    origin.serve("/a", Status(429, headers={"Retry-After": "86400"}))

    with rheo.sync.DownloadManager(directory=downloads) as manager:
        waiting = threading.Event()
        manager.on(rheo.DownloadWaiting, lambda _: waiting.set())
        handle = manager.add(origin.url("/a"))
        assert waiting.wait(5)
        assert handle.state is rheo.DownloadState.WAITING
        assert handle.waiting_for.reason is WaitReason.RETRY_AFTER
        handle.cancel()
        with pytest.raises(rheo.DownloadCancelledError):
            handle.wait()


def test_a_wait_can_be_ended_by_resuming(origin, downloads):
    origin.serve("/a", [Status(503, headers={"Retry-After": "86400"}), File(b"x")])

    with rheo.sync.DownloadManager(directory=downloads) as manager:
        waiting = threading.Event()
        manager.on(rheo.DownloadWaiting, lambda _: waiting.set())
        handle = manager.add(origin.url("/a"))
        assert waiting.wait(5)
        handle.resume()
        assert handle.wait().size == 1


def test_a_retried_body_may_be_another_one(origin, downloads):
    origin.serve("/a", [cut(File(content(5_000_000, 1)), after=3_000_000), File(content(2_500_000, 2))])

    assert fetch(origin.url("/a"), downloads, retry_policy=QUICK).path.read_bytes() == content(2_500_000, 2)


def test_more_bytes_than_announced_are_not_taken(origin, downloads):
    origin.serve("/a", declared(File(b"x" * 200, ranges=False), 100))

    assert fetch(origin.url("/a"), downloads).size == 100


def test_a_trickle_of_many_small_chunks_is_written_whole(origin, downloads):
    pieces = [bytes([number % 256]) * 700 for number in range(3000)]
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % sum(map(len, pieces))
    origin.serve("/a", lambda _: [Send(head), *map(Send, pieces)])

    assert fetch(origin.url("/a"), downloads).path.read_bytes() == b"".join(pieces)


@pytest.mark.parametrize("more", [{"segment_size": 65_536}, {"checksum": f"sha256:{Generated(100_000, 1).sha256()}"}])
def test_a_body_without_length_comes_whole_in_one_answer_whatever_one_may_ask_for(origin, downloads, more):
    origin.serve("/a.bin", Chunked(File(content(), ranges=False)))

    assert fetch(origin.url("/a.bin"), downloads, **more).path.read_bytes() == content()
    assert len(origin.requests) == 1
