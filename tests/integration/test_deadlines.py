"""Every wait has an end: connecting, TLS, the answer's beginning, its body, one attempt, the whole download."""

import socket
import threading
import time

import pytest

import rheo
from origin import (
    Close,
    Closed,
    File,
    Generated,
    Origin,
    Pause,
    Script,
    Status,
    Wait,
    gated,
    paced,
    stalled,
    trickle,
)
from origin.steps import steps_of

QUICK = rheo.RetryPolicy(base=0.001, ceiling=0.002)
NEVER = rheo.RetryPolicy(attempts=0)
CLOSING = Script((Close(),))
"""Reads the request, and closes without a word."""


def content(size=100_000, seed=1):
    return Generated(size, seed).read(0, size)


def fetch(url, downloads, **more):
    more.setdefault("retry_policy", NEVER)
    return rheo.download(url, directory=downloads, **more)


@pytest.fixture
def mute():
    """A place that takes connections and says nothing: neither TLS nor HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def full():
    """A place that takes no connection, and refuses none."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, socket.socket() as first:
        first.connect(listener.getsockname())
        with socket.socket() as second:
            second.settimeout(0)
            with pytest.raises(BlockingIOError):
                second.connect(listener.getsockname())
            yield listener.getsockname()[1]


# --- one wait each


def test_connecting(full, downloads):
    with pytest.raises(rheo.ConnectTimeoutError, match=rf"127.0.0.1:{full}: no connection within 0.2 s"):
        fetch(f"http://127.0.0.1:{full}/a", downloads, connect_timeout=0.2)


def test_tls(mute, downloads):
    with pytest.raises(rheo.ConnectTimeoutError, match=rf"127.0.0.1:{mute}: connected, but no TLS within 0.2 s"):
        fetch(f"https://127.0.0.1:{mute}/a", downloads, tls_timeout=0.2)


def test_the_answers_beginning(mute, downloads):
    with pytest.raises(rheo.FirstByteTimeoutError, match=r"no answer within 0\.2 s"):
        fetch(f"http://127.0.0.1:{mute}/a", downloads, first_byte_timeout=0.2)


def test_the_bodys_progress(origin, downloads):
    origin.serve("/a.bin", stalled(File(content()), after=5000))
    with pytest.raises(rheo.StallError, match=r"less than 1024 bytes in 0\.3 s"):
        fetch(origin.url("/a.bin"), downloads, stall_timeout=0.3)


def test_all_four_at_once(mute, downloads):
    with pytest.raises(rheo.FirstByteTimeoutError, match=r"no answer within 0\.2 s"):
        fetch(f"http://127.0.0.1:{mute}/a", downloads, timeout=0.2)


def test_one_attempt(origin, downloads):
    origin.serve("/a.bin", trickle(File(content()), size=2000, every=0.05))
    with pytest.raises(rheo.AttemptTimeoutError, match=r"not done within the 0\.4 s of one attempt"):
        fetch(origin.url("/a.bin"), downloads, attempt_timeout=0.4)


def test_an_attempt_that_took_too_long_is_followed_by_one_that_goes_on(origin, downloads):
    origin.serve("/a.bin", [stalled(File(content(), etag='"one"'), after=80_000), File(content(), etag='"one"')])

    result = fetch(origin.url("/a.bin"), downloads, attempt_timeout=0.4, retry_policy=QUICK)

    assert result.path.read_bytes() == content()
    assert int(origin.requests[1].headers["range"].split("=")[1].split("-")[0]) > 60_000


# --- least speed


def test_a_connection_below_the_lowest_speed_is_replaced_and_the_file_goes_on(origin, downloads):
    slow = trickle(File(content(300_000), etag='"one"'), size=6000, every=0.05)  # 120 kB/s: far above 1 KiB
    origin.serve("/a.bin", [slow, File(content(300_000), etag='"one"')])

    result = fetch(origin.url("/a.bin"), downloads, lowest_speed_limit="400K", stall_timeout=0.5, retry_policy=QUICK)

    assert result.path.read_bytes() == content(300_000)
    assert result.seconds < 2
    assert [request.connection for request in origin.requests] == [1, 2]
    assert int(origin.requests[1].headers["range"].split("=")[1].split("-")[0]) > 0


def test_one_of_several_connections_is_replaced_while_the_others_go_on(origin, downloads):
    data = content(6_000_000)

    def reply(request):
        file = File(data, etag='"one"')
        late = request.headers.get("range", "").split("=")[-1].startswith("0-")
        return trickle(file, size=3000, every=0.05) if late else paced(file, rate=3_000_000)

    origin.serve("/a.bin", reply)

    result = fetch(origin.url("/a.bin"), downloads, connections=2, lowest_speed_limit="400K", stall_timeout=0.5)

    assert result.path.read_bytes() == data
    assert result.seconds < 10


def test_a_connection_above_the_lowest_speed_stays(origin, downloads):
    origin.serve("/a.bin", paced(File(content(300_000)), rate=400_000))

    fetch(origin.url("/a.bin"), downloads, lowest_speed_limit="100K", stall_timeout=0.3)

    assert len(origin.requests) == 1


# --- the whole download


def test_the_whole_download_and_what_came_is_kept(origin, downloads):
    data = content(2_000_000)
    origin.serve("/a.bin", stalled(File(data, etag='"one"'), after=500_000))

    with pytest.raises(rheo.TimeLimitError, match=r"not done within 0.6 s \(max_time\)$"):
        fetch(origin.url("/a.bin"), downloads, max_time=0.6, connections=1, retry_policy=QUICK)
    origin.serve("/a.bin", File(data, etag='"one"'))

    result = fetch(origin.url("/a.bin"), downloads, max_time=20)
    assert result.resumed > 0
    assert result.path.read_bytes() == data


def test_every_try_counts(origin, downloads):
    origin.serve("/a.bin", stalled(File(content(), etag='"one"'), after=100))
    began = time.monotonic()

    with pytest.raises(rheo.TimeLimitError):
        fetch(origin.url("/a.bin"), downloads, max_time=1.0, stall_timeout=0.3, retry_policy=QUICK)

    assert len(origin.requests) > 1
    assert time.monotonic() - began < 3


def test_a_wait_that_would_outlast_it_is_not_begun(origin, downloads):
    origin.serve("/a.bin", Status(503, headers={"Retry-After": "5"}))
    began = time.monotonic()

    with pytest.raises(rheo.HttpStatusError, match="max_time ends before another try could begin"):
        fetch(origin.url("/a.bin"), downloads, max_time=3, retry_policy=rheo.RetryPolicy())

    assert time.monotonic() - began < 2


def test_its_time_begins_anew_where_somebody_resumes_it(origin, downloads):
    origin.serve("/a.bin", [stalled(File(content(), etag='"one"'), after=80_000), File(content(), etag='"one"')])
    with rheo.sync.DownloadManager(directory=downloads, max_time=0.5) as manager:
        handle = manager.add(origin.url("/a.bin"))
        with pytest.raises(rheo.TimeLimitError):
            handle.wait()
        handle.resume()
        assert handle.wait().size == 100_000


def test_one_that_is_done_in_time_hears_nothing_of_it(origin, downloads):
    origin.serve("/a.bin", File(content()))
    with rheo.sync.DownloadManager(directory=downloads, max_time=0.2) as manager:
        results = [manager.add(origin.url("/a.bin"), output=str(number)).wait() for number in range(5)]
        time.sleep(0.3)
        assert all(result.size == 100_000 for result in results)
        assert manager.add(origin.url("/a.bin"), output="late").wait().size == 100_000


# --- connections that are kept


def test_a_kept_connection_that_turns_out_dead_costs_one_silent_request_more(origin, downloads):
    origin.serve("/a", Closed(File(b"x")))
    with rheo.sync.DownloadManager(directory=downloads, retry_policy=NEVER) as manager:
        for number in range(5):
            assert manager.add(origin.url("/a"), output=str(number)).wait().size == 1


def test_an_answer_that_ends_before_it_began_is_asked_for_again_where_the_connection_was_kept(origin, downloads):
    """The server read the request, and closed as it would have anyway: which of both came first nobody can tell."""
    origin.serve("/first", File(b"x"))
    origin.serve("/second", [CLOSING, File(b"y")])
    with rheo.sync.DownloadManager(directory=downloads, retry_policy=NEVER) as manager:
        manager.add(origin.url("/first")).wait()
        assert manager.add(origin.url("/second")).wait().size == 1
    assert [request.path for request in origin.requests] == ["/first", "/second", "/second"]


def test_the_same_over_a_new_connection_is_an_error(origin, downloads):
    origin.serve("/second", [CLOSING, File(b"y")])
    with pytest.raises(rheo.ConnectionLostError):
        fetch(origin.url("/second"), downloads)
    assert len(origin.requests) == 1


@pytest.mark.parametrize("setting", ["connection_age", "idle_timeout"])
def test_a_connection_is_not_used_beyond_its_time(origin, downloads, setting):
    """libcurl counts whole seconds, so that here they have to pass."""
    origin.serve("/a", File(b"x"))
    with rheo.sync.DownloadManager(directory=downloads, **{setting: 1}) as manager:
        for number in range(3):
            manager.add(origin.url("/a"), output=str(number)).wait()
        assert origin.connections == 1
        time.sleep(2.1)
        manager.add(origin.url("/a"), output="late").wait()
    assert origin.connections == 2


def test_all_connections_together_are_bounded(origin, downloads):
    for number in range(6):
        origin.serve(f"/{number}", paced(File(content(200_000)), rate=1_000_000))
    with rheo.sync.DownloadManager(directory=downloads, max_connections=2) as manager:
        handles = manager.add_many([origin.url(f"/{number}") for number in range(6)])
        assert [handle.wait().size for handle in handles] == [200_000] * 6
    assert origin.peak == 2


def test_connections_of_one_file_count_too(origin, downloads):
    origin.serve("/a", paced(File(content(4_000_000), etag='"one"'), rate=3_000_000))
    result = fetch(origin.url("/a"), downloads, max_connections=3, connections=8)
    assert result.size == 4_000_000
    assert 1 < origin.peak <= 3


# --- an address that accepts and stays silent


def both(port):
    """Two addresses of one host."""
    return [f"two.example:{port}:127.0.0.1", f"two.example:{port}:127.0.0.2"]


def late(request):
    yield Pause(1.0)
    yield from steps_of(File(content()), request)


def test_another_address_serves_where_one_stays_silent(downloads):
    with Origin(host="127.0.0.2") as origin:
        origin.serve("/a", File(content()))
        with socket.create_server(("127.0.0.1", origin.port)):
            result = fetch(
                f"http://two.example:{origin.port}/a",
                downloads,
                resolve=[f"two.example:{origin.port}:127.0.0.1", f"two.example:{origin.port}:127.0.0.2"],
                first_byte_timeout=0.3,
            )
    assert result.path.read_bytes() == content()
    assert result.address == "127.0.0.2"
    assert result.seconds < 3


def test_another_address_serves_where_one_speaks_no_tls(downloads, authority, ca_file):
    with Origin(host="127.0.0.2", tls=authority.context("two.example")) as origin:
        origin.serve("/a", File(content()))
        with socket.create_server(("127.0.0.1", origin.port)):
            result = fetch(
                f"https://two.example:{origin.port}/a",
                downloads,
                ca_file=ca_file,
                resolve=[f"two.example:{origin.port}:127.0.0.1", f"two.example:{origin.port}:127.0.0.2"],
                tls_timeout=0.3,
            )
    assert result.address == "127.0.0.2"
    assert result.seconds < 3


def test_an_address_that_stays_silent_is_left_out_from_then_on(downloads):
    with Origin(host="127.0.0.2") as origin, socket.create_server(("127.0.0.1", origin.port)):
        origin.serve("/a", File(content()))
        given = [f"two.example:{origin.port}:127.0.0.{last}" for last in (1, 2)]
        with rheo.sync.DownloadManager(directory=downloads, resolve=given, first_byte_timeout=0.5) as manager:
            url = f"http://two.example:{origin.port}/a"
            first = manager.add(url, output="1").wait()
            seconds = [manager.add(url, output=f"later {number}").wait().seconds for number in range(3)]
    assert first.address == "127.0.0.2"
    assert max(seconds) < 0.4


def test_an_address_that_says_nothing_to_tls_is_left_soon_for_another_one(downloads, authority, ca_file, monkeypatch):
    monkeypatch.setattr("rheo.transport.curl.transport.SILENCE", 0.3)
    with Origin(host="127.0.0.2", tls=authority.context("two.example")) as origin:
        origin.serve("/a", File(content()))
        with socket.create_server(("127.0.0.1", origin.port)):
            url = f"https://two.example:{origin.port}/a"
            result = fetch(url, downloads, ca_file=ca_file, resolve=both(origin.port))
    assert result.address == "127.0.0.2"
    assert result.seconds < 3


def test_an_address_has_the_whole_time_for_its_first_byte_though_there_is_another_one(downloads, monkeypatch):
    monkeypatch.setattr("rheo.transport.curl.transport.SILENCE", 0.3)
    with Origin() as origin, socket.create_server(("127.0.0.2", origin.port)):
        origin.serve("/a", late)
        result = fetch(f"http://two.example:{origin.port}/a", downloads, resolve=both(origin.port))
        assert len(origin.requests) == 1
    assert result.address == "127.0.0.1"


def test_an_address_has_answered_once_its_head_has_come(downloads, authority, ca_file, monkeypatch):
    monkeypatch.setattr("rheo.transport.curl.transport.SILENCE", 0.3)
    gate, greeted, begun = threading.Event(), threading.Event(), threading.Event()
    settings = {"ca_file": ca_file, "retry_policy": NEVER, "tls_timeout": 3}
    with (
        Origin(tls=authority.context("two.example")) as origin,
        socket.create_server(("127.0.0.2", origin.port)),
        rheo.sync.DownloadManager(directory=downloads, resolve=both(origin.port), **settings) as manager,
    ):
        origin.serve("/first", gated(File(content()), gate, after=50_000))
        origin.serve("/second", File(content()))
        first = manager.add(f"https://two.example:{origin.port}/first")
        manager.on(rheo.ProgressSampled, lambda event: event.progress.received and begun.set())
        assert begun.wait(5)
        origin.greet(Wait(greeted))
        handle = manager.add(f"https://two.example:{origin.port}/second")
        origin.wait_for(lambda origin: origin.held == 2)
        threading.Timer(1.0, greeted.set).start()
        second = handle.wait()
        gate.set()
        first.wait()
    assert second.address == "127.0.0.1"


def test_an_address_that_refuses_makes_nobody_wait(downloads):
    with Origin(host="127.0.0.2") as origin:
        origin.serve("/a", File(content()))
        where = f"two.example:{origin.port}"
        result = fetch(f"http://{where}/a", downloads, resolve=[f"{where}:127.0.0.1", f"{where}:127.0.0.2"])
    assert (result.address, result.seconds < 1) == ("127.0.0.2", True)
