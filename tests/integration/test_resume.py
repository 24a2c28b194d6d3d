"""Going on where an earlier run stopped, through the public call and a real socket: never from zero or a mixture."""

import asyncio
import errno
import itertools
import os
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import rheo
from cli.command import started
from origin import Amended, File, Generated, Part, Rangeless, Redirect, Status, cut, gated, gzipped, paced
from rheo.application.scheduler import Scheduler
from rheo.domain.ranges import RangeSet
from rheo.domain.resource import Resource
from rheo.domain.safe_names import numbered
from rheo.engine import looking
from rheo.engine.file import last_steps
from rheo.storage.parts.logbook import Logbook
from rheo.storage.parts.part_file import PartFile
from rheo.storage.parts.part_state import decode, encode

NEVER = rheo.RetryPolicy(attempts=0)
QUICK = rheo.RetryPolicy(base=0.001, ceiling=0.002)
SIZE = 5_000_000
DATA = Generated(SIZE)
HALF = 2_500_000
SEAM = 4096
"""Bytes before those that are missing, which are compared."""


def fetch(url, downloads, **more):
    more.setdefault("retry_policy", NEVER)
    return rheo.download(url, directory=downloads, **more)


def tagged(content=DATA, **more):
    more.setdefault("etag", '"one"')
    return File(content, **more)


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def interrupt(origin, downloads, target="/a", *, reply=None, **more):
    """Fetch the first half, over one connection."""
    origin.serve(target, cut(reply or tagged(), after=HALF))
    with pytest.raises(rheo.NetworkError):
        fetch(origin.url(target), downloads, connections=1, **more)


def first_range(origin, target="/a"):
    return origin.requests_for(target)[-1].headers.get("range")


def test_the_same_call_again_asks_for_what_is_missing_of_the_same_version(origin, downloads):
    interrupt(origin, downloads)
    assert names(downloads) == ["a.part", "a.part.json"]
    before = len(origin.requests)
    origin.serve("/a", tagged())

    result = fetch(origin.url("/a"), downloads, connections=1)

    [request] = origin.requests[before:]
    assert request.headers["range"] == f"bytes={HALF - SEAM}-{SIZE - 1}"
    assert request.headers["if-range"] == '"one"'
    assert result.path.read_bytes() == DATA.read(0, SIZE)
    assert (result.resumed, result.verification) == (HALF, rheo.Verification.CONSISTENT)
    assert names(downloads) == ["a"]


def test_a_digest_is_that_of_the_whole_file_also_where_half_of_it_came_earlier(origin, downloads):
    interrupt(origin, downloads)
    origin.serve("/a", tagged())

    assert fetch(origin.url("/a"), downloads, checksum=f"sha256:{DATA.sha256()}").path.exists()


def test_what_failed_is_gone_on_with_by_the_next_try(origin, downloads):
    origin.serve("/a", [cut(tagged(), after=1_000_000), cut(tagged(), after=1_000_000 + SEAM), tagged()])

    result = fetch(origin.url("/a"), downloads, connections=1, retry_policy=QUICK)

    assert [request.headers["range"] for request in origin.requests] == [
        "bytes=0-",
        f"bytes={1_000_000 - SEAM}-{SIZE - 1}",
        f"bytes={2_000_000 - SEAM}-{SIZE - 1}",
    ]
    assert result.path.read_bytes() == DATA.read(0, SIZE)


def _until(manager, reached):
    """Wait for a sample of progress."""
    seen = threading.Event()
    manager.on(rheo.ProgressSampled, lambda event: reached(event.progress) and seen.set())
    return seen.wait(5)


def test_a_paused_download_goes_on_from_where_it_was(origin, downloads):
    gate = threading.Event()
    origin.serve("/a", [gated(tagged(), gate, after=HALF), tagged()])

    with rheo.sync.DownloadManager(directory=downloads, connections=1) as manager:
        handle = manager.add(origin.url("/a"))
        origin.wait_for(lambda server: server.held == 1)
        assert _until(manager, lambda progress: progress.received >= HALF)
        handle.pause()
        handle.resume()
        result = handle.wait()

    assert first_range(origin).startswith("bytes=2")
    assert result.path.read_bytes() == DATA.read(0, SIZE)


@pytest.fixture
def held(monkeypatch):
    """Have a step on a thread go on only after the engine was told to end the download; is set once it began."""
    began, interrupted = threading.Event(), threading.Event()
    interrupt = Scheduler._interrupt

    async def interrupting(self, runs, trigger):
        asyncio.get_running_loop().call_soon(interrupted.set)
        await interrupt(self, runs, trigger)

    def hold(module, name):
        step = getattr(module, name)

        def holding(*args, **more):
            began.set()
            interrupted.wait(5)
            return step(*args, **more)

        monkeypatch.setattr(module, name, holding)
        return began

    monkeypatch.setattr(Scheduler, "_interrupt", interrupting)
    return hold


def test_a_download_that_is_paused_while_its_part_is_looked_at_asks_nothing(origin, downloads, held):
    interrupt(origin, downloads)
    origin.serve("/a", tagged())
    before = len(origin.requests)
    look = held(looking, "look")

    with rheo.sync.DownloadManager(directory=downloads, connections=1) as manager:
        handle = manager.add(origin.url("/a"))
        assert look.wait(5)
        handle.pause()

        assert handle.state is rheo.DownloadState.PAUSED
    assert len(origin.requests) == before


def test_a_download_that_is_cancelled_while_its_part_makes_way_asks_nothing(origin, downloads, held):
    interrupt(origin, downloads)
    origin.serve("/a", tagged())
    before = len(origin.requests)
    moving = held(last_steps, "move_aside")

    with rheo.sync.DownloadManager(directory=downloads, resume=False) as manager:
        handle = manager.add(origin.url("/a"))
        assert moving.wait(5)
        handle.cancel()

        assert handle.state is rheo.DownloadState.CANCELLED
    assert len(origin.requests) == before
    assert names(downloads) == ["a.old.part", "a.old.part.json"]


def test_a_date_pins_a_version_where_there_is_no_tag(origin, downloads):
    dated = File(
        DATA, last_modified=datetime(2020, 1, 1, tzinfo=UTC), headers={"Date": "Fri, 27 Nov 2026 10:00:00 GMT"}
    )
    interrupt(origin, downloads, reply=dated)
    origin.serve("/a", dated)

    result = fetch(origin.url("/a"), downloads)

    assert origin.requests[-1].headers["if-range"] == "Wed, 01 Jan 2020 00:00:00 GMT"
    assert (result.resumed, result.verification) == (HALF, rheo.Verification.CONSISTENT)


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_a_strong_validator_the_end_of_the_part_is_compared(origin, downloads, etag):
    interrupt(origin, downloads, reply=File(DATA, etag=etag))
    origin.serve("/a", File(DATA, etag=etag))

    result = fetch(origin.url("/a"), downloads, connections=1)

    assert first_range(origin) == f"bytes={HALF - 65536}-{SIZE - 1}"
    assert "if-range" not in origin.requests[-1].headers
    assert result.path.read_bytes() == DATA.read(0, SIZE)
    assert (result.resumed, result.verification) == (HALF, rheo.Verification.UNVERIFIED)


def test_an_edge_that_names_the_same_file_differently_costs_no_part(origin, downloads):
    interrupt(origin, downloads)
    origin.serve("/a", tagged(etag='"another edge"'))

    result = fetch(origin.url("/a"), downloads, connections=1)

    assert result.path.read_bytes() == DATA.read(0, SIZE)
    assert (result.resumed, result.verification) == (HALF, rheo.Verification.UNVERIFIED)


@pytest.mark.parametrize(
    "new",
    [File(Generated(SIZE, 7), etag='"two"'), File(Generated(3_000_000, 7), etag='"two"'), File(b"tiny")],
    ids=repr,
)
def test_a_file_that_changed_since_is_fetched_anew_and_the_old_part_kept_until_then(origin, downloads, new):
    interrupt(origin, downloads)
    origin.serve("/a", new)
    size = len(new.content) if isinstance(new.content, bytes) else new.content.size
    data = new.content if isinstance(new.content, bytes) else new.content.read(0, size)

    result = fetch(origin.url("/a"), downloads)

    assert result.path.read_bytes() == data
    assert result.resumed == 0
    assert names(downloads) == ["a"]


@pytest.mark.parametrize("between", [False, True])
def test_an_old_part_goes_with_a_new_file_that_gets_a_number_too(origin, downloads, between):
    interrupt(origin, downloads)
    (downloads / "a").write_bytes(b"somebody else's")
    new = File(Generated(SIZE, 7), etag='"two"')
    if between:
        origin.serve("/a", cut(new, after=HALF))
        with pytest.raises(rheo.NetworkError):
            fetch(origin.url("/a"), downloads, connections=1)
        assert "a.old.part" in names(downloads)
    origin.serve("/a", new)

    result = fetch(origin.url("/a"), downloads)

    assert result.resumed == (HALF if between else 0)
    assert names(downloads) == ["a", "a.1"]


def test_the_old_part_is_there_until_the_new_file_is(origin, downloads):
    interrupt(origin, downloads)
    old = (downloads / "a.part").read_bytes()
    origin.serve("/a", cut(File(Generated(SIZE, 7), etag='"two"'), after=HALF))

    with pytest.raises(rheo.NetworkError):
        fetch(origin.url("/a"), downloads, connections=1)

    assert (downloads / "a.old.part").read_bytes() == old
    assert (downloads / "a.part").exists()


def test_a_server_that_always_changes_does_not_pile_up_old_parts(origin, downloads):
    interrupt(origin, downloads)
    for version in range(3):
        origin.serve("/a", cut(File(Generated(SIZE, 7 + version), etag=f'"{version}"'), after=HALF))
        with pytest.raises(rheo.NetworkError):
            fetch(origin.url("/a"), downloads, connections=1)

    assert [name for name in names(downloads) if name.endswith(".part")] == ["a.old.part", "a.part"]


def test_an_old_part_goes_with_the_new_file_also_where_an_error_came_between(origin, downloads):
    interrupt(origin, downloads)
    new = File(Generated(SIZE, 7), etag='"two"')
    origin.serve("/a", cut(new, after=HALF))
    with pytest.raises(rheo.NetworkError):
        fetch(origin.url("/a"), downloads, connections=1)
    assert "a.old.part" in names(downloads)
    origin.serve("/a", new)

    assert fetch(origin.url("/a"), downloads).resumed == HALF
    assert names(downloads) == ["a"]


def test_a_part_that_is_called_like_an_old_one_stays(origin, downloads):
    interrupt(origin, downloads, output="a.old")
    origin.serve("/a", tagged())

    fetch(origin.url("/a"), downloads)

    assert names(downloads) == ["a", "a.old.part", "a.old.part.json"]
    assert fetch(origin.url("/a"), downloads, output="a.old").resumed == HALF


def test_starting_over_can_be_asked_for(origin, downloads):
    interrupt(origin, downloads)
    origin.serve("/a", tagged())

    result = fetch(origin.url("/a"), downloads, resume=False, connections=1)

    assert first_range(origin) == "bytes=0-"
    assert result.resumed == 0
    assert names(downloads) == ["a"]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_part_that_cannot_make_way_stays(origin, downloads, monkeypatch, ranges):
    interrupt(origin, downloads)
    part = (downloads / "a.part").read_bytes()
    if not ranges:
        served_no_ranges(downloads / "a.part.json")
    origin.serve("/a", tagged())

    def no_room(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Logbook, "save", no_room)
        with pytest.raises(rheo.DiskFullError):
            fetch(origin.url("/a"), downloads, resume=not ranges)

    assert (downloads / "a.part").read_bytes() == part
    assert fetch(origin.url("/a"), downloads).resumed == (HALF if ranges else 0)
    assert names(downloads) == ["a"]


def served_no_ranges(path):
    """Have the state say so, as that of a part which a killed process left."""
    state = decode(path.read_bytes())
    path.write_bytes(encode(replace(state, resource=replace(state.resource, ranged=False))))


@pytest.mark.parametrize("resume", [True, False])
def test_a_part_that_another_process_was_quicker_to_take_is_looked_at_again(origin, downloads, monkeypatch, resume):
    interrupt(origin, downloads)
    origin.serve("/a", tagged())
    adopt, tries = PartFile.adopt, []

    def adopt_too_late(part, remains):
        tries.append(remains)
        if len(tries) == 1:
            raise rheo.TargetBusyError("another process was quicker")
        adopt(part, remains)

    monkeypatch.setattr(PartFile, "adopt", adopt_too_late)

    result = fetch(origin.url("/a"), downloads, resume=resume, join=True)

    assert (result.path, result.resumed) == (downloads / "a", HALF if resume else 0)
    assert names(downloads) == ["a"]


@pytest.mark.parametrize("there", [True, False])
def test_a_name_that_was_freed_for_a_file_that_goes_elsewhere_is_free_for_everybody(origin, downloads, there):
    interrupt(origin, downloads)
    if there:
        (downloads / "b.bin").write_bytes(b"there")
    named = tagged(headers={"Content-Disposition": 'attachment; filename="b.bin"'})
    origin.serve("/a", named)

    result = fetch(origin.url("/a"), downloads, resume=False, on_exists="skip")

    assert (result.path, result.skipped) == (downloads / "b.bin", there)
    assert names(downloads) == [*(["a.old.part", "a.old.part.json"] if there else []), "b.bin"]


def test_a_part_whose_name_only_the_server_knows_is_found_though_that_is_taken_by_now(origin, downloads):
    named = tagged(headers={"Content-Disposition": 'attachment; filename="named.iso"'})
    interrupt(origin, downloads, "/download?id=5", reply=named)
    (downloads / "named.iso").write_bytes(b"somebody else's")
    origin.serve("/download?id=5", named)

    result = fetch(origin.url("/download?id=5"), downloads, connections=1)

    assert (result.path, result.resumed) == (downloads / "named.1.iso", HALF)
    assert names(downloads) == ["named.1.iso", "named.iso"]


def test_a_part_whose_name_only_the_server_knows_is_found(origin, downloads):
    named = tagged(headers={"Content-Disposition": 'attachment; filename="named.iso"'})
    interrupt(origin, downloads, "/download?id=5", reply=named)
    assert names(downloads) == ["named.iso.part", "named.iso.part.json"]
    origin.serve("/download?id=5", named)

    result = fetch(origin.url("/download?id=5"), downloads, connections=1)

    assert first_range(origin, "/download?id=5") == f"bytes={HALF - SEAM}-{SIZE - 1}"
    assert (result.path, result.resumed) == (downloads / "named.iso", HALF)
    assert names(downloads) == ["named.iso"]


def test_a_part_with_a_number_is_found_also_where_the_first_name_is_free_again(origin, downloads):
    downloads.mkdir()
    (downloads / "a.part").write_bytes(b"foreign")
    interrupt(origin, downloads)
    assert "a.1.part" in names(downloads)
    (downloads / "a.part").unlink()
    origin.serve("/a", tagged())


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"headers": {"Content-Disposition": 'attachment; filename="named.iso"'}}, "named.iso"),
        ({"content_type": "application/pdf"}, "a.pdf"),
    ],
)
def test_the_next_try_knows_a_name_that_an_answer_told(origin, downloads, more, name):
    origin.serve("/a", [cut(tagged(**more), after=HALF), tagged(**more)])

    result = fetch(origin.url("/a"), downloads, connections=1, retry_policy=QUICK)

    assert [request.headers["range"] for request in origin.requests] == ["bytes=0-", f"bytes={HALF - SEAM}-{SIZE - 1}"]
    assert result.path == downloads / name
    assert names(downloads) == [name]


def test_a_part_that_was_begun_under_a_name_without_extension_keeps_it(origin, downloads):
    interrupt(origin, downloads)
    origin.serve("/a", tagged(content_type="application/pdf"))

    result = fetch(origin.url("/a"), downloads, connections=1)

    assert (result.path, result.resumed) == (downloads / "a", HALF)
    assert names(downloads) == ["a"]


def test_another_url_of_the_same_size_and_validator_goes_on_too(origin, downloads):
    interrupt(origin, downloads, "/a?token=1")
    origin.serve("/a?token=2", tagged())

    result = fetch(origin.url("/a?token=2"), downloads, connections=1)

    assert (result.path, result.resumed) == (downloads / "a", HALF)
    assert names(downloads) == ["a"]


def test_another_file_of_the_same_name_leaves_the_part_alone(origin, downloads):
    interrupt(origin, downloads, "/x/a")
    origin.serve("/y/a", File(Generated(3_000_000, 9), etag='"other"'))

    result = fetch(origin.url("/y/a"), downloads)

    assert result.path.read_bytes() == Generated(3_000_000, 9).read(0, 3_000_000)
    assert "a.part" in names(downloads)
    origin.serve("/x/a", tagged())
    assert fetch(origin.url("/x/a"), downloads).resumed == HALF


def test_a_part_may_be_gone_on_with_from_another_url(origin, downloads):
    interrupt(origin, downloads)
    origin.serve("/mirror/else.bin", tagged(etag='"mirror"'))

    result = fetch(origin.url("/mirror/else.bin"), downloads, resume_from=downloads / "a.part")

    assert (result.path, result.resumed) == (downloads / "a", HALF)
    assert result.path.read_bytes() == DATA.read(0, SIZE)


@pytest.mark.parametrize("other", [Generated(SIZE, 8), Generated(SIZE + 1)], ids=repr)
def test_another_file_cannot_take_a_part_over(origin, downloads, other):
    interrupt(origin, downloads)
    part = (downloads / "a.part").read_bytes()
    origin.serve("/b", File(other, etag='"b"'))

    with pytest.raises(rheo.ChangedOnServerError, match=r"a\.part is not of the file"):
        fetch(origin.url("/b"), downloads, resume_from=downloads / "a.part")

    assert (downloads / "a.part").read_bytes() == part


@pytest.mark.parametrize(
    "wrong", [Status(404), File(Generated(SIZE + 1)), File(Generated(SIZE, 8)), File(Generated(SIZE, 8), etag='"b"')]
)
@pytest.mark.parametrize("own", [tagged(), File(DATA)])
def test_a_part_stays_that_of_its_own_url_until_another_one_has_proven_to_have_the_file(origin, downloads, wrong, own):
    interrupt(origin, downloads, reply=own)
    origin.serve("/wrong", wrong)
    with pytest.raises(rheo.RheoError):
        fetch(origin.url("/wrong"), downloads, resume_from=downloads / "a.part")
    origin.serve("/a", own)

    result = fetch(origin.url("/a"), downloads, connections=1)

    assert (result.resumed, result.path.read_bytes()) == (HALF, DATA.read(0, SIZE))
    verified = rheo.Verification.UNVERIFIED if own.etag is None else rheo.Verification.CONSISTENT
    assert result.verification is verified


@pytest.mark.parametrize("replies", [[], [cut(tagged(ranges=False), after=HALF)], [Status(503)]])
def test_a_part_whose_new_url_serves_no_parts_makes_way_and_says_where_the_file_goes(origin, downloads, replies):
    interrupt(origin, downloads)
    origin.serve("/b", [tagged(ranges=False), *replies, tagged(ranges=False)])

    result = fetch(origin.url("/b"), downloads / "elsewhere", resume_from=downloads / "a.part", retry_policy=QUICK)

    assert result.path == downloads / "a"
    assert result.path.read_bytes() == DATA.read(0, SIZE)
    assert names(downloads) == ["a", "elsewhere"]
    assert names(downloads / "elsewhere") == []


def test_a_part_that_somebody_writes_is_said_to_be_written(origin, downloads):
    gate = threading.Event()
    origin.serve("/a", gated(tagged(), gate, after=HALF))
    origin.serve("/b", tagged())
    with rheo.sync.DownloadManager(directory=downloads, connections=1) as manager:
        handle = manager.add(origin.url("/a"))
        origin.wait_for(lambda server: server.held == 1)
        assert _until(manager, lambda progress: progress.received >= HALF)

        with pytest.raises(rheo.TargetBusyError, match=r"a\.part is being written by process"):
            fetch(origin.url("/b"), downloads, resume_from=downloads / "a.part")

        gate.set()
        handle.wait()


def test_only_the_part_that_is_named_is_gone_on_with(origin, downloads):
    interrupt(origin, downloads)
    interrupt(origin, downloads, "/b", reply=File(Generated(SIZE, 7), etag='"b"'), output="a")
    (downloads / "a.part.json").unlink()
    assert "a.1.part" in names(downloads)

    with pytest.raises(rheo.UsageError, match="no part state of ours"):
        fetch(origin.url("/b"), downloads, resume_from=downloads / "a.part")


def test_a_part_that_another_url_went_on_with_is_that_ones(origin, downloads):
    interrupt(origin, downloads)
    origin.serve("/mirror/else.bin", cut(tagged(etag='"mirror"'), after=1_000_000))
    with pytest.raises(rheo.NetworkError):
        fetch(origin.url("/mirror/else.bin"), downloads, connections=1, resume_from=downloads / "a.part")
    origin.serve("/mirror/else.bin", tagged(etag='"mirror"'))

    result = fetch(origin.url("/mirror/else.bin"), downloads, output="a")

    assert result.resumed > HALF


def test_a_server_that_refuses_for_a_moment_costs_no_part(origin, downloads):
    interrupt(origin, downloads)
    origin.serve("/a", [Status(503), Status(403), tagged()])

    with pytest.raises(rheo.HttpStatusError):
        fetch(origin.url("/a"), downloads)

    assert fetch(origin.url("/a"), downloads, connections=1).resumed == HALF
    assert [request.headers.get("range") is None for request in origin.requests[2:]] == [False, True, False]


def test_a_server_that_ranges_no_more_sends_it_all_again(origin, downloads):
    interrupt(origin, downloads)
    origin.serve("/a", tagged(ranges=False))

    result = fetch(origin.url("/a"), downloads)

    assert (result.resumed, result.path.read_bytes()) == (0, DATA.read(0, SIZE))
    assert names(downloads) == ["a"]


def test_a_page_in_the_place_of_the_rest_is_refused_and_the_part_stays(origin, downloads):
    interrupt(origin, downloads)
    origin.serve("/a", [File(b"<!doctype html><title>Log in", content_type="text/html"), tagged()])

    with pytest.raises(rheo.RheoError):
        fetch(origin.url("/a"), downloads)

    assert fetch(origin.url("/a"), downloads).resumed == HALF


def test_resuming_begins_with_the_users_url(origin, downloads):
    origin.serve("/signed", cut(tagged(), after=HALF))
    origin.serve("/a", Redirect("/signed"))
    with pytest.raises(rheo.NetworkError):
        fetch(origin.url("/a"), downloads, connections=1)
    origin.serve("/again", tagged())
    origin.serve("/a", Redirect("/again"))

    result = fetch(origin.url("/a"), downloads, connections=1)

    assert (result.resumed, result.final_url) == (HALF, origin.url("/again"))


def test_a_part_with_every_byte_needs_no_request(origin, downloads):
    origin.serve("/a", tagged())
    with pytest.raises(rheo.DestinationExistsError):
        _with_a_file_that_comes_meanwhile(origin, downloads)
    (downloads / "a").unlink()
    before = len(origin.requests)

    result = fetch(origin.url("/a"), downloads)

    assert len(origin.requests) == before
    assert result.path.read_bytes() == DATA.read(0, SIZE)


def _with_a_file_that_comes_meanwhile(origin, downloads):
    gate = threading.Event()
    origin.serve("/a", gated(tagged(), gate, after=SIZE - 10))
    with rheo.sync.DownloadManager(directory=downloads, on_exists="error", connections=1) as manager:
        handle = manager.add(origin.url("/a"))
        origin.wait_for(lambda server: server.held == 1)
        (downloads / "a").write_bytes(b"foreign")
        gate.set()
        handle.wait()


def test_a_cancelled_download_leaves_nothing_even_where_it_failed_before(origin, downloads):
    origin.serve("/a", cut(tagged(), after=HALF))
    with rheo.sync.DownloadManager(directory=downloads, retry=0, connections=1) as manager:
        handle = manager.add(origin.url("/a"))
        with pytest.raises(rheo.NetworkError):
            handle.wait()
        assert names(downloads) == ["a.part", "a.part.json"]
        handle.cancel()

    assert names(downloads) == []


def test_the_state_holds_no_secret(origin, downloads):
    interrupt(origin, downloads, "/a?token=verysecret")

    state = (downloads / "a.part.json").read_text()

    assert "verysecret" not in state
    assert (downloads / "a.part.json").stat().st_mode & 0o077 == 0


def test_a_validator_that_is_gone_is_no_change(origin, downloads):
    interrupt(origin, downloads)
    origin.serve("/a", Amended(tagged(), {"ETag": None}))

    assert fetch(origin.url("/a"), downloads).resumed == HALF


def test_a_folder_is_clean_after_everything(origin, downloads):
    interrupt(origin, downloads)
    origin.serve("/a", tagged())
    fetch(origin.url("/a"), downloads)

    assert [path for path in Path(downloads).iterdir() if path.name != "a"] == []


def test_a_manager_goes_on_when_there_is_room_again(origin, downloads, monkeypatch):
    """A write finds the disk full; the download waits, and goes on from its part."""
    monkeypatch.setattr("rheo.engine.retries.retry.DISK_FULL_INTERVAL", 0.01)
    room, write = threading.Event(), os.pwritev

    def pwritev(descriptor, buffers, offset):
        if not room.is_set() and offset >= HALF:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, buffers, offset)

    monkeypatch.setattr(os, "pwritev", pwritev)
    origin.serve("/a", tagged())
    waits = []
    with rheo.sync.DownloadManager(directory=downloads, connections=1) as manager:
        manager.on(rheo.DownloadWaiting, lambda event: (waits.append(event.wait.reason.value), room.set()))
        result = manager.add(origin.url("/a")).wait()

    assert waits[0] == "disk_full"
    assert result.resumed > 0
    assert result.path.read_bytes() == DATA.read(0, SIZE)
    assert names(downloads) == ["a"]


def test_a_change_is_remembered_though_nothing_of_it_was_kept(origin, downloads):
    """A file that never holds still, and a server that is busy in between, are not asked for ever."""
    interrupt(origin, downloads)
    versions, busy = itertools.count(2), [False]

    def restless(request):
        if request.headers.get("range") != "bytes=0-":
            busy[0] = True
            return version(next(versions))
        if busy[0]:
            busy[0] = False
            return Status(503)
        return cut(version(next(versions)), after=1_500_000)

    origin.serve("/a", restless)

    with pytest.raises(rheo.ChangedOnServerError):
        fetch(origin.url("/a"), downloads, connections=1, retry_policy=QUICK)

    assert len(origin.requests) < 20


def version(number):
    dated = {"Last-Modified": f"Wed, {number % 28 + 1:02} Jan 2025 00:00:00 GMT"}
    return File(Generated(SIZE, seed=number), etag=f'"{number}"', headers=dated)


def test_a_front_that_does_not_fit_an_older_rest_is_of_a_new_version_and_not_of_a_second_server(origin, downloads):
    downloads.mkdir()
    part = PartFile(str(downloads / "a"), on_exists=rheo.OnExists.RENAME, numbered=numbered)
    part.create(url="", source=origin.url("/a"), resource=Resource(size=SIZE, ranged=True), reserve=True)
    part.write(HALF, [DATA.read(HALF, SIZE)])
    part.sync_data()
    part.save(RangeSet([(HALF, SIZE)]))
    part.keep()
    new = Generated(SIZE, seed=7)
    origin.serve("/a", File(new))

    result = fetch(origin.url("/a"), downloads)

    assert result.path.read_bytes() == new.read(0, SIZE)
    assert all("range" in request.headers for request in origin.requests)


@pytest.mark.parametrize("status", [400, 403, 405, 416, 501])
def test_a_range_that_is_refused_now_is_asked_for_plainly(origin, downloads, status):
    interrupt(origin, downloads)
    origin.serve("/a", lambda request: Status(status) if "range" in request.headers else tagged(ranges=False))

    result = fetch(origin.url("/a"), downloads)

    assert result.path.read_bytes() == DATA.read(0, SIZE)
    assert names(downloads) == ["a"]


def test_a_part_stays_where_the_file_itself_is_refused(origin, downloads):
    interrupt(origin, downloads)
    origin.serve("/a", Status(403))

    with pytest.raises(rheo.NeedsNewUrlError):
        fetch(origin.url("/a"), downloads)

    assert names(downloads) == ["a.part", "a.part.json"]
    assert [request.headers.get("range") is None for request in origin.requests[1:]] == [False, True]


def test_the_same_bytes_again_are_no_progress(origin, downloads):
    origin.serve("/a", cut(tagged(ranges=False), after=HALF))

    with pytest.raises(rheo.TruncatedBodyError, match="gave up after 3 tries"):
        fetch(origin.url("/a"), downloads, retry_policy=rheo.RetryPolicy(attempts=2, base=0.001, ceiling=0.002))

    assert len(origin.requests) == 3


def test_a_part_of_another_url_is_left_alone_though_size_and_tag_are_the_same(origin, downloads):
    """nginx makes tags of time and size: two files of one name may have both in common."""
    interrupt(origin, downloads, "/one/a")
    other = Generated(SIZE, seed=7)
    origin.serve("/two/a", tagged(other))

    result = fetch(origin.url("/two/a"), downloads)

    assert result.path.read_bytes() == other.read(0, SIZE)
    assert names(downloads) == ["a", "a.part", "a.part.json"]
    origin.serve("/one/a", tagged())
    assert fetch(origin.url("/one/a"), downloads).resumed == HALF


def test_a_part_of_another_url_is_gone_on_with_where_its_bytes_are_the_same(origin, downloads):
    interrupt(origin, downloads, "/one/a")
    origin.serve("/two/a", tagged())

    result = fetch(origin.url("/two/a"), downloads)

    assert (result.resumed, result.verification) == (HALF, rheo.Verification.UNVERIFIED)
    assert result.path.read_bytes() == DATA.read(0, SIZE)


def test_a_link_that_was_signed_anew_vouches_for_its_part(origin, downloads):
    interrupt(origin, downloads, "/a?signature=1")
    origin.serve("/a", tagged())

    result = fetch(origin.url("/a?signature=2"), downloads)

    assert (result.resumed, result.verification) == (HALF, rheo.Verification.CONSISTENT)


@pytest.mark.parametrize("other", [Generated(SIZE, seed=7), DATA])
def test_a_part_that_is_named_for_another_url_is_compared_under_any_tag(origin, downloads, other):
    interrupt(origin, downloads)
    origin.serve("/b", tagged(other))

    if other is DATA:
        assert fetch(origin.url("/b"), downloads, resume_from=downloads / "a.part").resumed == HALF
    else:
        with pytest.raises(rheo.ChangedOnServerError, match="is not of the file"):
            fetch(origin.url("/b"), downloads, resume_from=downloads / "a.part")


# --- parts of other URLs


def whole_part(origin, downloads, target):
    """Leave a part that has every byte: when it was to be named, another file had the name."""
    gate = threading.Event()
    path = target.partition("?")[0]
    origin.serve(path, gated(tagged(), gate, after=HALF))
    downloads.mkdir()
    with rheo.sync.DownloadManager(directory=downloads, connections=1, on_exists="error") as manager:
        handle = manager.add(origin.url(target))
        origin.wait_for(lambda server: server.held == 1)
        wait_until(lambda: names(downloads))
        (downloads / "a").write_bytes(b"in the way")
        gate.set()
        with pytest.raises(rheo.DestinationExistsError):
            handle.wait()
    (downloads / "a").unlink()


def wait_until(there):
    """Return once something is there."""
    for _ in range(1000):
        if there():
            return
        threading.Event().wait(0.01)
    pytest.fail("it never came")


@pytest.mark.parametrize(("first", "second"), [("/one/a", "/two/a"), ("/a?id=1", "/a?id=2")])
def test_a_whole_part_is_compared_before_another_url_gets_it(origin, downloads, first, second):
    whole_part(origin, downloads, first)
    other = Generated(SIZE, seed=7)
    origin.serve(second.partition("?")[0], tagged(other))

    result = fetch(origin.url(second), downloads)

    assert result.path.read_bytes() == other.read(0, SIZE)
    assert names(downloads) == ["a", "a.part", "a.part.json"]


def test_a_whole_part_is_not_named_for_a_url_that_is_refused(origin, downloads):
    whole_part(origin, downloads, "/a")
    origin.serve("/b", Status(404))

    with pytest.raises(rheo.HttpStatusError):
        fetch(origin.url("/b"), downloads, resume_from=downloads / "a.part")


def test_a_whole_part_of_the_same_file_is_taken_by_its_new_url(origin, downloads):
    whole_part(origin, downloads, "/a?signature=1")

    result = fetch(origin.url("/a?signature=2"), downloads)

    assert (result.resumed, result.path.read_bytes()) == (SIZE - 1, DATA.read(0, SIZE))


@pytest.mark.parametrize("trouble", [Status(503), "held"])
def test_who_gives_up_leaves_a_part_to_its_own_url(origin, downloads, trouble):
    interrupt(origin, downloads, "/one/a")
    gate = threading.Event()
    held = gated(tagged(), gate, after=0, part=Part.HEAD)
    origin.serve("/two/a", [tagged(), held if trouble == "held" else trouble])

    with rheo.sync.DownloadManager(directory=downloads, connections=1) as manager:
        handle = manager.add(origin.url("/two/a"))
        wait_until(lambda: len(origin.requests_for("/two/a")) == 2)
        handle.cancel()
    gate.set()

    origin.serve("/one/a", tagged())
    assert fetch(origin.url("/one/a"), downloads).resumed == HALF


def test_only_the_query_differs_and_the_file_is_another_one(origin, downloads):
    interrupt(origin, downloads, "/a?id=1")
    other = Generated(SIZE, seed=7)
    origin.serve("/a", tagged(other))

    assert fetch(origin.url("/a?id=2"), downloads).path.read_bytes() == other.read(0, SIZE)
    origin.serve("/a?id=1", tagged())
    assert fetch(origin.url("/a?id=1"), downloads).resumed == HALF


def test_a_part_without_its_beginning_is_no_help_to_another_url(origin, downloads):
    """Nothing of it could be compared before something is written into it."""
    downloads.mkdir()
    resource = Resource(size=SIZE, etag='"one"', ranged=True)
    part = PartFile(str(downloads / "a"), on_exists=rheo.OnExists.RENAME, numbered=numbered)
    part.create(url=origin.url("/one/a"), source=origin.url("/one/a"), resource=resource, reserve=True)
    part.write(HALF, [DATA.read(HALF, SIZE)])
    part.sync_data()
    part.save(RangeSet([(HALF, SIZE)]))
    part.keep()
    origin.serve("/two/a", tagged(Generated(SIZE, seed=7)))
    origin.serve("/one/a", tagged())

    fetch(origin.url("/two/a"), downloads)

    assert fetch(origin.url("/one/a"), downloads).resumed == HALF


# --- what is told of a part, and when


@pytest.mark.parametrize("edge", ["/two/a", "/a"])
def test_after_a_kill_nothing_vouches_for_bytes_that_came_in_doubt(origin, downloads, edge):
    """The live map must not claim them before the state says that they are in doubt."""
    first = "/one/a" if edge == "/two/a" else "/a"
    interrupt(origin, downloads, first)
    alike = bytearray(DATA.read(0, SIZE))
    alike[HALF + 100_000 : HALF + 200_000] = bytes(100_000)
    gate = threading.Event()
    copy = File(bytes(alike), etag='"one"' if edge == "/two/a" else '"two"')
    held = gated(copy, gate, after=1_000_000, part=Part.BODY)
    origin.serve(edge, lambda request: held if request.headers["range"] != "bytes=0-" else copy)
    victim = started("download", "-q", "-x", "1", "-d", str(downloads), origin.url(edge))
    origin.wait_for(lambda server: server.held == 1)
    wait_until(lambda: any("etag" in line and '"etag":null' in line for line in states(downloads)))
    victim.kill()
    victim.communicate()
    gate.set()
    origin.serve(first, tagged())

    result = fetch(origin.url(first), downloads)

    assert result.verification is rheo.Verification.UNVERIFIED or result.path.read_bytes() == DATA.read(0, SIZE)


def states(folder):
    return [path.read_text() for path in folder.glob("*.part.json")]


def test_a_part_that_cannot_be_moved_aside_stays(origin, downloads, monkeypatch):
    interrupt(origin, downloads)
    origin.serve("/a", tagged())

    def broken(*_arguments):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("rheo.storage.parts.aside.move", broken)
        with pytest.raises(rheo.StorageError):
            fetch(origin.url("/a"), downloads, resume=False)

    assert fetch(origin.url("/a"), downloads).resumed == HALF


def test_new_bytes_of_a_new_version_are_progress(origin, downloads):
    one, two = version(1), version(2)
    replies = itertools.chain([cut(one, after=4_500_000)], itertools.repeat(cut(two, after=400_000)))
    origin.serve("/a", lambda _request: next(replies))

    result = fetch(origin.url("/a"), downloads, connections=1, retry_policy=QUICK)

    assert result.path.read_bytes() == Generated(SIZE, seed=2).read(0, SIZE)


def test_a_coded_answer_to_the_plain_question_costs_no_part(origin, downloads):
    interrupt(origin, downloads)
    refused = [Status(403)]

    def reply(request):
        if "range" not in request.headers:
            return gzipped(DATA.read(0, SIZE), etag='"one"')
        return refused.pop() if refused else tagged()

    origin.serve("/a", reply)

    assert fetch(origin.url("/a"), downloads).resumed == HALF


# --- what is known to be mixed


def test_a_part_that_is_known_to_be_mixed_is_not_gone_on_with(origin, downloads):
    """One later answer lied under the right tag: the part is put by, and claims nothing."""
    interrupt(origin, downloads)
    lies = [tagged(Generated(SIZE, seed=7))]

    def reply(request):
        start = int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        # Slow enough that a second connection is worth it, however busy the machine is.
        return lies.pop() if start > HALF + 500_000 and lies else paced(tagged(), rate=1e6)

    origin.serve("/a", reply)
    with pytest.raises(rheo.ChangedOnServerError):
        fetch(origin.url("/a"), downloads, connections=2, min_split_size="500k", resume_from=downloads / "a.part")

    assert fetch(origin.url("/a"), downloads).path.read_bytes() == DATA.read(0, SIZE)


def test_a_part_without_its_beginning_is_no_part_to_name_for_another_url(origin, downloads):
    downloads.mkdir()
    resource = Resource(size=SIZE, etag='"one"', ranged=True)
    part = PartFile(str(downloads / "a"), on_exists=rheo.OnExists.RENAME, numbered=numbered)
    part.create(url=origin.url("/one/a"), source=origin.url("/one/a"), resource=resource, reserve=True)
    part.write(HALF, [DATA.read(HALF, SIZE)])
    part.sync_data()
    part.save(RangeSet([(HALF, SIZE)]))
    part.keep()
    origin.serve("/two/a", tagged(Generated(SIZE, seed=7)))
    origin.serve("/one/a", tagged())

    with pytest.raises(rheo.UsageError, match="nothing of its beginning"):
        fetch(origin.url("/two/a"), downloads, resume_from=downloads / "a.part")

    assert fetch(origin.url("/one/a"), downloads).resumed == HALF


def test_a_part_of_another_file_is_looked_at_once_and_is_no_progress(origin, downloads):
    interrupt(origin, downloads, "/one/a")
    origin.serve("/two/a", cut(Rangeless(tagged()), after=300_000))

    with pytest.raises(rheo.NetworkError, match="gave up after"):
        fetch(origin.url("/two/a"), downloads, connections=1, retry_policy=QUICK)

    assert len(origin.requests) < 25


def test_the_first_mark_of_a_part_claims_nothing_that_its_state_does_not_say(tmp_path):
    resource = Resource(size=100, etag='"one"', ranged=True)
    part = PartFile(str(tmp_path / "a"), on_exists=rheo.OnExists.RENAME, numbered=numbered)
    part.create(url="u", source="u", resource=resource, reserve=True)
    part.describe(url="u", source="u", resource=resource.unvouched(), mirrored=False)
    part.write(0, [bytes(50)])
    part.mark(RangeSet([(0, 50)]))

    assert '"written":[]' in (tmp_path / "a.part.live").read_text()
    part.close()
