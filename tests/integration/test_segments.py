"""Many connections for one file, through the public call and a real socket: quick, and right whatever is answered."""

import asyncio
import errno
import itertools
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

import rheo
from origin import (
    Amended,
    Chunked,
    File,
    Generated,
    Misheard,
    Misranged,
    Multipart,
    Origin,
    Part,
    Rangeless,
    Redirect,
    Status,
    cut,
    declared,
    gated,
    paced,
    page,
    reset,
    stalled,
)
from origin.steps import Pause, Send, Wait, final_head, steps_of
from rheo.application.scheduler import Scheduler
from rheo.domain.download import Trigger
from rheo.engine.crew.crew import Crew
from rheo.engine.file.keeper import Keeper
from rheo.engine.file.versions import StartOver
from rheo.engine.file.writer import BACKLOG, Writer
from rheo.storage.parts.part_file import PartFile

NEVER = rheo.RetryPolicy(attempts=0)
QUICK = rheo.RetryPolicy(base=0.001, ceiling=0.002)
SIZE = 8_000_000
DATA = Generated(SIZE)
OLD, NEW = datetime(2026, 11, 27, tzinfo=UTC), datetime(2026, 11, 28, tzinfo=UTC)
SEAM = 4096
"""Bytes before its own that a request asks for, to compare them."""
RATE = 4e6
"""Bytes per second of each connection: slow enough that others come, quick enough for a test."""


def fetch(url, downloads, **more):
    more.setdefault("retry_policy", NEVER)
    return rheo.download(url, directory=downloads, **more)


def tagged(content=DATA, **more):
    return File(content, etag='"one"', **more)


def opening_and_later(opening, later):
    """Return a reply that answers a request from the first byte by one, and any other range by the other."""

    def reply(request):
        return opening if request.headers.get("range", "bytes=0-").startswith("bytes=0-") else later

    return reply


def without_conditions(reply):
    """Return a reply that hears no If-Range, as some edges do not."""

    def heard(request):
        raw = tuple(header for header in request.raw if header[0].lower() != "if-range")
        return steps_of(reply, replace(request, raw=raw))

    return heard


def nth(replies: Callable[[int], object]):
    """Return a reply that numbers the requests from 1."""
    numbers = itertools.count(1)
    lock = threading.Lock()

    def reply(_request):
        with lock:
            number = next(numbers)
        return replies(number)

    return reply


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def ranges_of(origin):
    return [request.headers.get("range") for request in origin.requests]


def at_most(reply, size):
    """Return a reply that answers no range with more than so many bytes."""

    def shorter(request):
        start, _, last = request.headers["range"].removeprefix("bytes=").partition("-")
        stop = min(int(last or SIZE), int(start) + size - 1)
        return Misheard(reply, f"bytes={start}-{stop}")

    return shorter


# --- how many


def test_a_server_that_caps_each_connection_gets_sixteen_without_a_flag(origin, downloads):
    data = Generated(32_000_000)
    origin.serve("/a", paced(tagged(data), rate=RATE))

    result = fetch(origin.url("/a"), downloads)

    assert result.path.read_bytes() == data.read(0, data.size)
    assert 8 < origin.peak <= 16
    assert result.seconds < data.size / RATE / 3
    assert result.verification is rheo.Verification.CONSISTENT


def test_every_later_request_carries_the_validator_of_the_first_answer(origin, downloads):
    origin.serve("/a", paced(tagged(), rate=RATE))

    fetch(origin.url("/a"), downloads)

    first, *later = origin.requests
    assert first.headers["range"] == "bytes=0-"
    assert "if-range" not in first.headers
    assert later
    assert {request.headers["if-range"] for request in later} == {'"one"'}


def test_a_file_too_small_to_gain_stays_on_one(origin, downloads):
    origin.serve("/a", paced(tagged(Generated(1_500_000)), rate=RATE))

    fetch(origin.url("/a"), downloads)

    assert ranges_of(origin) == ["bytes=0-"]


def test_one_connection_may_be_asked_for(origin, downloads):
    origin.serve("/a", paced(tagged(Generated(3_000_000)), rate=RATE))

    fetch(origin.url("/a"), downloads, connections=1)

    assert ranges_of(origin) == ["bytes=0-"]


def test_a_number_that_is_asked_for_is_had_at_once(origin, downloads):
    origin.serve("/a", paced(tagged(), rate=RATE))

    fetch(origin.url("/a"), downloads, connections=5, min_split_size="512K")

    assert origin.peak == 5


def test_no_split_leaves_less_than_what_is_asked_for(origin, downloads):
    origin.serve("/a", paced(tagged(), rate=RATE))

    fetch(origin.url("/a"), downloads, connections=16, min_split_size="3M")

    assert origin.peak == 2


def test_a_request_asks_for_no_more_than_the_segment_size(origin, downloads):
    origin.serve("/a", paced(tagged(), rate=2 * RATE))

    fetch(origin.url("/a"), downloads, segment_size="1M")

    spans = [asked.removeprefix("bytes=").split("-") for asked in ranges_of(origin)[1:]]
    assert spans
    assert max(int(last) - int(first) + 1 for first, last in spans) <= 1024 * 1024 + SEAM


def test_all_downloads_of_a_host_share_its_connections(origin, downloads):
    for number in range(4):
        origin.serve(f"/{number}", paced(tagged(), rate=RATE))

    with rheo.sync.DownloadManager(directory=downloads, connections_per_host=6) as manager:
        manager.add_many([origin.url(f"/{number}") for number in range(4)])

    assert origin.peak <= 6 + 2, "a server notices a moment later that a connection was closed"
    assert all((downloads / str(number)).read_bytes() == DATA.read(0, SIZE) for number in range(4))


def test_what_served_a_host_well_is_remembered(origin, downloads):
    origin.serve("/a", paced(tagged(Generated(32_000_000)), rate=RATE))
    origin.serve("/b", paced(tagged(Generated(20_000_000)), rate=RATE))

    with rheo.sync.DownloadManager(directory=downloads) as manager:
        manager.add(origin.url("/a")).wait()
        before = len(origin.requests)
        manager.add(origin.url("/b")).wait()

    first, *others = origin.requests[before:]
    assert len([request for request in others if request.time - first.time < 0.25]) > 4


def test_a_redirect_is_followed_once_for_all_segments(origin, downloads):
    origin.serve("/a", Redirect("/b"))
    origin.serve("/b", paced(tagged(), rate=RATE))

    fetch(origin.url("/a"), downloads)

    assert len(origin.requests_for("/a")) == 1
    assert len(origin.requests_for("/b")) > 2


def test_where_a_redirect_led_to_has_expired_the_users_url_is_asked_again(origin, downloads):
    origin.serve("/a", [Redirect("/old"), Redirect("/new")])
    origin.serve("/old", opening_and_later(cut(paced(tagged(), rate=RATE), after=2_000_000), Status(403)))
    origin.serve("/new", tagged())

    assert fetch(origin.url("/a"), downloads, retry_policy=QUICK).path.read_bytes() == DATA.read(0, SIZE)


# --- slow and broken connections


def test_a_connection_that_breaks_is_replaced_and_no_byte_fetched_twice(origin, downloads):
    broken = reset(paced(tagged(), rate=RATE), after=500_000)
    whole = paced(tagged(), rate=RATE)
    origin.serve("/a", nth(lambda number: broken if number in {2, 3} else whole))

    assert fetch(origin.url("/a"), downloads).path.read_bytes() == DATA.read(0, SIZE)


def test_a_connection_that_stalls_is_replaced(origin, downloads):
    data = Generated(24_000_000)
    silent, whole = stalled(tagged(data), after=300_000), paced(tagged(data), rate=RATE)
    origin.serve("/a", nth(lambda number: silent if number == 3 else whole))

    result = fetch(origin.url("/a"), downloads)

    assert result.path.read_bytes() == data.read(0, data.size)
    assert result.seconds < 12


def test_the_last_piece_is_raced_where_its_connection_stalls(origin, downloads):
    data = Generated(3_000_000)
    silent, whole = stalled(tagged(data), after=900_000), paced(tagged(data), rate=2e6)
    origin.serve("/a", nth(lambda number: silent if number == 2 else whole))

    result = fetch(origin.url("/a"), downloads)

    assert result.path.read_bytes() == data.read(0, data.size)
    assert result.seconds < 8


def test_the_last_connection_is_raced_though_it_has_stalled_and_no_other_is_left(origin, downloads):
    data = Generated(3_000_000)
    whole = paced(tagged(data), rate=2e6)
    origin.serve("/a", nth(lambda number: stalled(whole, after=900_000) if number == 2 else whole))

    result = fetch(origin.url("/a"), downloads, connections=2, min_split_size="1M")  # what is left is not to be split

    assert result.path.read_bytes() == data.read(0, data.size)
    assert result.seconds < 8


def test_a_race_whose_copies_differ_is_never_published(origin, downloads):
    one, other = Generated(3_000_000, 1), Generated(3_000_000, 2)
    answers = {1: paced(tagged(one), rate=2e6), 2: paced(tagged(one), rate=40_000)}
    origin.serve("/a", nth(lambda number: answers.get(number, tagged(other))))

    result = fetch(origin.url("/a"), downloads)

    assert result.path.read_bytes() == other.read(0, other.size)


# --- what a server may answer to a Range


SHORT = tagged(Generated(4_000_000))


@pytest.mark.parametrize(
    "later",
    [
        Misranged(SHORT, shift=-7),
        Misranged(SHORT, shift=7),
        Misranged(SHORT, unit="items"),
        Misheard(SHORT, "bytes=100-200"),
        Multipart(SHORT),
        Amended(SHORT, {"Content-Range": None}),
        page(),
        Amended(SHORT, {"Content-Type": "application/json"}),
        Amended(SHORT, {"Content-Encoding": "gzip"}),
        Amended(SHORT, {"Content-Length": "17"}),
        Status(403),
        Status(416),
        Status(429, headers={"Retry-After": "1"}),
        Status(503),
    ],
    ids=repr,
)
def test_a_wrong_answer_to_a_later_request_writes_nothing_and_costs_nothing(origin, downloads, later):
    origin.serve("/a", opening_and_later(paced(SHORT, rate=RATE), later))

    result = fetch(origin.url("/a"), downloads)

    assert result.path.read_bytes() == SHORT.content.read(0, SHORT.content.size)
    assert names(downloads) == ["a"]


def test_a_server_that_only_seems_to_range_is_left_with_one_stream(origin, downloads):
    data = Generated(4_000_000)
    origin.serve(
        "/a", opening_and_later(paced(tagged(data), rate=RATE), Misheard(paced(tagged(data), rate=RATE), None))
    )

    result = fetch(origin.url("/a"), downloads)

    assert result.path.read_bytes() == data.read(0, data.size)
    assert len(origin.requests) < 10, "what a server cannot do is not asked for again and again"


def test_a_server_that_sends_little_at_a_time_is_asked_for_the_rest(origin, downloads):
    def little(request):
        first = int(request.headers["range"].removeprefix("bytes=").split("-")[0])
        return Misheard(tagged(Generated(2_500_000)), f"bytes={first}-{first + 499_999}")

    origin.serve("/a", little)

    assert fetch(origin.url("/a"), downloads).path.read_bytes() == Generated(2_500_000).read(0, 2_500_000)


def test_bytes_before_those_asked_for_are_skipped(origin, downloads):
    def aligned(request):
        first, _, last = request.headers["range"].removeprefix("bytes=").partition("-")
        return Misheard(paced(tagged(), rate=RATE), f"bytes={int(first) // 65536 * 65536}-{last}")

    origin.serve("/a", aligned)

    assert fetch(origin.url("/a"), downloads).path.read_bytes() == DATA.read(0, SIZE)


@pytest.mark.parametrize("status", [400, 403, 405, 416, 501])
def test_a_first_range_that_is_refused_is_asked_once_more_without(origin, downloads, status):
    origin.serve("/a", Rangeless(File(b"x" * 1000), status=status))

    assert fetch(origin.url("/a"), downloads).size == 1000
    assert ranges_of(origin) == ["bytes=0-", None]


def test_an_empty_file_is_no_refused_range(origin, downloads):
    origin.serve("/a", Status(416, headers={"Content-Range": "bytes */0"}))

    assert fetch(origin.url("/a"), downloads).path.read_bytes() == b""


def test_ranges_refused_above_some_number_of_connections_are_asked_for_later(origin, downloads):
    data = Generated(12_000_000)
    whole = paced(tagged(data), rate=RATE)

    def reply(_request):
        return whole if origin.answering <= 3 else Status(503)

    origin.serve("/a", reply)

    result = fetch(origin.url("/a"), downloads)

    assert result.path.read_bytes() == data.read(0, data.size)
    assert result.seconds < data.size / RATE


def test_a_chunked_part_that_is_cut_before_its_last_chunk_is_asked_for_again(origin, downloads):
    data = Generated(4_000_000)
    whole = paced(tagged(data), rate=RATE)
    origin.serve("/a", nth(lambda number: cut(Chunked(whole), after=300_000) if number == 2 else whole))

    assert fetch(origin.url("/a"), downloads).path.read_bytes() == data.read(0, data.size)


# --- one version


def test_a_file_that_changes_meanwhile_is_fetched_anew_once(origin, downloads):
    old, new = Generated(8_000_000, 1), Generated(6_000_000, 2)
    first = gated(paced(File(old, etag='"old"'), rate=RATE), threading.Event(), after=1_000_000)
    origin.serve("/a", [first, File(new, etag='"new"')])

    result = fetch(origin.url("/a"), downloads)

    assert result.path.read_bytes() == new.read(0, new.size)
    assert names(downloads) == ["a"]


def test_a_file_that_changes_all_the_time_is_an_error_of_its_own(origin, downloads):
    def reply(request):
        number = len(origin.requests)
        return paced(File(Generated(8_000_000 + number, number), etag=f'"{number}"'), rate=RATE)

    origin.serve("/a", reply)

    with pytest.raises(rheo.ChangedOnServerError):
        fetch(origin.url("/a"), downloads)

    assert "a" not in names(downloads)


def test_edges_that_name_the_same_file_differently_serve_it_together(origin, downloads):
    def reply(request):
        return paced(File(DATA, etag=f'"edge-{request.connection % 3}"'), rate=RATE)

    origin.serve("/a", reply)

    result = fetch(origin.url("/a"), downloads)

    assert result.path.read_bytes() == DATA.read(0, SIZE)
    assert result.verification is rheo.Verification.UNVERIFIED


@pytest.mark.parametrize("etag", ['W/"weak"', None])
def test_without_a_strong_validator_segments_are_compared_where_they_meet(origin, downloads, etag):
    origin.serve("/a", paced(File(DATA, etag=etag), rate=RATE))

    result = fetch(origin.url("/a"), downloads)

    assert result.path.read_bytes() == DATA.read(0, SIZE)
    assert result.verification is rheo.Verification.UNVERIFIED
    assert origin.peak > 2


def test_segments_that_do_not_fit_together_become_one_stream(origin, downloads):
    one, other = Generated(SIZE, 1), Generated(SIZE, 2)
    origin.serve(
        "/a",
        nth(lambda number: paced(File(one), rate=RATE) if number in {1, 2} else paced(File(other), rate=2 * RATE)),
    )

    result = fetch(origin.url("/a"), downloads)

    assert result.path.read_bytes() in {one.read(0, SIZE), other.read(0, SIZE)}
    assert result.verification is not rheo.Verification.VERIFIED


# --- digests follow


def test_a_digest_follows_segments_from_the_front(origin, downloads):
    data = Generated(24_000_000)
    origin.serve("/a", paced(tagged(data), rate=RATE))

    result = fetch(origin.url("/a"), downloads, checksum=f"sha256:{data.sha256()}")

    assert result.verification is rheo.Verification.VERIFIED
    assert origin.peak > 4


def test_a_wrong_digest_of_segments_leaves_nothing(origin, downloads):
    origin.serve("/a", paced(tagged(), rate=RATE))

    with pytest.raises(rheo.ChecksumMismatchError):
        fetch(origin.url("/a"), downloads, checksum="sha256:" + "0" * 64)

    assert names(downloads) == []


def test_segments_over_https_with_part_of_the_head_slow(authority, downloads, tmp_path):
    with Origin(tls=authority) as secure:
        whole = paced(tagged(), rate=RATE)
        held = threading.Event()
        held.set()
        secure.serve("/a", nth(lambda number: gated(whole, held, after=5, part=Part.HEAD) if number == 2 else whole))

        result = fetch(secure.url("/a"), downloads, ca_file=authority.ca_file(tmp_path))

        assert result.path.read_bytes() == DATA.read(0, SIZE)
        assert result.timings.tls is not None


# --- what a review found


@pytest.mark.parametrize(("size", "most"), [(300_000, 32_768), (100_000, 60_000), (3_000_000, 500_000)])
def test_a_short_first_answer_loses_nothing(origin, downloads, size, most):
    data = Generated(size)
    origin.serve("/a", at_most(tagged(data), most))

    result = fetch(origin.url("/a"), downloads)

    assert result.path.read_bytes() == data.read(0, size)
    assert result.verification is rheo.Verification.CONSISTENT


def test_one_refusal_is_forgotten_in_time(origin, downloads):
    origin.serve("/a", nth(lambda number: Status(503) if number == 2 else paced(tagged(), rate=RATE)))
    origin.serve("/b", paced(tagged(), rate=RATE))
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        manager.add(origin.url("/a")).wait()
        manager.add(origin.url("/b")).wait()

    assert len(origin.requests_for("/b")) >= 4


def test_connections_that_are_never_answered_hold_nothing_up_for_long(origin, downloads):
    """A host that serves one connection, and lets others wait."""
    busy, never = threading.Lock(), threading.Event()

    def one_at_a_time(request):
        if not busy.acquire(blocking=False):
            yield Wait(never)
            return
        try:
            yield from steps_of(paced(tagged(), rate=RATE), request)
        finally:
            busy.release()

    origin.serve("/a", one_at_a_time)

    result = fetch(origin.url("/a"), downloads)
    never.set()

    assert result.path.read_bytes() == DATA.read(0, SIZE)
    assert result.seconds < 20


def test_a_seam_that_comes_late_is_compared_all_the_same(origin, downloads):
    """Invariant 3: without a validator, what lies behind a segment must be what its neighbour brought."""
    data = Generated(4_000_000)

    def other_behind_its_stop(request):
        start, last = request.headers["range"].removeprefix("bytes=").split("-")
        if start == "0" or not last or int(last) + 1 == data.size:
            yield from steps_of(paced(File(data), rate=2e6), request)
            return
        body = steps_of(File(data), request)
        yield (yield from final_head(body))
        whole = b"".join(step.data for step in body if isinstance(step, Send))
        yield Send(whole[:-4096])
        yield Pause(0.6)
        yield Send(b"x" * 4096)

    origin.serve("/a", lambda request: other_behind_its_stop(request) if "range" in request.headers else File(data))

    result = fetch(origin.url("/a"), downloads, connections=4, min_split_size="512K")

    assert "range" not in origin.requests[-1].headers
    assert result.path.read_bytes() == data.read(0, data.size)


def test_a_version_whose_tag_and_date_differ_is_another_one(origin, downloads):
    """Not the same file under another name: each differing byte might lie where nobody compares."""
    old = File(DATA, etag='"old"', last_modified=OLD)
    new = File(Generated(SIZE, 1), etag='"new"', last_modified=NEW)
    origin.serve("/a", cut(old, after=SIZE // 2))
    with pytest.raises(rheo.NetworkError):
        fetch(origin.url("/a"), downloads, connections=1)
    origin.serve("/a", without_conditions(new))

    result = fetch(origin.url("/a"), downloads)

    assert (result.resumed, result.verification) == (0, rheo.Verification.CONSISTENT)
    assert result.path.read_bytes() == Generated(SIZE, 1).read(0, SIZE)


def test_later_answers_without_the_tag_are_not_taken_for_the_same_version(origin, downloads):
    origin.serve("/a", opening_and_later(paced(tagged(), rate=RATE), paced(without_conditions(File(DATA)), rate=RATE)))

    result = fetch(origin.url("/a"), downloads)

    assert result.verification is rheo.Verification.UNVERIFIED
    assert result.path.read_bytes() == DATA.read(0, SIZE)


def test_a_server_that_takes_no_if_range_serves_ranges_all_the_same(origin, downloads):
    ranged, whole = paced(tagged(), rate=RATE), Misheard(paced(tagged(), rate=RATE), None)
    origin.serve("/a", lambda request: whole if "if-range" in request.headers else ranged)

    result = fetch(origin.url("/a"), downloads)

    assert result.verification is rheo.Verification.UNVERIFIED
    assert len([range_ for range_ in ranges_of(origin) if range_ != "bytes=0-"]) > 1
    assert result.path.read_bytes() == DATA.read(0, SIZE)


def test_doubt_outlives_the_run(origin, downloads):
    """Invariant 3: what was begun with edges that differ stays unverified."""
    edges = nth(lambda number: cut(without_conditions(File(DATA, etag=f'"{number}"')), after=SIZE // 8))
    origin.serve("/a", edges)
    with pytest.raises(rheo.NetworkError):
        fetch(origin.url("/a"), downloads, connections=2)
    origin.serve("/a", tagged())

    result = fetch(origin.url("/a"), downloads)

    assert result.resumed > 0
    assert result.verification is rheo.Verification.UNVERIFIED


def test_a_file_that_never_holds_still_is_not_fetched_for_ever(origin, downloads):
    """Each try brings enough to be counted as progress, and finds another version than the last one."""
    origin.serve("/a", nth(lambda number: reset(File(Generated(SIZE, number)), after=200_000)))

    with pytest.raises(rheo.ChangedOnServerError):
        fetch(origin.url("/a"), downloads, retry_policy=QUICK, connections=1)


def test_a_host_counts_no_connection_that_never_began(origin, downloads, monkeypatch):
    full, write = threading.Event(), os.pwritev

    def pwritev(descriptor, buffers, offset):
        if full.is_set():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, buffers, offset)

    monkeypatch.setattr(os, "pwritev", pwritev)
    origin.serve("/a", paced(tagged(), rate=1e6))
    full.set()
    with rheo.sync.DownloadManager(directory=downloads, retry_policy=NEVER) as manager:
        for _ in range(8):
            with pytest.raises(rheo.StorageError):
                manager.add(origin.url("/a"), output="a").wait()
        full.clear()
        origin.serve("/b", paced(tagged(), rate=RATE))
        manager.add(origin.url("/b")).wait()

    assert len(origin.requests_for("/b")) >= 4


def edges(first, second, *, second_from):
    """Return a reply of two servers of one name: what begins at an offset or later is heard by the second one."""

    def reply(request):
        start = int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        return second if start >= second_from else first

    return reply


def test_who_was_asked_before_a_doubt_is_compared_with_who_was_asked_after_it(origin, downloads):
    """Invariant 3: the one looks at nothing behind its stop, the other finds nothing before its start yet."""
    size, other = 3_000_000, Generated(3_000_000, seed=2)
    one, two = File(Generated(size), etag='"one"'), File(other, etag='"two"')
    origin.serve("/a", edges(paced(one, rate=2e6), paced(two, rate=2e6), second_from=1_900_000))

    result = fetch(origin.url("/a"), downloads, connections=4, min_split_size="64K")

    assert result.path.read_bytes() in (Generated(size).read(0, size), other.read(0, size))


@pytest.mark.parametrize("delay", [0.0, 0.3])
def test_what_is_not_written_yet_is_compared_all_the_same(origin, downloads, monkeypatch, delay):
    """Invariant 3: an answer that ends early, and a disk that takes a moment to make the part."""
    size, other = 3_000_000, Generated(3_000_000, seed=2)
    create = PartFile.create

    def slowly(self, **more):
        threading.Event().wait(delay)
        create(self, **more)

    monkeypatch.setattr(PartFile, "create", slowly)
    first, second = File(Generated(size)), File(other)
    capped = at_most(edges(first, second, second_from=400_000), 500_000)
    origin.serve("/a", lambda request: capped if "range" in request.headers else first)

    result = fetch(origin.url("/a"), downloads, connections=1)

    assert result.path.read_bytes() in (Generated(size).read(0, size), other.read(0, size))


def test_the_rest_of_a_stream_is_not_taken_from_an_edge_of_another_tag(origin, capfdbinary):
    """Invariant 3: what has left through standard output cannot be compared."""
    first, second = at_most(tagged(), 2_000_000), File(Generated(SIZE, seed=2), etag='"two"')
    origin.serve("/a", edges(first, without_conditions(second), second_from=1))

    with pytest.raises(rheo.ChangedOnServerError, match="standard output"):
        rheo.download(origin.url("/a"), output="-", retry_policy=NEVER)

    left = capfdbinary.readouterr().out  # what had not left by then is dropped: its reader may stand still
    assert 0 < len(left) <= 2_000_000
    assert left == DATA.read(0, len(left))


def test_where_a_redirect_led_to_is_left_once_though_two_find_it_expired(origin, downloads):
    tokens, expired, both = itertools.count(1), itertools.count(1), threading.Event()

    def expiring(request):
        if request.query == "1" and not request.headers["range"].startswith("bytes=0-"):
            if next(expired) == 2:
                both.set()
            return gated(Status(403), both, after=0, part=Part.HEAD)
        return at_most(tagged(), 4_000_000)

    origin.serve("/a", lambda _request: Redirect(f"/signed?{next(tokens)}"))
    origin.serve("/signed", expiring)

    result = fetch(origin.url("/a"), downloads, connections=2, segment_size="2M")

    assert result.path.read_bytes() == DATA.read(0, SIZE)


def test_what_a_refusing_redirect_leads_to_is_not_asked_for_ever(origin, downloads):
    origin.serve("/a", lambda _request: Redirect(f"/signed?{len(origin.requests)}"))
    origin.serve("/signed", opening_and_later(paced(tagged(), rate=RATE), Status(403)))

    assert fetch(origin.url("/a"), downloads, connections=4).path.read_bytes() == DATA.read(0, SIZE)

    assert len(origin.requests) < 30


@pytest.mark.parametrize("unframed", [Chunked, declared])
def test_a_part_that_goes_on_beyond_what_it_announced_is_cut_off(origin, downloads, unframed):
    """Nothing but Content-Range says how long it is: the planner wants no more than that."""
    announced = {"Content-Range": "bytes 0-99999/100000"}
    origin.serve("/a", Amended(unframed(tagged(Generated(300_000))), announced))

    assert fetch(origin.url("/a"), downloads).path.read_bytes() == DATA.read(0, 100_000)


def test_what_waits_for_a_slow_disk_is_bounded(origin, downloads, monkeypatch):
    """Invariant 6: each look of the keeper hands on what is gathered, so that slow bytes are written, too."""
    looks, waiting, disk = itertools.count(), [], threading.Event()
    write, beat = Writer.write, Keeper._beat

    def noted(writer, *piece):
        write(writer, *piece)
        waiting.append(writer._backlog)

    def counted(keeper):
        beat(keeper)
        if next(looks) == 10:
            disk.set()

    def slowly(part, offset, buffers, put=PartFile.write):
        disk.wait(10)
        put(part, offset, buffers)

    monkeypatch.setattr(Writer, "write", noted)
    monkeypatch.setattr(Keeper, "_beat", counted)
    monkeypatch.setattr(PartFile, "write", slowly)
    data = Generated(48_000_000)
    origin.serve("/a", paced(tagged(data), rate=2e6))

    result = fetch(origin.url("/a"), downloads, connections=8)

    assert result.size == 48_000_000
    assert max(waiting) <= BACKLOG + 8 * 512 * 1024


def test_a_download_whose_answers_do_not_fit_keeps_its_place_while_it_is_fetched_anew(origin, downloads):
    size, other, gate = 3_000_000, Generated(3_000_000, seed=2), threading.Event()
    anew, early = [], []

    def first(request):
        if "range" not in request.headers:
            anew.append(request)
            return gated(File(other), gate, after=1000)
        return edges(at_most(File(Generated(size)), 2_000_000), File(other), second_from=1_000_000)

    def second(_request):
        early.append(not gate.is_set())
        return File(other)

    def after_two_samples(_event, samples=itertools.count(1)):  # noqa: B008  (one counter is the point)
        if anew and next(samples) == 2:
            gate.set()

    origin.serve("/a", first)
    origin.serve("/b", second)

    with rheo.sync.DownloadManager(directory=downloads, max_concurrent=1, retry_policy=NEVER) as manager:
        manager.on(rheo.ProgressSampled, after_two_samples)
        manager.add(origin.url("/a"))
        manager.add(origin.url("/b"))

    assert early == [False]
    assert (downloads / "a").read_bytes() == other.read(0, size)


def test_a_server_that_sends_other_bytes_than_it_says_is_found_out_under_any_tag(origin, downloads):
    """Invariant 3: a validator vouches for the version, and not for the server."""

    def liar(request):
        start, _, last = request.headers.get("range", "bytes=0-").removeprefix("bytes=").partition("-")
        if not last:
            return paced(tagged(), rate=RATE)
        return Misranged(Misheard(tagged(), f"bytes=0-{int(last) - int(start)}"), shift=int(start))

    origin.serve("/a", liar)

    result = fetch(origin.url("/a"), downloads, connections=4)

    assert result.path.read_bytes() == DATA.read(0, SIZE)


@pytest.mark.parametrize("connections", [1, 4])
def test_a_short_part_that_goes_on_is_cut_off_where_it_said_that_it_ends(origin, downloads, connections):
    def reply(request):
        start, _, last = request.headers["range"].removeprefix("bytes=").partition("-")
        stop = min(int(last or SIZE - 1) + 1, int(start) + 400_000)
        announced = {"Content-Range": f"bytes {start}-{stop - 1}/{SIZE}"}
        body = File(DATA.read(int(start), stop) + bytes(300_000), etag='"one"')
        return Amended(Chunked(Misheard(body, "bytes=0-")), announced)

    origin.serve("/a", reply)

    assert fetch(origin.url("/a"), downloads, connections=connections).path.read_bytes() == DATA.read(0, SIZE)


@pytest.mark.parametrize("etag", ['"one"', None])
@pytest.mark.parametrize("most", [2000, 4096, 65536])
def test_a_server_that_sends_less_than_is_compared_is_asked_for_less(origin, downloads, etag, most):
    data = Generated(200_000)
    origin.serve("/a", at_most(File(data, etag=etag), most))

    assert fetch(origin.url("/a"), downloads, connections=1).path.read_bytes() == data.read(0, 200_000)


def test_what_was_to_be_compared_later_is_compared_after_a_pause(origin, downloads):
    """One answer has other bytes under the right tag, and its seam was not due before the pause."""
    gate, lies = threading.Event(), [tagged(Generated(SIZE, seed=7))]

    def reply(request):
        start = int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        if start > SIZE // 3 and lies:
            return lies.pop()
        return gated(tagged(), gate, after=1_000_000) if not start else tagged()

    origin.serve("/a", reply)
    with rheo.sync.DownloadManager(directory=downloads, connections=2, min_split_size="2M") as manager:
        handle = manager.add(origin.url("/a"))
        half_way = threading.Event()
        manager.on(rheo.ProgressSampled, lambda event: event.progress.received > SIZE // 3 and half_way.set())
        assert half_way.wait(20)
        handle.pause()
        gate.set()
        handle.resume()
        result = handle.wait()

    assert result.path.read_bytes() == DATA.read(0, SIZE)


class Pauser:
    """Pauses the only download so many ticks of the loop after a crew found that it has to start over."""

    def __init__(self, monkeypatch, ticks):
        self.paused = threading.Event()
        self._ticks = ticks
        self._schedulers, self._pausing = [], []
        self._init, self._conclude = Scheduler.__init__, Crew.conclude
        monkeypatch.setattr(Scheduler, "__init__", lambda *given, **more: self._note(*given, **more))  # noqa: PLW0108  (bound methods are not bound again)
        monkeypatch.setattr(Crew, "conclude", lambda *given: self._concluded(*given))  # noqa: PLW0108

    def _note(self, scheduler, *given, **more):
        self._init(scheduler, *given, **more)
        self._schedulers.append(scheduler)

    def _concluded(self, crew, member, error):
        self._conclude(crew, member, error)
        if isinstance(crew._error, StartOver) and not self._pausing:
            self._pausing.append(asyncio.get_running_loop().create_task(self._pause()))

    async def _pause(self):
        for _ in range(self._ticks):
            await asyncio.sleep(0)
        [download] = self._schedulers[0]._records.all()
        await self._schedulers[0].stop(download, Trigger.PAUSE)
        self.paused.set()


@pytest.mark.parametrize("ticks", range(4))
def test_a_pause_is_heard_while_a_file_starts_over(origin, downloads, monkeypatch, ticks):
    """A group of tasks that ends just then raises its own errors, and not the cancel."""
    hold, pauser = threading.Event(), Pauser(monkeypatch, ticks)
    opening, new = [paced(dated(DATA, 1), rate=RATE)], dated(Generated(SIZE, seed=7), 2)

    def reply(request):
        if opening:
            return opening.pop()
        return gated(new, hold, after=500_000) if request.headers["range"].startswith("bytes=0-") else new

    origin.serve("/a", reply)
    with rheo.sync.DownloadManager(directory=downloads, connections=2) as manager:
        handle = manager.add(origin.url("/a"))
        heard = pauser.paused.wait(10)
        hold.set()

    assert heard
    assert handle.state is rheo.DownloadState.PAUSED


def dated(content, day):
    return File(content, etag=f'"{day}"', headers={"Last-Modified": f"Wed, {day:02} Jan 2025 00:00:00 GMT"})


def test_the_result_tells_the_way_there_however_many_connections_went_on_from_its_end(origin, downloads):
    origin.serve("/a", Redirect("/b", status=307))
    origin.serve("/b", paced(tagged(), rate=RATE))

    result = fetch(origin.url("/a"), downloads, connections=4)

    assert result.connections_made > 1
    assert [(one.status, one.url) for one in result.redirects] == [(307, origin.url("/b"))]
