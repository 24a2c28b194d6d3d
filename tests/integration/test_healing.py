"""Links that die at every moment of a download, and what takes their place: never a mixture, never from zero."""

import asyncio
import itertools
import threading

import pytest

import rheo
from origin import File, Generated, Origin, Redirect, Status, cut, gated, paced, page
from rheo.domain.download import DownloadState, WaitReason

NEVER = rheo.RetryPolicy(attempts=0)
MANAGED = rheo.RetryPolicy(attempts=0, waits_for_url=True)
SIZE = 5_000_000
HALF = 2_500_000
DATA = Generated(SIZE)
OTHER = Generated(SIZE, seed=7)


@pytest.fixture
def mirror():
    with Origin() as server:
        yield server


def tagged(content=DATA, **more):
    more.setdefault("etag", '"one"')
    return File(content, **more)


def fetch(url, downloads, **more):
    more.setdefault("retry_policy", NEVER)
    return rheo.download(url, directory=downloads, **more)


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def dying(last, content=DATA):
    """Return replies of a link that brings half a file and then dies."""
    return [cut(tagged(content), after=HALF), last]


def interrupt(origin, downloads, target="/a"):
    origin.serve(target, cut(tagged(), after=HALF))
    with pytest.raises(rheo.NetworkError):
        fetch(origin.url(target), downloads, connections=1)


def managed(downloads, **more):
    more.setdefault("retry_policy", rheo.RetryPolicy(attempts=3, base=0.001, ceiling=0.002, waits_for_url=True))
    return rheo.sync.DownloadManager(directory=downloads, connections=1, **more)


def needs_url(handle):
    """Wait until it waits for a URL; return what the wait says."""
    with pytest.raises(rheo.NeedsNewUrlError):
        handle.wait(timeout=20)
    assert handle.state is DownloadState.WAITING
    assert handle.waiting_for.reason is WaitReason.NEEDS_NEW_URL
    return handle.waiting_for


def links(*urls):
    """Return a function that gives one after the other, and then none."""
    left = iter(urls)
    return lambda _dead: next(left, None)


DEATHS = [
    Status(401),
    Status(403),
    Status(404),
    Status(410),
    page(),
    File(b'{"error": 1}', content_type="application/json"),
]
DEAD = pytest.mark.parametrize("death", DEATHS, ids=["401", "403", "404", "410", "page", "json"])
QUICK = rheo.RetryPolicy(attempts=3, base=0.001, ceiling=0.002)


# --- the URL that the user gave is followed again


@DEAD
def test_a_redirect_is_followed_again_where_its_target_died(origin, downloads, death):
    origin.serve("/a", [Redirect("/old"), Redirect("/new")])
    origin.serve("/old", dying(death))
    origin.serve("/new", tagged())

    result = fetch(origin.url("/a"), downloads, retry_policy=QUICK)  # perhaps there was one connection only

    assert result.path.read_bytes() == DATA.read(0, SIZE)
    assert result.final_url == origin.url("/new")
    assert "range" in origin.requests_for("/new")[0].headers


def test_a_target_whose_time_is_over_is_not_asked_again(origin, downloads):
    turns = itertools.count(1)
    origin.serve("/a", lambda _request: Redirect(f"/signed?Expires={1_000_000_000 + next(turns)}"))
    origin.serve("/signed", paced(tagged(), rate=4e6))

    fetch(origin.url("/a"), downloads, connections=2)

    signed = [request.query for request in origin.requests_for("/signed")]
    assert len(signed) > 1
    assert len(set(signed)) == len(signed)


def test_a_target_that_is_another_file_now_is_not_mixed_in(origin, downloads):
    origin.serve("/a", [Redirect("/old"), Redirect("/new")])
    origin.serve("/old", dying(Status(403)))
    origin.serve("/new", tagged(OTHER, etag='"two"'))
    quick = rheo.RetryPolicy(base=0.001, ceiling=0.002)  # where the old one dies before a second connection began

    result = fetch(origin.url("/a"), downloads, retry_policy=quick)

    assert result.path.read_bytes() == OTHER.read(0, SIZE)


# --- a refresher, asked in the middle


@DEAD
def test_a_function_gives_a_new_url_where_the_link_died_in_the_middle(origin, downloads, death):
    origin.serve("/a", dying(death))
    origin.serve("/b", tagged())
    asked = []

    def refresh(dead):
        asked.append(dead)
        return origin.url("/b")

    result = fetch(origin.url("/a"), downloads, connections=1, retry_policy=QUICK, refresh=refresh)

    assert result.path == downloads / "a"
    assert result.path.read_bytes() == DATA.read(0, SIZE)
    assert result.resumed > 0
    (dead,) = asked
    assert (dead.url, dead.final_url) == (origin.url("/a"), origin.url("/a"))
    assert (dead.size, dead.received) == (SIZE, HALF)
    assert dead.status == getattr(death, "status", None)
    first = origin.requests_for("/b")[0].headers["range"]
    assert HALF - 64 * 1024 <= int(first.removeprefix("bytes=").partition("-")[0]) < HALF


def test_a_coroutine_function_runs_on_the_callers_loop(origin, downloads):
    origin.serve("/a", dying(Status(403)))
    origin.serve("/b", tagged())

    async def main():
        loop = asyncio.get_running_loop()

        async def refresh(_dead):
            assert asyncio.get_running_loop() is loop
            return origin.url("/b"), {"X-Key": "opensesame"}

        return await rheo.download_async(
            origin.url("/a"), directory=downloads, connections=1, retry_policy=QUICK, refresh=refresh
        )

    assert asyncio.run(main()).path.read_bytes() == DATA.read(0, SIZE)
    assert {request.headers["x-key"] for request in origin.requests_for("/b")} == {"opensesame"}


@pytest.mark.parametrize("death", DEATHS[:2] + DEATHS[3:4], ids=["401", "403", "410"])
def test_a_link_that_died_in_the_queue_is_refreshed_before_its_first_byte(origin, downloads, death):
    origin.serve("/a", death)
    origin.serve("/b", tagged())

    result = fetch(origin.url("/a"), downloads, refresh=lambda _dead: origin.url("/b"))

    assert result.path == downloads / "a"
    assert result.path.read_bytes() == DATA.read(0, SIZE)


@DEAD
def test_a_link_that_died_between_two_runs_is_refreshed(origin, downloads, death):
    interrupt(origin, downloads)
    origin.serve("/a", death)
    origin.serve("/b", tagged())

    result = fetch(origin.url("/a"), downloads, refresh=lambda _dead: origin.url("/b"))

    assert (result.resumed, result.path.read_bytes()) == (HALF, DATA.read(0, SIZE))
    assert names(downloads) == ["a"]


def test_nobody_is_asked_where_a_mirror_still_works(origin, mirror, downloads):
    origin.serve("/a", dying(Status(403)))
    mirror.serve("/a", paced(tagged(), rate=4e6))
    asked = []

    result = fetch(origin.url("/a"), downloads, mirrors=[mirror.url("/a")], refresh=asked.append)

    assert result.path.read_bytes() == DATA.read(0, SIZE)
    assert asked == []


def test_a_mirror_that_fails_later_leaves_it_to_the_new_link(origin, mirror, downloads):
    origin.serve("/a", Status(410))
    mirror.serve("/a", dying(Status(404)))
    origin.serve("/b", tagged())

    result = fetch(
        origin.url("/a"),
        downloads,
        mirrors=[mirror.url("/a")],
        connections=1,
        retry_policy=QUICK,
        refresh=lambda _dead: origin.url("/b"),
    )

    assert result.path.read_bytes() == DATA.read(0, SIZE)


# --- the new link proves that it is of the same file


def test_a_new_link_of_another_file_is_not_taken_and_the_part_is_kept(origin, downloads):
    interrupt(origin, downloads)
    origin.serve("/a", Status(403))
    origin.serve("/b", tagged(OTHER))

    with pytest.raises(rheo.NeedsNewUrlError, match="does not go on with what came"):
        fetch(origin.url("/a"), downloads, refresh=lambda _dead: origin.url("/b"))

    assert names(downloads) == ["a.part", "a.part.json"]
    origin.serve("/a", tagged())
    assert fetch(origin.url("/a"), downloads).resumed == HALF


@pytest.mark.parametrize(
    "wrong", [tagged(Generated(SIZE + 1)), tagged(ranges=False), page()], ids=["size", "unranged", "page"]
)
def test_a_new_link_without_the_rest_is_asked_about_again(origin, downloads, wrong):
    interrupt(origin, downloads)
    origin.serve("/a", Status(403))
    origin.serve("/wrong", wrong)
    origin.serve("/right", tagged())

    result = fetch(origin.url("/a"), downloads, refresh=links(origin.url("/wrong"), origin.url("/right")))

    assert (result.resumed, result.path.read_bytes()) == (HALF, DATA.read(0, SIZE))


def test_a_new_link_is_asked_over_one_connection_until_it_has_proven_itself(origin, downloads):
    interrupt(origin, downloads)
    alike = bytearray(DATA.read(0, SIZE))
    alike[HALF - 1] ^= 1
    origin.serve("/a", Status(403))
    origin.serve("/b", paced(tagged(bytes(alike)), rate=200_000))

    with pytest.raises(rheo.NeedsNewUrlError, match="does not go on"):
        fetch(origin.url("/a"), downloads, refresh=links(origin.url("/b")))

    assert len(origin.requests_for("/b")) == 1
    assert names(downloads) == ["a.part", "a.part.json"]


def test_links_that_die_at_once_are_asked_for_three_times_and_no_more(origin, downloads):
    origin.serve("/a", Status(403))
    asked = []

    def refresh(dead):
        asked.append(dead)
        return origin.url("/a")

    with pytest.raises(rheo.NeedsNewUrlError):
        fetch(origin.url("/a"), downloads, refresh=refresh)

    assert len(asked) == 3


def test_links_that_live_long_enough_are_followed_as_often_as_it_takes(origin, downloads):
    used = set()

    def once(request):
        if request.query in used:
            return Status(403)
        used.add(request.query)
        return cut(tagged(), after=800_000)

    origin.serve("/a", once)
    asked = []

    def refresh(dead):
        asked.append(dead.received)
        return origin.url(f"/a?{len(asked)}")

    result = fetch(origin.url("/a"), downloads, connections=1, retry_policy=QUICK, refresh=refresh)

    assert result.path.read_bytes() == DATA.read(0, SIZE)
    assert len(asked) > 5
    assert asked == sorted(asked)


# --- a refresher that is of no help


@pytest.mark.parametrize(
    ("refresh", "said"),
    [
        (lambda _dead: None, "no new one was found"),
        (lambda _dead: 1 / 0, "failed: ZeroDivisionError"),
        (lambda _dead: 5, "gave no URL"),
        (lambda _dead: "ftp://x.example/", "rheo fetches http and https"),
        (lambda _dead: ("http://x.example/", {"Range": "bytes=0-"}), "rheo asks for ranges itself"),
        (lambda _dead: ("http://x.example/", 7), "names and values"),
    ],
)
def test_what_a_function_cannot_give_is_said(origin, downloads, refresh, said):
    interrupt(origin, downloads)
    origin.serve("/a", Status(403))

    with pytest.raises(rheo.NeedsNewUrlError, match="has expired: status 403") as failure:
        fetch(origin.url("/a"), downloads, refresh=refresh)

    assert said in failure.value.message
    assert f"--resume-from {downloads / 'a.part'}" in failure.value.message
    assert names(downloads) == ["a.part", "a.part.json"]


def test_a_function_that_hangs_is_left_behind(origin, downloads):
    origin.serve("/a", Status(403))
    never = threading.Event()

    with pytest.raises(rheo.NeedsNewUrlError, match=r"did not answer within 0\.05 s"):
        fetch(origin.url("/a"), downloads, refresh=lambda _dead: never.wait(), refresh_timeout=0.05)

    never.set()


def test_what_is_no_function_is_refused_before_anything_is_asked(origin, downloads):
    with pytest.raises(rheo.UsageError, match="refresh must be a function"):
        fetch(origin.url("/a"), downloads, refresh="http://x.example/")
    assert origin.requests == []


# --- who has died, and who never lived


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_what_never_worked_has_not_expired(origin, downloads, status):
    origin.serve("/a", Status(status))

    with pytest.raises(rheo.HttpStatusError):
        fetch(origin.url("/a"), downloads, retry_policy=MANAGED)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_what_says_that_its_time_is_over_has_expired(origin, downloads, status):
    origin.serve("/a", Status(status))

    with pytest.raises(rheo.NeedsNewUrlError, match="it says that it ended at 2001-09-09 01:46:40 UTC"):
        fetch(origin.url("/a?Expires=1000000000"), downloads)


def test_a_clock_is_not_believed_before_a_server(origin, downloads):
    origin.serve("/a", tagged())

    assert fetch(origin.url("/a?Expires=1000000000"), downloads).path.read_bytes() == DATA.read(0, SIZE)


def test_a_policy_that_tries_again_goes_first(origin, downloads):
    interrupt(origin, downloads)
    origin.serve("/a", [Status(403), Status(403), tagged()])
    asked = []

    result = fetch(
        origin.url("/a"),
        downloads,
        retry_policy=rheo.RetryPolicy(base=0.001, ceiling=0.002, statuses={403: True}),
        refresh=asked.append,
    )

    assert (result.resumed, asked) == (HALF, [])


# --- secrets stay where they belong


def test_what_was_given_for_the_first_url_does_not_follow_a_new_link_elsewhere(origin, mirror, downloads):
    origin.serve("/a", dying(Status(403)))
    mirror.serve("/b", tagged())

    fetch(
        origin.url("/a"),
        downloads,
        connections=1,
        retry_policy=QUICK,
        headers={"X-Key": "opensesame"},
        public_headers={"X-Public": "hello"},
        refresh=lambda _dead: (mirror.url("/b"), {"X-New": "sesame"}),
    )

    for request in mirror.requests:
        assert "x-key" not in request.headers
        assert (request.headers["x-public"], request.headers["x-new"]) == ("hello", "sesame")
    assert all("x-new" not in request.headers for request in origin.requests)


def test_a_login_that_expires_is_replaced_at_the_same_url(origin, downloads):
    def guarded(request):
        if request.headers.get("authorization") == "Bearer two":
            return tagged()
        return Status(401) if "if-range" in request.headers else cut(tagged(), after=HALF)

    origin.serve("/a", guarded)

    result = fetch(
        origin.url("/a"),
        downloads,
        connections=1,
        retry_policy=QUICK,
        headers={"Authorization": "Bearer one", "X-Key": "opensesame"},
        refresh=lambda dead: (dead.url, {"Authorization": "Bearer two"}),
    )

    assert result.path.read_bytes() == DATA.read(0, SIZE)
    assert origin.requests[-1].headers["x-key"] == "opensesame"


def test_a_function_that_gives_tokens_is_asked_again_in_the_middle(origin, downloads):
    tokens = iter(["one", "two"])

    def guarded(request):
        shown = request.headers.get("authorization")
        if "if-range" in request.headers:
            return tagged() if shown == "Bearer two" else Status(401)
        return cut(tagged(), after=HALF)

    origin.serve("/a", guarded)

    result = fetch(
        origin.url("/a"), downloads, connections=1, retry_policy=QUICK, login=rheo.Bearer(lambda: next(tokens))
    )

    assert result.path.read_bytes() == DATA.read(0, SIZE)


# --- a manager waits


@DEAD
def test_a_manager_waits_for_a_new_url_and_goes_on_with_the_part(origin, downloads, death):
    origin.serve("/a", dying(death))
    origin.serve("/b", tagged())
    with managed(downloads) as manager:
        handle = manager.add(origin.url("/a"))
        wait = needs_url(handle)
        assert wait.until is None
        assert isinstance(wait.error, rheo.NeedsNewUrlError)
        assert names(downloads) == ["a.part", "a.part.json"]

        handle.replace_url(origin.url("/b"))

        result = handle.wait()
    assert (result.resumed, result.path.read_bytes()) == (HALF, DATA.read(0, SIZE))
    assert (result.url, result.final_url) == (origin.url("/a"), origin.url("/b"))


def test_who_waits_for_a_new_url_holds_no_slot(origin, downloads):
    origin.serve("/a", dying(Status(403)))
    origin.serve("/c", tagged())
    with managed(downloads, max_concurrent=1) as manager:
        needs_url(manager.add(origin.url("/a")))
        assert manager.add(origin.url("/c")).wait().path.read_bytes() == DATA.read(0, SIZE)


def test_a_manager_that_ends_says_that_a_url_was_needed(origin, downloads):
    origin.serve("/a", dying(Status(403)))
    with managed(downloads) as manager:
        handle = manager.add(origin.url("/a"))

    assert handle.state is DownloadState.FAILED
    assert isinstance(handle.error, rheo.NeedsNewUrlError)
    assert names(downloads) == ["a.part", "a.part.json"]


def test_a_wrong_url_is_refused_and_another_one_may_follow(origin, downloads):
    origin.serve("/a", dying(Status(403)))
    origin.serve("/wrong", tagged(OTHER))
    origin.serve("/b", tagged())
    with managed(downloads) as manager:
        handle = manager.add(origin.url("/a"))
        needs_url(handle)
        handle.replace_url(origin.url("/wrong"))
        assert "does not go on with what came" in needs_url(handle).error.message
        handle.replace_url(origin.url("/b"), headers={"X-Key": "opensesame"})
        assert handle.wait().path.read_bytes() == DATA.read(0, SIZE)

    assert origin.requests_for("/b")[-1].headers["x-key"] == "opensesame"


def test_a_paused_download_goes_on_from_another_url(origin, downloads):
    gate = threading.Event()
    origin.serve("/a", gated(tagged(), gate, after=HALF))
    origin.serve("/b", tagged())
    with managed(downloads) as manager:
        handle = manager.add(origin.url("/a"))
        origin.wait_for(lambda server: server.held == 1)
        with pytest.raises(rheo.InvalidTransitionError, match="running download: pause it first"):
            handle.replace_url(origin.url("/b"))
        handle.pause()
        gate.set()
        handle.replace_url(origin.url("/b"))
        assert handle.wait().path.read_bytes() == DATA.read(0, SIZE)
        with pytest.raises(rheo.InvalidTransitionError, match="the file is there already"):
            handle.replace_url(origin.url("/b"))
        with pytest.raises(rheo.InvalidUrlError):
            handle.replace_url("nonsense")


def test_a_download_that_failed_goes_on_from_another_url(origin, downloads):
    origin.serve("/a", Status(404))
    origin.serve("/b", tagged())
    with managed(downloads) as manager:
        handle = manager.add(origin.url("/a"))
        with pytest.raises(rheo.HttpStatusError):
            handle.wait()
        handle.replace_url(origin.url("/b"))
        assert handle.wait().path.name == "a"


def test_a_download_that_waits_for_a_url_can_be_tried_as_it_is(origin, downloads):
    origin.serve("/a", [*dying(Status(403)), Status(403), tagged()])
    with managed(downloads) as manager:
        handle = manager.add(origin.url("/a"))
        needs_url(handle)
        handle.resume()
        assert handle.wait().resumed == HALF


@pytest.mark.parametrize("end", ["cancel", "pause", "remove"])
def test_who_stops_a_download_stops_asking_for_its_url(origin, downloads, end):
    asked, never = threading.Event(), threading.Event()

    def refresh(_dead):
        asked.set()
        never.wait()

    waiting = threading.Event()
    with managed(downloads, retry_policy=MANAGED) as manager:
        manager.on(rheo.DownloadWaiting, lambda _event: waiting.set())
        interrupt(origin, downloads)
        origin.serve("/a", Status(403))
        handle = manager.add(origin.url("/a"), refresh=refresh)
        assert asked.wait(20)
        assert waiting.wait(20)
        assert handle.waiting_for.reason is WaitReason.REFRESHING
        getattr(handle, end)()
        assert handle.state is (DownloadState.PAUSED if end == "pause" else DownloadState.CANCELLED)
        never.set()
    assert names(downloads) == (["a.part", "a.part.json"] if end == "pause" else [])


def test_a_manager_is_told_of_every_step(origin, downloads):
    origin.serve("/a", dying(Status(403)))
    origin.serve("/b", tagged())
    told = []
    with managed(downloads) as manager:
        manager.on(rheo.DownloadWaiting, lambda event: told.append(event.wait.reason))
        handle = manager.add(origin.url("/a"), refresh=links(None, origin.url("/b")))
        needs_url(handle)
        handle.resume()
        handle.wait()

    assert told == [WaitReason.BACKOFF, WaitReason.REFRESHING, WaitReason.NEEDS_NEW_URL, WaitReason.REFRESHING]


def test_a_part_that_only_the_answer_leads_to_is_not_given_up_for_another_file(origin, downloads):
    named = {"Content-Disposition": 'attachment; filename="b.bin"'}
    origin.serve("/a", cut(tagged(headers=named), after=HALF))
    with pytest.raises(rheo.NetworkError):
        fetch(origin.url("/a"), downloads, connections=1)
    origin.serve("/a", Status(403))
    origin.serve("/wrong", tagged(OTHER, headers=named))
    origin.serve("/b", tagged(headers=named))

    result = fetch(origin.url("/a"), downloads, refresh=links(origin.url("/wrong"), origin.url("/b")))

    assert (result.path.name, result.resumed) == ("b.bin", HALF)
    assert result.path.read_bytes() == DATA.read(0, SIZE)


def test_many_links_that_died_together_are_asked_about_a_few_at_a_time(origin, downloads):
    origin.serve("/dead", Status(403))
    origin.serve("/b", File(b"whole"))
    lock, most, now = threading.Lock(), [0], [0]
    eight, gate = threading.Event(), threading.Event()

    def refresh(_dead):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
            if now[0] == 8:
                eight.set()
        gate.wait(20)
        with lock:
            now[0] -= 1
        return origin.url("/b")

    with managed(downloads) as manager:
        handles = manager.add_many([origin.url(f"/dead?{number}") for number in range(20)], refresh=refresh)
        assert eight.wait(20)
        assert manager.add(origin.url("/b")).wait().size == 5
        gate.set()
        assert all(handle.wait().size == 5 for handle in handles)

    assert most == [8]


def test_a_mirror_that_breaks_does_not_hide_that_the_link_died(origin, mirror, downloads):
    interrupt(origin, downloads)
    origin.serve("/a", Status(403))
    mirror.serve("/a", Status(503))
    origin.serve("/b", tagged())

    result = fetch(origin.url("/a"), downloads, mirrors=[mirror.url("/a")], refresh=links(origin.url("/b")))

    assert (result.resumed, result.path.read_bytes()) == (HALF, DATA.read(0, SIZE))


def test_no_secret_of_a_link_is_told_to_anybody_else(origin, mirror, downloads, caplog):
    """Invariant 8: neither in logs, events and errors, nor beside the part, nor at another origin."""
    secrets = ["opensesame", "rosebud", "swordfish"]
    caplog.set_level("DEBUG")
    origin.serve("/a", dying(Status(403)))
    mirror.serve("/b", [*dying(Status(403))])
    origin.serve("/c", tagged())
    told = []
    with managed(downloads) as manager:
        manager.on(rheo.DownloadWaiting, told.append)
        handle = manager.add(origin.url("/a"), headers={"X-Key": "rosebud"})
        needs_url(handle)
        handle.replace_url(
            mirror.url("/b?signature=swordfish").replace("//", "//ann:opensesame@"), headers={"X-New": "opensesame"}
        )
        wait = needs_url(handle)
        beside = "".join(path.read_text(errors="replace") for path in downloads.glob("*.json"))
        handle.replace_url(origin.url("/c"))
        handle.wait()

    text = f"{caplog.text}{told!r}{handle!r}{wait!r}{wait.error.message}{beside}"
    assert [secret for secret in secrets if secret in text] == []
    assert all("x-key" not in request.headers for request in mirror.requests)
    assert all("x-new" not in request.headers for request in origin.requests)
    assert mirror.requests_for("/b")[-1].headers["x-new"] == "opensesame"
