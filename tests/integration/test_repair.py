"""Damaged files on the disk: what is wrong of them is found, and fetched again, through real sockets."""

import asyncio
import errno
import hashlib
import os
import stat
from contextlib import ExitStack

import pytest

import rheo
from origin import File, Generated, Origin, Rangeless, Status, cut
from rheo.domain.ranges import RangeSet

PIECE = 256 * 1024
SIZE = 8 * 1024 * 1024 + 1000
DATA = Generated(SIZE)
OTHER = Generated(SIZE, seed=1)


@pytest.fixture
def origins():
    """Two servers, each on a port and so a host of its own."""
    with ExitStack() as stack:
        yield [stack.enter_context(Origin()) for _ in range(2)]


def metalink(data=DATA, *, size=True, whole=True, pieces=True, name="a.bin", more="", length=PIECE):
    digests = [hashlib.sha256(data.read(start, start + length)).hexdigest() for start in range(0, data.size, length)]
    listed = "".join(f"<hash>{digest}</hash>" for digest in digests)
    return (
        f'<metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="{name}">'
        + (f"<size>{data.size}</size>" if size else "")
        + (f'<hash type="sha-256">{data.sha256()}</hash>' if whole else "")
        + (f'<pieces length="{length}" type="sha-256">{listed}</pieces>' if pieces else "")
        + f"</file>{more}</metalink>"
    ).encode()


def write(path, data=DATA, *, flipped=()):
    """Write a file of which single bits are other ones."""
    content = bytearray(data.read(0, data.size))
    for at in flipped:
        content[at] ^= 1
    path.write_bytes(content)
    return path


def right(path, data=DATA):
    return path.read_bytes() == data.read(0, data.size)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def asked(origin):
    """The bytes that each request asked for."""
    spans = [request.headers["range"].removeprefix("bytes=").split("-") for request in origin.requests]
    return [(int(first), int(last) + 1) for first, last in spans]


# --- what is found


def test_a_right_file_is_left_alone(origin, tmp_path):
    path = write(tmp_path / "a.bin")
    before = path.stat()

    verified = rheo.verify(path, metalink=metalink(), repair=origin.url("/a.bin"))

    assert (verified.size, verified.pieces, verified.bad) == (SIZE, 33, ())
    assert (verified.repaired, verified.fetched, verified.trust) == (False, 0, rheo.Trust.GIVEN)
    assert [str(one) for one in verified.checksums] == [f"sha256:{DATA.sha256()}"]
    assert origin.requests == []
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_is_wrong_is_told_by_its_bytes(tmp_path):
    path = write(tmp_path / "a.bin", flipped=[0, 5, PIECE * 3, PIECE * 4, SIZE - 1])

    with pytest.raises(rheo.ChecksumMismatchError) as caught:
        rheo.verify(path, metalink=metalink())

    assert caught.value.bad == ((0, PIECE), (3 * PIECE, 5 * PIECE), (32 * PIECE, SIZE))
    assert "bytes 0-262143, 786432-1310719, 8388608-8389607 are wrong" in caught.value.message


def test_pieces_alone_are_enough(tmp_path):
    document = metalink(whole=False)

    assert rheo.verify(write(tmp_path / "a.bin"), metalink=document).pieces == 33
    with pytest.raises(rheo.ChecksumMismatchError) as caught:
        rheo.verify(write(tmp_path / "a.bin", flipped=[PIECE]), metalink=document)
    assert caught.value.bad == ((PIECE, 2 * PIECE),)


def test_a_file_of_another_size_is_no_match(tmp_path):
    path = write(tmp_path / "a.bin", Generated(SIZE - PIECE))

    with pytest.raises(rheo.SizeMismatchError, match=f"has {SIZE - PIECE} bytes where {SIZE} were promised") as caught:
        rheo.verify(path, metalink=metalink())

    assert caught.value.bad == ((31 * PIECE, SIZE),)


def test_a_document_that_contradicts_itself_repairs_nothing(origin, tmp_path):
    document = metalink(whole=False).replace(b"<pieces", b'<hash type="sha-256">' + b"0" * 64 + b"</hash><pieces")
    path = write(tmp_path / "a.bin")

    with pytest.raises(rheo.ChecksumMismatchError, match="the two contradict each other"):
        rheo.verify(path, metalink=document, repair=origin.url("/a.bin"))

    assert origin.requests == []


# --- what is fetched


def test_a_flipped_bit_costs_its_piece_and_nothing_else(origin, tmp_path):
    path = write(tmp_path / "a.bin", flipped=[5 * PIECE + 7, 20 * PIECE])
    origin.serve("/x", File(DATA, etag='"v1"'))

    verified = rheo.verify(path, metalink=metalink(), repair=origin.url("/x"))

    assert right(path)
    assert RangeSet(asked(origin)) == RangeSet([(5 * PIECE, 6 * PIECE), (20 * PIECE, 21 * PIECE)])
    assert sum(stop - start for start, stop in asked(origin)) == 2 * PIECE
    assert (verified.repaired, verified.fetched) == (True, 2 * PIECE)
    assert verified.bad == ((5 * PIECE, 6 * PIECE), (20 * PIECE, 21 * PIECE))
    assert verified.download.verification is rheo.Verification.VERIFIED
    assert names(tmp_path) == ["a.bin"]


@pytest.mark.parametrize(("size", "fetched"), [(SIZE - PIECE - 5, PIECE + 1000), (0, SIZE), (SIZE + 77, 1000)])
def test_a_file_of_another_size_is_made_whole(origin, tmp_path, size, fetched):
    path = write(tmp_path / "a.bin", Generated(size))
    origin.serve("/x", File(DATA))

    assert rheo.verify(path, metalink=metalink(), repair=origin.url("/x")).fetched == fetched
    assert right(path)


def test_without_pieces_all_is_fetched_and_replaces_the_file_once_proven(origin, tmp_path):
    path = write(tmp_path / "a.bin", flipped=[0])
    origin.serve("/x", File(DATA))

    verified = rheo.verify(path, checksum=f"sha256:{DATA.sha256()}", repair=origin.url("/x"))

    assert right(path)
    assert (verified.bad, verified.fetched) == ((), SIZE)
    assert names(tmp_path) == ["a.bin"]


def test_without_its_size_no_piece_is_taken_over(origin, tmp_path):
    origin.serve("/x", File(DATA))
    for size in (SIZE, SIZE - 2 * PIECE):
        path = write(tmp_path / "a.bin", Generated(size), flipped=[9])

        verified = rheo.verify(path, metalink=metalink(size=False, whole=False), repair=origin.url("/x"))

        assert (verified.fetched, right(path)) == (SIZE, True)


def test_a_small_file_is_repaired_likewise(origin, tmp_path):
    data = Generated(1000)
    path = write(tmp_path / "a.bin", data, flipped=[150])
    origin.serve("/x", File(data))

    verified = rheo.verify(path, metalink=metalink(data, length=100), repair=origin.url("/x"))

    assert right(path, data)
    assert (verified.fetched, asked(origin)) == (100, [(100, 200)])


def test_a_list_of_hashes_serves_as_well(origin, tmp_path):
    path = write(tmp_path / "a.bin", flipped=[9])
    (tmp_path / "SUMS").write_text(f"{DATA.sha256()}  a.bin\n")
    origin.serve("/x", File(DATA))

    assert rheo.verify(path, hash_file=tmp_path / "SUMS", repair=[origin.url("/x")]).repaired
    assert right(path)


def test_a_server_without_ranges_sends_all_of_it(origin, tmp_path):
    path = write(tmp_path / "a.bin", flipped=[9])
    origin.serve("/x", Rangeless(File(DATA)))

    assert rheo.verify(path, metalink=metalink(), repair=origin.url("/x")).repaired
    assert right(path)
    assert names(tmp_path) == ["a.bin"]


def test_a_page_is_repaired_though_pages_are_suspicious(origin, tmp_path):
    data = Generated(1000)
    path = write(tmp_path / "a.html", data, flipped=[150])
    origin.serve("/x", File(data, content_type="text/html; charset=utf-8"))

    assert rheo.verify(path, metalink=metalink(data, length=100), repair=origin.url("/x")).fetched == 100


def test_the_asynchronous_face_does_the_same(origin, tmp_path):
    path = write(tmp_path / "a.bin", flipped=[9])
    (tmp_path / "a.meta4").write_bytes(metalink())
    origin.serve("/x", File(DATA))

    verified = asyncio.run(rheo.verify_async(path, metalink=tmp_path / "a.meta4", repair=origin.url("/x")))

    assert (verified.fetched, right(path)) == (PIECE, True)


def test_a_manager_tells_of_the_repair_as_of_a_download(origin, tmp_path):
    path = write(tmp_path / "a.bin", flipped=[9])
    origin.serve("/x", File(DATA))
    completed = []

    with rheo.sync.DownloadManager() as manager:
        manager.on(rheo.DownloadCompleted, completed.append)
        verified = manager.verify(path, metalink=metalink(), repair=origin.url("/x"))

    assert [event.result for event in completed] == [verified.download]


def test_an_unknown_word_is_a_mistake(tmp_path):
    with rheo.sync.DownloadManager() as manager, pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        manager.verify(tmp_path / "a", colour="red")


# --- several sources, and those that lie


def test_a_source_that_lies_repairs_nothing_and_the_file_stays(origin, tmp_path):
    path = write(tmp_path / "a.bin", flipped=[9])
    before = path.read_bytes()
    origin.serve("/x", File(OTHER))

    with pytest.raises(rheo.ChecksumMismatchError):
        rheo.verify(path, metalink=metalink(), repair=origin.url("/x"))

    assert path.read_bytes() == before
    assert names(tmp_path) == ["a.bin"]
    assert sum(stop - start for start, stop in asked(origin)) <= 4 * PIECE


def test_where_one_lies_the_next_one_repairs(origins, tmp_path):
    path = write(tmp_path / "a.bin", flipped=[9])
    origins[0].serve("/x", File(OTHER))
    origins[1].serve("/y", File(DATA))

    rheo.verify(path, metalink=metalink(), repair=[origins[0].url("/x"), origins[1].url("/y")])

    assert right(path)
    assert sum(stop - start for start, stop in asked(origins[1])) == PIECE
    assert names(tmp_path) == ["a.bin"]


def test_where_one_is_gone_the_next_one_repairs(origins, tmp_path):
    path = write(tmp_path / "a.bin", flipped=[9])
    origins[0].serve("/x", Status(404))
    origins[1].serve("/y", File(DATA))

    rheo.verify(path, metalink=metalink(), repair=[origins[0].url("/x"), origins[1].url("/y")], retry=0)

    assert right(path)


def test_a_source_whose_file_has_another_size_is_named(origin, tmp_path):
    path = write(tmp_path / "a.bin", flipped=[9])
    origin.serve("/x", File(Generated(SIZE + 1)))

    with pytest.raises(rheo.SizeMismatchError, match=f"/x has {SIZE + 1} bytes where {SIZE} were promised"):
        rheo.verify(path, metalink=metalink(), repair=origin.url("/x"))

    assert not right(path)
    assert names(tmp_path) == ["a.bin"]


def test_a_refusal_leaves_the_file_and_is_told(origin, tmp_path):
    path = write(tmp_path / "a.bin", flipped=[9])
    before = path.read_bytes()
    origin.serve("/x", Status(403))

    with pytest.raises(rheo.HttpStatusError):
        rheo.verify(path, metalink=metalink(), repair=origin.url("/x"))

    assert path.read_bytes() == before


def test_a_full_disk_leaves_the_file(origin, tmp_path, monkeypatch):
    path = write(tmp_path / "a.bin", flipped=[9])
    before = path.read_bytes()
    origin.serve("/x", File(DATA))

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwritev", full)
        with pytest.raises(rheo.DiskFullError, match="free some space and run it again"):
            rheo.verify(path, metalink=metalink(), repair=origin.url("/x"))
    assert path.read_bytes() == before

    rheo.verify(path, metalink=metalink(), repair=origin.url("/x"))
    assert right(path)
    assert names(tmp_path) == ["a.bin"]


# --- broken off, and gone on with


def test_what_was_broken_off_is_gone_on_with(origin, tmp_path):
    path = write(tmp_path / "a.bin", flipped=range(PIECE, 9 * PIECE, PIECE))
    before = path.read_bytes()
    origin.serve("/x", cut(File(DATA, etag='"v1"'), after=3 * PIECE))

    with pytest.raises(rheo.TruncatedBodyError):
        rheo.verify(path, metalink=metalink(), repair=origin.url("/x"), connections=1, retry=0)
    assert path.read_bytes() == before
    assert "a.bin.part" in names(tmp_path)

    origin.serve("/x", File(DATA, etag='"v1"'))
    verified = rheo.verify(path, metalink=metalink(), repair=origin.url("/x"))

    assert right(path)
    assert verified.fetched == 5 * PIECE
    assert names(tmp_path) == ["a.bin"]


# --- what the file was besides its bytes


def test_permissions_stay_and_the_time_is_that_of_the_repair(origin, tmp_path):
    for mode in (0o600, 0o777):
        path = write(tmp_path / "a.bin", flipped=[9])
        path.chmod(mode)
        os.utime(path, (1e9, 1e9))
        origin.serve("/x", File(DATA))

        rheo.verify(path, metalink=metalink(), repair=origin.url("/x"))

        assert stat.S_IMODE(path.stat().st_mode) == mode
        assert path.stat().st_mtime > 1.5e9


def test_a_link_goes_on_to_lead_to_the_file(origin, tmp_path):
    (tmp_path / "kept").mkdir()
    path = write(tmp_path / "kept" / "b.bin", flipped=[9])
    link = tmp_path / "a.bin"
    link.symlink_to(path)
    origin.serve("/x", File(DATA))

    rheo.verify(link, metalink=metalink(), repair=origin.url("/x"))

    assert link.is_symlink()
    assert right(path)


def test_another_name_of_the_damaged_file_keeps_its_bytes(origin, tmp_path):
    path = write(tmp_path / "a.bin", flipped=[9])
    damaged = path.read_bytes()
    (tmp_path / "backup").hardlink_to(path)
    origin.serve("/x", File(DATA))

    rheo.verify(path, metalink=metalink(), repair=origin.url("/x"))

    assert right(path)
    assert (tmp_path / "backup").read_bytes() == damaged


# --- secrets


def test_a_login_in_a_document_s_url_is_refused_where_another_url_is_the_first(tmp_path):
    path = write(tmp_path / "a.bin", flipped=[9])
    with pytest.raises(rheo.UsageError, match=r"^http://b\.example/x has a login in its URL") as caught:
        rheo.verify(path, metalink="http://u:secret@b.example/x", repair="http://a.example/a.bin")
    assert "secret" not in str(caught.value)


def test_secrets_belong_to_where_it_is_repaired_from(origins, tmp_path):
    path = write(tmp_path / "a.bin", flipped=[9])
    origins[0].serve("/x", File(DATA))
    origins[1].serve("/a.meta4", File(metalink()))

    rheo.verify(path, metalink=origins[1].url("/a.meta4"), repair=origins[0].url("/x"), headers={"X-Key": "k"})

    assert [request.headers.get("x-key") for request in origins[0].requests] == ["k"]
    assert [request.headers.get("x-key") for request in origins[1].requests] == [None]
    assert right(path)


# --- parts that decayed on the disk between two runs


def decay(part, *places):
    """Flip bits as a disk does: the file's time stays."""
    before = part.stat()
    with part.open("r+b") as file:
        for at in places:
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 1]))
    os.utime(part, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_part_that_decayed_costs_what_decayed(origin, downloads, caplog):
    half = SIZE // 2
    origin.serve("/a", cut(File(DATA, etag='"v1"'), after=half))
    with pytest.raises(rheo.NetworkError):
        rheo.download(origin.url("/a"), directory=downloads, connections=1, retry=0)
    decay(downloads / "a.part", 5, 2 * 1024 * 1024 + 9)
    origin.serve("/a", File(DATA, etag='"v1"'))
    before = len(origin.requests)

    result = rheo.download(origin.url("/a"), directory=downloads, checksum=f"sha256:{DATA.sha256()}", connections=1)

    assert right(result.path)
    assert result.verification is rheo.Verification.VERIFIED
    assert (result.size, result.resumed) == (SIZE, half - 2 * 1024 * 1024)
    spans = [request.headers["range"].removeprefix("bytes=").split("-") for request in origin.requests[before:]]
    assert sum(int(last) - int(first) + 1 for first, last in spans) <= SIZE - half + 2 * 1024 * 1024 + 6 * 4096
    assert "the part has changed on the disk since; fetching 2.0 MiB of it again" in caplog.text


def test_where_it_is_the_server_that_is_wrong_it_is_told(origin, downloads):
    origin.serve("/a", cut(File(OTHER, etag='"v1"'), after=SIZE // 2))
    with pytest.raises(rheo.NetworkError):
        rheo.download(origin.url("/a"), directory=downloads, connections=1, retry=0)
    origin.serve("/a", File(OTHER, etag='"v1"'))

    with pytest.raises(rheo.ChecksumMismatchError):
        rheo.download(origin.url("/a"), directory=downloads, checksum=f"sha256:{DATA.sha256()}")

    assert names(downloads) == []
