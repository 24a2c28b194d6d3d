"""A host that refuses, asks to wait, or wants to be asked slowly: what all downloads together ask of it."""

import itertools
import logging
import re
import threading
import time
from collections import Counter

import pytest

import rheo
from origin import Amended, File, Generated, Limited, Origin, Redirect, Status, gated, paced

DATA = b"x" * 10_240
BUSY = Status(503, headers={"Retry-After": "30"})


@pytest.fixture
def other():
    """Another host."""
    with Origin() as server:
        yield server


def serve_many(origin, count, reply):
    for number in range(count):
        origin.serve(f"/{number}", reply)
    return [origin.url(f"/{number}") for number in range(count)]


def fetch_all(urls, downloads, **more):
    with rheo.sync.DownloadManager(directory=downloads, **more) as manager:
        return [handle.wait() for handle in manager.add_many(urls)]


def gaps(origin):
    times = [request.time for request in origin.requests]
    return [later - sooner for sooner, later in itertools.pairwise(times)]


def after_refusal(origin, target):
    """Return how long after the first request for a target each later request came, whatever it was for."""
    first = next(request.time for request in origin.requests if request.target == target)
    return [request.time - first for request in origin.requests if request.time > first]


def wait_until(holds, seconds=5.0):
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends
        threading.Event().wait(0.005)


# --- a limit of requests a second


@pytest.mark.parametrize("refusal", [Status(429), Status(429, headers={"Retry-After": "1"}), Status(503)])
def test_all_files_come_from_a_host_with_a_hidden_limit_and_none_is_refused_thrice(origin, downloads, refusal):
    limit = Limited(20, refusal)
    urls = serve_many(origin, 60, limit(File(DATA)))

    began = time.monotonic()
    results = fetch_all(urls, downloads, retry=3)

    assert all(result.path.read_bytes() == DATA for result in results)
    assert limit.refused, "nothing was tested"
    assert max(limit.refused.values()) <= 2
    assert time.monotonic() - began < 12


def test_refusals_that_only_say_slow_down_are_no_tries(origin, downloads):
    limit = Limited(5)
    urls = serve_many(origin, 16, limit(File(DATA)))

    fetch_all(urls, downloads, retry=1)

    assert limit.refused


def test_a_host_that_is_out_of_order_for_a_while_is_tried_by_one_at_a_time(origin, downloads):
    times = []

    def answer(_request):
        times.append(time.monotonic())
        return Status(503) if len(times) > 20 and times[-1] - times[20] < 2.2 else File(DATA)

    urls = serve_many(origin, 60, answer)

    fetch_all(urls, downloads, retry=1)

    assert len(origin.requests) <= 60 + 14


def test_where_nothing_is_tried_again_a_refusal_is_an_error(origin, downloads):
    limit = Limited(2)
    urls = serve_many(origin, 4, limit(File(DATA)))

    with rheo.sync.DownloadManager(directory=downloads, retry=0) as manager:
        handles = manager.add_many(urls)
        manager.wait()
        failed = [handle for handle in handles if handle.state is rheo.DownloadState.FAILED]

    assert len(failed) == sum(limit.refused.values()) > 0


def test_a_host_that_always_refuses_ends_by_the_number_of_tries(origin, downloads):
    origin.serve("/a", Status(429))

    with pytest.raises(rheo.HttpStatusError, match="gave up after 3 tries"):
        rheo.download(origin.url("/a"), directory=downloads, retry=2)

    assert len(origin.requests) == 3


@pytest.mark.parametrize("moment", ["0", "-5", "Mon, 01 Jan 1990 00:00:00 GMT"])
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_host_that_says_now_and_takes_nothing_is_not_hammered(origin, downloads, status, moment):
    urls = serve_many(origin, 10, Status(status, headers={"Retry-After": moment}))

    with rheo.sync.DownloadManager(directory=downloads) as manager:
        handles = manager.add_many(urls)
        origin.wait_for(lambda server: len(server.requests) >= 10)
        threading.Event().wait(0.5)
        assert len(origin.requests) <= 12
        for handle in handles:
            handle.remove()


def test_segments_are_asked_for_no_faster_than_the_host_takes_them(origin, downloads):
    limit = Limited(6)
    data = Generated(6_000_000)
    origin.serve("/a", limit(paced(File(data, etag='"1"'), rate=1e6)))

    result = rheo.download(origin.url("/a"), directory=downloads)

    assert result.path.read_bytes() == data.read(0, data.size)
    assert limit.refused["/a"] <= 20


@pytest.mark.parametrize("refusal", [Status(429), Status(503), Status(503, headers={"Retry-After": "1"})])
def test_one_file_that_is_always_refused_does_not_slow_the_others_for_long(origin, downloads, refusal):
    urls = serve_many(origin, 60, File(DATA))
    origin.serve("/broken", refusal)

    with rheo.sync.DownloadManager(directory=downloads) as manager:
        began = time.monotonic()
        handles = manager.add_many([*urls[:20], origin.url("/broken"), *urls[20:]])
        broken = handles.pop(20)
        assert all(handle.wait(timeout=15).size == len(DATA) for handle in handles)
        assert time.monotonic() - began < 8
        broken.cancel()


# --- a host that asks to wait


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_a_wait_holds_for_all_downloads_of_the_host(origin, downloads, status):
    origin.serve("/first", [Status(status, headers={"Retry-After": "1"}), File(DATA)])
    urls = serve_many(origin, 5, File(DATA))

    fetch_all([origin.url("/first"), *urls], downloads, max_concurrent=1, retry_on=["403"])

    assert len(origin.requests) == 7
    assert min(after_refusal(origin, "/first")) >= 1


@pytest.mark.parametrize(
    "fields",
    [
        {"RateLimit": '"default";r=0;t=1'},
        {"RateLimit-Remaining": "0", "RateLimit-Reset": "1"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"},
    ],
)
def test_a_quota_that_is_used_up_is_waited_for(origin, downloads, fields):
    origin.serve("/first", Amended(File(DATA), fields))
    urls = serve_many(origin, 5, File(DATA))

    fetch_all([origin.url("/first"), *urls], downloads, max_concurrent=1)

    assert min(after_refusal(origin, "/first")) >= 1


def test_who_waits_for_a_host_holds_no_slot(origin, other, downloads):
    urls = serve_many(origin, 6, BUSY)
    other.serve("/a", File(DATA))

    with rheo.sync.DownloadManager(directory=downloads, max_concurrent=2) as manager:
        waiting = manager.add_many(urls)
        origin.wait_for(lambda server: len(server.requests) >= 1)
        assert manager.add(other.url("/a")).wait(timeout=5).size == len(DATA)
        for handle in waiting:
            handle.cancel()

    assert len(origin.requests) <= 2


def test_a_redirect_to_a_host_that_asked_to_wait_gives_its_slot_back(origin, other, downloads):
    origin.serve("/busy", BUSY)
    for number in range(3):
        other.serve(f"/{number}", Redirect(origin.url(f"/{number}")))
    other.serve("/a", File(DATA))

    with rheo.sync.DownloadManager(directory=downloads, max_concurrent=1) as manager:
        busy = manager.add(origin.url("/busy"))
        wait_until(lambda: busy.state is rheo.DownloadState.WAITING)
        led = manager.add_many([other.url(f"/{number}") for number in range(3)])
        assert manager.add(other.url("/a")).wait(timeout=5).size == len(DATA)
        wait_until(lambda: all(handle.state is rheo.DownloadState.WAITING for handle in led))
        assert {handle.waiting_for.reason.value for handle in led} == {"retry_after"}
        assert {handle.waiting_for.error.code for handle in led} == {"host_closed"}
        for handle in (busy, *led):
            handle.cancel()

    assert [request.target for request in origin.requests] == ["/busy"]


def test_who_is_led_to_a_slow_host_leaves_slots_to_others(origin, other, downloads):
    limit = Limited(5)
    for number in range(40):
        origin.serve(f"/{number}", limit(File(DATA)))
        other.serve(f"/{number}", Redirect(origin.url(f"/{number}")))

    with (
        Origin() as third,
        rheo.sync.DownloadManager(directory=downloads, max_concurrent=3) as manager,
    ):
        slow = manager.add_many([other.url(f"/{number}") for number in range(40)])
        wait_until(lambda: limit.refused)
        third.serve("/other", File(DATA))
        for number in range(20):
            assert manager.add(third.url(f"/other?{number}")).wait(timeout=2).size == len(DATA)
        assert len(other.requests) < 30
        for handle in slow:
            handle.remove()


def test_a_mirror_takes_over_from_a_host_that_asked_to_wait(origin, other, downloads):
    origin.serve("/busy", BUSY)
    origin.serve("/a", File(DATA))
    other.serve("/a", File(DATA))

    with rheo.sync.DownloadManager(directory=downloads) as manager:
        busy = manager.add(origin.url("/busy"))
        wait_until(lambda: busy.state is rheo.DownloadState.WAITING)
        assert manager.add(origin.url("/a"), mirrors=[other.url("/a")]).wait(timeout=5).size == len(DATA)
        busy.cancel()

    assert origin.requests_for("/a") == []


@pytest.mark.parametrize("act", ["pause", "cancel", "remove"])
def test_who_stands_aside_can_be_stopped_at_once(origin, downloads, act):
    urls = serve_many(origin, 3, BUSY)

    with rheo.sync.DownloadManager(directory=downloads, max_concurrent=1) as manager:
        first, *others = manager.add_many(urls)
        wait_until(lambda: first.state is rheo.DownloadState.WAITING)
        began = time.monotonic()
        for handle in (first, *others):
            getattr(handle, act)()
        assert time.monotonic() - began < 1
        if act == "pause":
            assert {handle.state for handle in others} == {rheo.DownloadState.PAUSED}

    assert len(origin.requests) == 1


def test_a_wait_that_takes_long_is_shown_by_all_who_wait(origin, downloads):
    urls = serve_many(origin, 4, Status(503, headers={"Retry-After": "7200"}))

    with rheo.sync.DownloadManager(directory=downloads, max_concurrent=1) as manager:
        handles = manager.add_many(urls)
        wait_until(lambda: all(handle.state is rheo.DownloadState.WAITING for handle in handles))
        assert {handle.waiting_for.reason.value for handle in handles} == {"retry_after"}
        for handle in handles:
            handle.cancel()

    assert len(origin.requests) == 1


def test_resuming_one_that_waits_tries_the_host_and_the_others_follow(origin, downloads):
    origin.serve("/first", [Status(503, headers={"Retry-After": "40"}), File(DATA)])
    urls = serve_many(origin, 3, File(DATA))

    with rheo.sync.DownloadManager(directory=downloads, max_concurrent=1) as manager:
        first, *others = manager.add_many([origin.url("/first"), *urls])
        wait_until(lambda: first.state is rheo.DownloadState.WAITING)
        first.resume()
        assert all(handle.wait(timeout=10).size == len(DATA) for handle in (first, *others))


def test_who_stands_aside_comes_back_by_its_new_priority(origin, downloads):
    origin.serve("/first", [Status(503, headers={"Retry-After": "1"}), File(DATA)])
    urls = serve_many(origin, 4, File(DATA))

    with rheo.sync.DownloadManager(directory=downloads, max_concurrent=1) as manager:
        first, *others = manager.add_many([origin.url("/first"), *urls])
        wait_until(lambda: first.state is rheo.DownloadState.WAITING)
        others[3].set_priority(1)

    assert [request.target for request in origin.requests if request.target != "/first"] == ["/3", "/0", "/1", "/2"]


def test_others_come_back_where_the_one_before_them_is_stopped_while_it_waits_for_a_slot(origin, other, downloads):
    origin.serve("/first", [Status(503, headers={"Retry-After": "1"}), File(DATA)])
    urls = serve_many(origin, 3, File(DATA))
    gate = threading.Event()
    other.serve("/slow", gated(File(DATA), gate, after=100))

    with rheo.sync.DownloadManager(directory=downloads, max_concurrent=1) as manager:
        first, *others, _ = manager.add_many([origin.url("/first"), *urls, other.url("/slow")])
        wait_until(lambda: first.state is rheo.DownloadState.QUEUED)
        threading.Event().wait(0.3)
        for handle in others:
            handle.pause()
        gate.set()
        assert first.wait(timeout=5).size == len(DATA)
        for handle in others:
            handle.resume()

    assert len(origin.requests) == 5


def test_why_nothing_comes_is_said_once(origin, downloads, caplog):
    urls = serve_many(origin, 5, BUSY)

    with (
        caplog.at_level(logging.WARNING, logger="rheo"),
        rheo.sync.DownloadManager(directory=downloads, max_concurrent=1) as manager,
    ):
        handles = manager.add_many(urls)
        wait_until(lambda: "waiting: " in caplog.text)
        for handle in handles:
            handle.cancel()

    (told,) = [message for message in caplog.messages if "wait" in message]
    assert re.fullmatch(rf"http://127.0.0.1:{origin.port} takes no requests for (29|30|31) s; waiting: 4", told)


# --- a delay, and connections


def test_two_requests_are_never_nearer_than_the_delay(origin, downloads):
    urls = serve_many(origin, 8, File(DATA))

    fetch_all(urls, downloads, request_delay=0.1)

    assert min(gaps(origin)) > 0.09


def test_the_delay_holds_for_segments_too(origin, downloads):
    origin.serve("/a", paced(File(Generated(4_000_000), etag='"1"'), rate=1e6))

    rheo.download(origin.url("/a"), directory=downloads, request_delay=0.1, connections=4)

    assert len(origin.requests) >= 4
    assert min(gaps(origin)) > 0.09


def test_a_host_that_takes_two_at_once_refuses_nobody_thrice(origin, downloads):
    refused = Counter()

    def answer(request):
        if origin.answering <= 2:
            return paced(File(DATA), rate=2e5)
        refused[request.path] += 1
        return Status(503)

    urls = serve_many(origin, 24, answer)

    results = fetch_all(urls, downloads, retry=1)

    assert len(results) == 24
    assert refused
    assert max(refused.values()) <= 2


def test_ordinary_hosts_are_asked_as_before(origin, downloads):
    urls = serve_many(origin, 30, File(DATA))

    began = time.monotonic()
    fetch_all(urls, downloads)

    assert time.monotonic() - began < 5
    assert len(origin.requests) == 30
