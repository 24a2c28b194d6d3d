"""Digests found without asking: in heads, beside the file, and in lists that the user names."""

import base64
import gzip
import hashlib
import logging
import threading
import zlib

import pytest

import rheo
from origin import (
    Amended,
    Chunked,
    File,
    Generated,
    Misheard,
    Origin,
    Redirect,
    Status,
    cut,
    gated,
    paced,
    page,
    stalled,
)
from rheo import Trust, Verification

NEVER = rheo.RetryPolicy(attempts=0)
SMALL = Generated(100_000, 1).read(0, 100_000)
LARGE = Generated(9_000_000, 2).read(0, 9_000_000)
WRONG = b"another file"
MIB = 1024 * 1024


def fetch(url, downloads, **more):
    more.setdefault("retry_policy", NEVER)
    return rheo.download(url, directory=downloads, **more)


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def hexadecimal(data, algorithm="sha256"):
    return hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()


def b64(data, algorithm="sha256"):
    return base64.b64encode(hashlib.new(algorithm, data, usedforsecurity=False).digest()).decode()


def crc32(data):
    return base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()


FIELDS = {
    "repr-digest": ("sha256", lambda data: {"Repr-Digest": f"sha-256=:{b64(data)}:"}),
    "content-digest": ("sha512", lambda data: {"Content-Digest": f"sha-512=:{b64(data, 'sha512')}:"}),
    "digest": ("sha256", lambda data: {"Digest": f"SHA-256={b64(data)}"}),
    "digest, in the wrong base": ("sha256", lambda data: {"Digest": f"SHA-256={hexadecimal(data)}"}),
    "content-md5": ("md5", lambda data: {"Content-MD5": b64(data, "md5")}),
    "x-amz-checksum-sha256": ("sha256", lambda data: {"x-amz-checksum-sha256": b64(data)}),
    "x-amz-checksum-crc32": (
        "crc32",
        lambda data: {"x-amz-checksum-crc32": crc32(data), "x-amz-checksum-type": "FULL_OBJECT"},
    ),
    "x-goog-hash": ("md5", lambda data: {"x-goog-hash": f"crc32c=n03x6A==, md5={b64(data, 'md5')}"}),
}


# --- what the head announces


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize(("algorithm", "headers"), FIELDS.values(), ids=FIELDS)
def test_an_announced_digest_verifies(origin, downloads, data, algorithm, headers):
    origin.serve("/a.bin", File(data, etag='"one"', headers=headers(data)))

    result = fetch(origin.url("/a.bin"), downloads)

    assert result.path.read_bytes() == data
    assert (result.verification, result.trust) == (Verification.VERIFIED, Trust.SAME_SERVER)
    assert [one.algorithm for one in result.checksums] == [algorithm]


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("field", FIELDS)
def test_a_file_that_is_another_one_than_announced_gets_no_name(origin, downloads, data, field):
    origin.serve("/a.bin", File(data, etag='"one"', headers=FIELDS[field][1](WRONG)))

    with pytest.raises(rheo.ChecksumMismatchError) as failure:
        fetch(origin.url("/a.bin"), downloads)

    assert f"its header {field.partition(chr(44))[0]} says, a hash from the same server: " in str(failure.value)
    assert str(failure.value).endswith("; --verify off does not look at that")
    assert names(downloads) == []


def test_what_was_announced_is_checked_in_a_stream_too(origin, capfdbinary):
    origin.serve("/a.bin", File(SMALL, headers=FIELDS["repr-digest"][1](WRONG)))

    with pytest.raises(rheo.ChecksumMismatchError):
        rheo.download(origin.url("/a.bin"), output="-", retry_policy=NEVER)

    assert capfdbinary.readouterr().out == SMALL


NOTHING = {
    "unknown algorithms": {"Repr-Digest": f"sha-1024=:{b64(WRONG)}:", "x-amz-checksum-crc32c": "AAAAAA=="},
    "no base64": {"Repr-Digest": "sha-256=:!!!:", "Content-MD5": "zz"},
    "a wrong length": {"Digest": f"SHA-256={b64(WRONG, 'md5')}", "x-amz-checksum-sha256": "AAAA"},
    "an empty value": {"Repr-Digest": "", "Digest": "SHA-256=", "Content-MD5": ""},
    "a digest of digests": {"x-amz-checksum-sha256": f"{b64(WRONG)}-3"},
    "a composite": {"x-amz-checksum-sha256": b64(WRONG), "x-amz-checksum-type": "COMPOSITE"},
    "what is stored compressed": {
        "x-goog-hash": f"md5={b64(WRONG, 'md5')}",
        "x-goog-stored-content-encoding": "gzip",
    },
}


@pytest.mark.parametrize("headers", NOTHING.values(), ids=NOTHING)
def test_a_digest_that_is_broken_unknown_or_of_something_else_counts_for_nothing(origin, downloads, headers):
    origin.serve("/a.bin", File(SMALL, etag='"one"', headers=headers))

    result = fetch(origin.url("/a.bin"), downloads)

    assert (result.verification, result.trust) == (Verification.CONSISTENT, Trust.LENGTH)
    assert result.checksums == ()


def test_a_digest_of_a_part_is_none_of_the_file(origin, downloads):
    """A server that sends a mebibyte at a time says of each what it hashes to."""

    headers = {"Content-Digest": f"sha-256=:{b64(WRONG)}:", "Content-MD5": b64(WRONG, "md5")}
    file = File(LARGE, etag='"one"', headers=headers)

    def reply(request):
        start, _, last = request.headers["range"].removeprefix("bytes=").partition("-")
        stop = min(int(last or len(LARGE)), int(start) + MIB - 1)
        return Misheard(file, f"bytes={start}-{stop}")

    origin.serve("/a.bin", reply)

    result = fetch(origin.url("/a.bin"), downloads)

    assert result.path.read_bytes() == LARGE
    assert result.trust is Trust.LENGTH


def test_of_several_digests_the_strongest_counts(origin, downloads):
    headers = {"Repr-Digest": f"sha-256=:{b64(SMALL)}:", "Content-MD5": b64(WRONG, "md5")}
    origin.serve("/a.bin", File(SMALL, headers=headers))

    assert [one.algorithm for one in fetch(origin.url("/a.bin"), downloads).checksums] == ["sha256"]


def test_digests_that_contradict_each_other_count_for_nothing_and_a_note_says_so(origin, downloads, caplog):
    headers = {"Repr-Digest": f"sha-256=:{b64(SMALL)}:", "Digest": f"SHA-256={b64(WRONG)}"}
    origin.serve("/a.bin", File(SMALL, headers=headers))

    assert fetch(origin.url("/a.bin"), downloads).trust is Trust.LENGTH
    assert "several sha256 digests that contradict each other" in caplog.text


def test_what_is_unpacked_is_not_what_was_announced(origin, downloads):
    packed = gzip.compress(SMALL, mtime=0)
    headers = {"Content-Encoding": "gzip", "Repr-Digest": f"sha-256=:{b64(packed)}:"}
    origin.serve("/a.txt", File(packed, headers=headers))

    result = fetch(origin.url("/a.txt"), downloads, compressed=True)

    assert result.path.read_bytes() == SMALL
    assert result.trust is Trust.NOTHING


def test_off_looks_at_no_header(origin, downloads):
    origin.serve("/a.bin", File(SMALL, headers=FIELDS["repr-digest"][1](WRONG)))

    assert fetch(origin.url("/a.bin"), downloads, verify="off").trust is Trust.LENGTH


@pytest.mark.parametrize("verify", ["off", "headers", "auto"])
def test_what_the_user_gave_is_checked_whatever_the_setting_and_the_server_say(origin, downloads, verify):
    origin.serve("/a.bin", File(SMALL, headers=FIELDS["repr-digest"][1](WRONG)))

    right = fetch(origin.url("/a.bin"), downloads, verify=verify, checksum=f"sha256:{hexadecimal(SMALL)}")
    with pytest.raises(rheo.ChecksumMismatchError, match="than the one asked for"):
        fetch(origin.url("/a.bin"), downloads, verify=verify, checksum=f"sha256:{hexadecimal(WRONG)}")

    assert (right.verification, right.trust) == (Verification.VERIFIED, Trust.GIVEN)
    assert len(origin.requests) == 2


# --- going on with a part


def interrupted(origin, downloads, headers, data=LARGE):
    origin.serve("/a.bin", cut(File(data, etag='"one"', headers=headers), after=4_000_000))
    with pytest.raises(rheo.NetworkError):
        fetch(origin.url("/a.bin"), downloads, connections=1)
    assert "a.bin.part" in names(downloads)


@pytest.mark.parametrize("first", [{}, FIELDS["repr-digest"][1](LARGE)], ids=["silent before", "announced before"])
def test_what_the_answer_to_a_later_run_announces_counts_the_same(origin, downloads, first):
    interrupted(origin, downloads, first)
    origin.serve("/a.bin", File(LARGE, etag='"one"', headers=FIELDS["repr-digest"][1](LARGE)))

    result = fetch(origin.url("/a.bin"), downloads)

    assert result.resumed > 0
    assert (result.verification, result.trust) == (Verification.VERIFIED, Trust.SAME_SERVER)


def test_a_later_run_whose_bytes_do_not_fit_the_digest_gets_no_name(origin, downloads):
    interrupted(origin, downloads, {}, LARGE[:1_000_000] + b"damaged" + LARGE[1_000_007:])
    origin.serve("/a.bin", File(LARGE, etag='"one"', headers=FIELDS["digest"][1](LARGE)))

    with pytest.raises(rheo.ChecksumMismatchError, match="its header digest"):
        fetch(origin.url("/a.bin"), downloads)

    assert "a.bin" not in names(downloads)


def test_what_only_an_earlier_run_heard_counts_for_nothing(origin, downloads):
    """Invariant 10: a state beside a part proves nothing."""
    interrupted(origin, downloads, FIELDS["repr-digest"][1](LARGE))
    origin.serve("/a.bin", File(LARGE, etag='"one"'))

    assert fetch(origin.url("/a.bin"), downloads).trust is Trust.LENGTH


def test_a_digest_of_a_part_in_the_answer_to_a_later_run_is_none_of_the_file(origin, downloads):
    interrupted(origin, downloads, {})
    headers = {"Content-Digest": f"sha-256=:{b64(WRONG)}:", "Content-MD5": b64(WRONG, "md5")}
    origin.serve("/a.bin", File(LARGE, etag='"one"', headers=headers))

    assert fetch(origin.url("/a.bin"), downloads).trust is Trust.LENGTH


def test_another_version_is_held_against_its_own_digest(origin, downloads):
    interrupted(origin, downloads, FIELDS["repr-digest"][1](LARGE))
    other = Generated(8_000_000, 7).read(0, 8_000_000)
    origin.serve("/a.bin", File(other, etag='"two"', headers=FIELDS["repr-digest"][1](other)))

    result = fetch(origin.url("/a.bin"), downloads)

    assert result.path.read_bytes() == other
    assert result.trust is Trust.SAME_SERVER


def test_a_list_counts_for_a_later_run_too_under_the_name_that_a_redirect_leads_to(origin, downloads, tmp_path):
    (tmp_path / "sums").write_bytes(listed(LARGE, "a-1.bin") + listed(WRONG, "a-2.bin"))
    for target, outcome in (("/a-1.bin", None), ("/a-2.bin", rheo.ChecksumMismatchError)):
        origin.serve("/get", Redirect(target))
        origin.serve(target, cut(File(LARGE, etag='"one"'), after=4_000_000))
        with pytest.raises(rheo.NetworkError):
            fetch(origin.url("/get"), downloads, connections=1)
        origin.serve(target, File(LARGE, etag='"one"'))
        if outcome is None:
            result = fetch(origin.url("/get"), downloads, hash_file=tmp_path / "sums")
            assert (result.resumed > 0, result.trust) == (True, Trust.GIVEN)
            result.path.unlink()
        else:
            with pytest.raises(outcome):
                fetch(origin.url("/get"), downloads, hash_file=tmp_path / "sums")

    assert names(downloads) == []


def test_a_later_run_whose_file_is_not_listed_ends_and_keeps_the_part(origin, downloads, tmp_path):
    interrupted(origin, downloads, {})
    (tmp_path / "sums").write_bytes(listed(LARGE, "b.bin"))
    origin.serve("/a.bin", File(LARGE, etag='"one"'))

    with pytest.raises(rheo.InvalidHashFileError):
        fetch(origin.url("/a.bin"), downloads, hash_file=tmp_path / "sums")

    assert fetch(origin.url("/a.bin"), downloads).resumed > 0


# --- lists beside the file


def listed(data, name="a.bin", algorithm="sha256"):
    return f"{hexadecimal(data, algorithm)}  {name}\n".encode()


BESIDE = {
    "/d/a.bin.sha256": listed(SMALL),
    "/d/a.bin.sha512": listed(SMALL, algorithm="sha512"),
    "/d/SHA256SUMS": listed(WRONG, "a.bin.old") + listed(SMALL) + listed(WRONG, "sub/a.bin"),
    "/d/SHA512SUMS": listed(SMALL, algorithm="sha512"),
    "/d/checksums.txt": listed(SMALL, "./a.bin"),
}


@pytest.mark.parametrize("target", BESIDE)
@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_auto_finds_the_list_that_lies_beside_the_file(origin, downloads, data, target):
    origin.serve("/d/a.bin", File(data))
    origin.serve(target, File(BESIDE[target].replace(*(hexadecimal(one).encode() for one in (SMALL, data)))))
    if "512" in target:
        origin.serve(target, File(listed(data, algorithm="sha512")))

    result = fetch(origin.url("/d/a.bin?token=1"), downloads, verify="auto")

    assert result.path.read_bytes() == data
    assert (result.verification, result.trust) == (Verification.VERIFIED, Trust.SAME_SERVER)


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_a_file_that_is_not_as_its_neighbour_lists_it_gets_no_name(origin, downloads, data):
    origin.serve("/d/a.bin", File(data))
    origin.serve("/d/SHA256SUMS", File(listed(WRONG)))

    with pytest.raises(rheo.ChecksumMismatchError, match="/d/SHA256SUMS says, a hash from the same server"):
        fetch(origin.url("/d/a.bin"), downloads, verify="auto")

    assert names(downloads) == []


IGNORED = {
    "a page": page(),
    "a page without its type": File(b"<html><body>moved</body></html>", ranges=False),
    "a list of other files": File(listed(WRONG, "b.bin") + listed(WRONG, "a.bin.sig")),
    "twice, and different": File(listed(SMALL) + listed(WRONG)),
    "an error": Status(500),
    "a redirect in circles": Redirect("/d/SHA256SUMS"),
    "too much": File(Generated(3 * MIB), ranges=False),
    "too much, and not announced": Chunked(File(Generated(3 * MIB), ranges=False)),
    "a broken answer": cut(File(listed(WRONG) * 100), after=500),
    "nothing": File(b""),
    "bytes": File(bytes(range(256))),
}


@pytest.mark.parametrize("reply", IGNORED.values(), ids=IGNORED)
def test_what_is_no_list_or_has_not_the_file_is_passed_over(origin, downloads, reply):
    origin.serve("/d/a.bin", File(SMALL))
    origin.serve("/d/SHA256SUMS", reply)

    assert fetch(origin.url("/d/a.bin"), downloads, verify="auto").trust is Trust.LENGTH


def test_nobody_waits_long_for_a_list_that_does_not_come(origin, downloads, monkeypatch, caplog):
    monkeypatch.setattr("rheo.engine.promises.neighbours.PATIENCE", 0.05)
    caplog.set_level(logging.INFO)
    origin.serve("/d/a.bin", File(SMALL))
    origin.serve("/d/a.bin.sha256", stalled(File(listed(WRONG)), after=10))

    assert fetch(origin.url("/d/a.bin"), downloads, verify="auto").trust is Trust.LENGTH
    assert "no list of checksums came within 0.05 s" in caplog.text


def test_lists_are_asked_for_while_the_file_comes(origin, downloads):
    gate = threading.Event()
    origin.serve("/d/a.bin", gated(File(LARGE), gate, after=2_000_000))
    origin.serve("/d/a.bin.sha256", File(listed(LARGE)))
    with rheo.sync.DownloadManager(directory=downloads, verify="auto", connections=1) as manager:
        handle = manager.add(origin.url("/d/a.bin"))
        origin.wait_for(lambda server: server.requests_for("/d/a.bin.sha256"))
        gate.set()
        assert handle.wait(20).trust is Trust.SAME_SERVER


def test_lists_take_no_connection_that_the_host_may_not_have(origin, downloads):
    origin.serve("/d/a.bin", paced(File(LARGE), rate=20_000_000))
    origin.serve("/d/a.bin.sha256", File(listed(LARGE)))

    result = fetch(origin.url("/d/a.bin"), downloads, verify="auto", connections_per_host=1)

    assert result.trust is Trust.SAME_SERVER
    assert origin.requests[-1].path == "/d/a.bin.sha256"


def test_lists_are_looked_for_where_the_file_was_found_and_only_its_origin_sees_the_login(origin, downloads):
    login = rheo.Login("ann", rheo.Secret("p"), rheo.AuthScheme.BASIC)
    with Origin() as other:
        origin.serve("/get", Redirect(other.url("/d/a.bin")))
        other.serve("/d/a.bin", File(SMALL))
        other.serve("/d/SHA256SUMS", File(listed(SMALL)))
        origin.serve("/own/a.bin", File(SMALL))
        origin.serve("/own/SHA256SUMS", File(listed(SMALL)))
        with rheo.sync.DownloadManager(directory=downloads, verify="auto", retry_policy=NEVER) as manager:
            away = manager.add(origin.url("/get"), login=login, headers={"X-Key": "k"}, output="away").wait()
            own = manager.add(origin.url("/own/a.bin"), login=login, headers={"X-Key": "k"}).wait()
        shown = [(one.headers.get("authorization"), one.headers.get("x-key")) for one in other.requests]

    assert {away.trust, own.trust} == {Trust.SAME_SERVER}
    assert set(shown) == {(None, None)}
    assert all("x-key" in one.headers for one in origin.requests_for("/own/SHA256SUMS"))


@pytest.mark.parametrize(
    "more", [{"verify": "headers"}, {"verify": "auto", "checksum": f"sha256:{hexadecimal(SMALL)}"}]
)
def test_nothing_else_is_asked_for_where_nobody_needs_it(origin, downloads, more):
    origin.serve("/d/a.bin", File(SMALL))

    fetch(origin.url("/d/a.bin"), downloads, **more)

    assert len(origin.requests) == 1


def test_a_download_that_is_stopped_stops_looking(origin, downloads):
    origin.serve("/d/a.bin", stalled(File(LARGE), after=100_000))
    origin.serve("/d/a.bin.sha256", stalled(File(listed(LARGE)), after=1))
    with rheo.sync.DownloadManager(directory=downloads, verify="auto") as manager:
        handle = manager.add(origin.url("/d/a.bin"))
        origin.wait_for(lambda server: server.held >= 2)
        handle.cancel()

    assert names(downloads) == []


# --- lists that the user names


def test_a_list_on_the_disk_is_as_good_as_a_hash(origin, downloads, tmp_path):
    (tmp_path / "SHA256SUMS").write_bytes(listed(WRONG, "b.bin") + listed(SMALL))
    origin.serve("/a.bin", File(SMALL))

    result = fetch(origin.url("/a.bin"), downloads, hash_file=tmp_path / "SHA256SUMS")
    again = fetch(origin.url("/a.bin"), downloads, hash_file=str(tmp_path / "SHA256SUMS"))

    assert (result.verification, result.trust) == (Verification.VERIFIED, Trust.GIVEN)
    assert again.skipped
    assert len(origin.requests) == 1


def test_a_list_that_has_another_hash_is_a_mismatch(origin, downloads, tmp_path):
    (tmp_path / "sums").write_bytes(listed(WRONG))
    origin.serve("/a.bin", File(SMALL))

    with pytest.raises(rheo.ChecksumMismatchError):
        fetch(origin.url("/a.bin"), downloads, hash_file=tmp_path / "sums")

    assert names(downloads) == []


def test_a_list_may_have_the_name_that_a_redirect_leads_to_or_that_the_user_gives(origin, downloads, tmp_path):
    (tmp_path / "sums").write_bytes(listed(SMALL, "a-1.2 x.bin") + listed(LARGE, "mine"))
    origin.serve("/latest", Redirect("/files/a-1.2%20x.bin"))
    origin.serve("/files/a-1.2%20x.bin", File(SMALL))
    origin.serve("/large", File(LARGE))

    redirected = fetch(origin.url("/latest"), downloads, hash_file=tmp_path / "sums")
    named = fetch(origin.url("/large"), downloads, output="sub/mine", hash_file=tmp_path / "sums")

    assert (redirected.trust, named.trust) == (Trust.GIVEN, Trust.GIVEN)


def test_a_list_without_the_file_ends_the_download_before_its_name(origin, downloads, tmp_path):
    (tmp_path / "sums").write_bytes(listed(SMALL, "b.bin"))
    origin.serve("/a.bin", File(SMALL))

    with pytest.raises(rheo.InvalidHashFileError, match=r"sums has no checksum of a.bin that rheo can compute"):
        fetch(origin.url("/a.bin"), downloads, hash_file=tmp_path / "sums")

    assert names(downloads) == []


def test_where_the_name_is_given_nothing_is_sent_for_a_file_that_is_not_listed(origin, downloads, tmp_path):
    (tmp_path / "sums").write_bytes(listed(SMALL, "b.bin"))

    with pytest.raises(rheo.InvalidHashFileError, match=r"no checksum of c\.bin or a\.bin"):
        fetch(origin.url("/a.bin"), downloads, output="c.bin", hash_file=tmp_path / "sums")

    assert origin.requests == []


def test_a_list_may_be_fetched_and_says_less_from_where_the_file_is(origin, downloads):
    origin.serve("/a.bin", File(SMALL))
    origin.serve("/SHA256SUMS", File(listed(SMALL)))
    same = fetch(origin.url("/a.bin"), downloads, hash_file=origin.url("/SHA256SUMS"))
    with Origin(host="127.0.0.2") as other:
        other.serve("/SHA256SUMS", File(listed(SMALL)))
        elsewhere = fetch(origin.url("/a.bin"), downloads, hash_file=other.url("/SHA256SUMS"), on_exists="overwrite")

    assert (same.verification, same.trust) == (Verification.VERIFIED, Trust.SAME_SERVER)
    assert (elsewhere.verification, elsewhere.trust) == (Verification.VERIFIED, Trust.GIVEN)


def test_a_list_that_is_fetched_sees_a_login_of_its_own_origin_alone(origin, downloads):
    origin.serve("/a.bin", File(SMALL))
    with Origin() as other, rheo.sync.DownloadManager(directory=downloads) as manager:
        other.serve("/sums", File(listed(SMALL)))
        manager.add(origin.url("/a.bin"), hash_file=other.url("/sums"), headers={"X-Key": "k"}).wait()
        assert "x-key" not in other.requests[0].headers
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        origin.serve("/sums", File(listed(SMALL)))
        manager.add(origin.url("/a.bin"), hash_file=origin.url("/sums"), headers={"X-Key": "k"}, output="b").wait()
    assert origin.requests_for("/sums")[0].headers["x-key"] == "k"


@pytest.mark.parametrize(
    ("reply", "error", "message"),
    [
        (Status(404), rheo.HttpStatusError, "404"),
        (page(), rheo.InvalidHashFileError, "line 1"),
        (File(Generated(3 * MIB)), rheo.NoFileError, "more than 1.0 MiB"),
        (Amended(File(gzip.compress(listed(SMALL))), {"Content-Encoding": "gzip"}), rheo.CodedBodyError, "compressed"),
        (File(listed(SMALL) + listed(WRONG)), rheo.InvalidHashFileError, "lines 1 and 2: a.bin is listed with"),
        (File(listed(SMALL, "b")), rheo.InvalidHashFileError, "no checksum of a.bin"),
    ],
    ids=["missing", "a page", "too large", "compressed", "twice", "another file"],
)
def test_a_list_that_is_asked_for_must_come_and_have_the_file(origin, downloads, reply, error, message):
    origin.serve("/a.bin", File(SMALL))
    origin.serve("/sums", reply)

    with pytest.raises(error, match=message):
        fetch(origin.url("/a.bin"), downloads, hash_file=origin.url("/sums"))

    assert names(downloads) == []


def test_a_list_whose_server_stumbles_is_asked_for_again(origin, downloads):
    origin.serve("/a.bin", File(SMALL))
    origin.serve("/sums", [cut(File(listed(SMALL)), after=3), File(listed(SMALL))])

    again = rheo.RetryPolicy(base=0.001, ceiling=0.002)
    assert fetch(origin.url("/a.bin"), downloads, hash_file=origin.url("/sums"), retry_policy=again).size == len(SMALL)
