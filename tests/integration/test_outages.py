"""Hosts that are down: found so once for all downloads from there, while the others go on."""

import logging
import socket
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest

import rheo
from origin import File, Origin, Part, gated
from origin.steps import Reset
from rheo.application import lookups
from rheo.application.manager import Manager
from rheo.domain.settings import Settings
from rheo.session import Session
from rheo.wishes import policy_for, request_for

DATA = b"x" * 1000
FAST = {"connect_timeout": 0.5, "first_byte_timeout": 0.5, "retry_max_time": 3.0}


@pytest.fixture
def other():
    """Another host."""
    with Origin(host="127.0.0.2") as server:
        server.serve("/a", File(DATA))
        yield server


@contextmanager
def closed_port(host="127.0.0.3"):
    """Yield a port that nobody listens at; it stays taken, so that nobody will."""
    with socket.socket() as taken:
        taken.bind((host, 0))
        yield taken.getsockname()[1]


@contextmanager
def silent_port(host="127.0.0.4"):
    """Yield a port that takes connections and says nothing."""
    with socket.create_server((host, 0), backlog=1000) as listener:
        yield listener.getsockname()[1]


@contextmanager
def full_port(host="127.0.0.5"):
    """Yield a port whose backlog is full, so that connecting to it hangs."""
    with socket.create_server((host, 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)  # noqa: FBT003  (the socket's own call)
            filler.connect_ex((host, port))
        yield port
        for filler in fillers:
            filler.close()


def urls_of(host, port, count):
    return [f"http://{host}:{port}/{number}" for number in range(count)]


def wait_until(holds, seconds=5.0):
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends
        threading.Event().wait(0.005)


@pytest.mark.parametrize(
    ("opened", "host", "code"),
    [
        (closed_port, "127.0.0.3", "connect_failed"),
        (silent_port, "127.0.0.4", "first_byte_timeout"),
        (full_port, "127.0.0.5", "connect_timeout"),
    ],
)
def test_all_downloads_of_a_host_that_is_down_fail_together(downloads, opened, host, code):
    with opened() as port, rheo.sync.DownloadManager(directory=downloads, retry=2, **FAST) as manager:
        handles = manager.add_many(urls_of(host, port, 50))
        began = time.monotonic()
        manager.wait()
        assert time.monotonic() - began < 8
        errors = [handle.error for handle in handles]

    assert {error.code for error in errors} == {code}
    spared = [error.message for error in errors if "not asked again for this file" in error.message]
    assert len(spared) > 30
    assert all(f"{host}:{port}" in message for message in spared)
    assert any(" tries in " in message for message in spared)


def test_a_host_that_hangs_holds_one_slot_and_others_go_on(other, downloads):
    with silent_port() as port, rheo.sync.DownloadManager(directory=downloads, first_byte_timeout=0.5) as manager:
        hanging = manager.add_many(urls_of("127.0.0.4", port, 200))
        began = time.monotonic()
        for number in range(20):
            assert manager.add(other.url(f"/a?{number}")).wait(timeout=5).size == len(DATA)
        assert time.monotonic() - began < 3
        wait_until(lambda: sum(handle.state is rheo.DownloadState.RUNNING for handle in hanging) <= 1)
        for handle in hanging:
            handle.cancel()


def test_all_go_on_once_the_host_is_back(downloads):
    with Origin() as origin, rheo.sync.DownloadManager(directory=downloads) as manager:
        for number in range(30):
            origin.serve(f"/{number}", File(DATA))
        origin.greet(*[Reset()] * 9)
        handles = manager.add_many([origin.url(f"/{number}") for number in range(30)])
        assert all(handle.wait(timeout=15).size == len(DATA) for handle in handles)
        assert origin.connections <= 30


def test_one_download_alone_is_tried_as_ever(downloads):
    with closed_port() as port, pytest.raises(rheo.ConnectError, match="gave up after 3 tries"):
        rheo.download(f"http://127.0.0.3:{port}/a", directory=downloads, retry=2, retry_max_time=20)


def test_who_comes_later_fails_at_once_until_somebody_insists(downloads):
    with closed_port() as port, rheo.sync.DownloadManager(directory=downloads, retry=0) as manager:
        first = manager.add_many(urls_of("127.0.0.3", port, 4))
        manager.wait()
        late = manager.add(f"http://127.0.0.3:{port}/late")
        with pytest.raises(rheo.ConnectError, match="not asked again for this file"):
            late.wait(timeout=1)
        assert all(handle.state is rheo.DownloadState.FAILED for handle in first)
    with Origin(host="127.0.0.6") as origin:
        origin.serve("/a", File(DATA))
        origin.serve("/b", File(DATA))
        origin.greet(*[Reset()] * 3)
        with rheo.sync.DownloadManager(directory=downloads, retry=0) as manager:
            manager.add_many([origin.url(f"/a?{number}") for number in range(3)])
            manager.wait()
            late = manager.add(origin.url("/b"))
            manager.wait()
            assert late.state is rheo.DownloadState.FAILED
            late.resume()
            assert late.wait(timeout=5).size == len(DATA)
            assert manager.add(origin.url("/a?9")).wait(timeout=5).size == len(DATA)


def test_a_mirror_is_asked_where_the_host_is_down(other, downloads):
    with closed_port() as port, rheo.sync.DownloadManager(directory=downloads, retry=0) as manager:
        manager.add_many(urls_of("127.0.0.3", port, 5))
        manager.wait()
        handle = manager.add(f"http://127.0.0.3:{port}/a", mirrors=[other.url("/a")])
        assert handle.wait(timeout=5).size == len(DATA)


def test_data_that_is_not_sent_again_gives_no_host_up(downloads):
    with silent_port() as port, rheo.sync.DownloadManager(directory=downloads, retry=1, **FAST) as manager:
        for url in urls_of("127.0.0.4", port, 3):
            manager.add(url, method="POST", data=b"x")
        manager.wait()
        later = manager.add(f"http://127.0.0.4:{port}/later")
        with pytest.raises(rheo.FirstByteTimeoutError, match="gave up after 2 tries"):
            later.wait(timeout=10)


@pytest.mark.parametrize("act", ["pause", "cancel", "remove"])
def test_who_tries_whether_the_host_is_there_may_be_stopped_and_another_one_tries(downloads, act):
    with silent_port() as port, rheo.sync.DownloadManager(directory=downloads, **FAST) as manager:
        handles = manager.add_many(urls_of("127.0.0.4", port, 20))

        def trying():
            return [handle for handle in handles if handle.state is rheo.DownloadState.RUNNING]

        wait_until(lambda: len(trying()) > 3)
        wait_until(lambda: len(trying()) == 1)
        (first,) = trying()
        handles.remove(first)
        getattr(first, act)()
        wait_until(trying)
        for handle in handles:
            handle.cancel()


def test_that_a_host_is_down_is_said_once(downloads, caplog):
    with (
        closed_port() as port,
        caplog.at_level(logging.WARNING, logger="rheo"),
        rheo.sync.DownloadManager(directory=downloads, retry=1) as manager,
    ):
        manager.add_many(urls_of("127.0.0.3", port, 20))
        manager.wait()

    (told,) = [message for message in caplog.messages if "is down" in message]
    assert told.startswith(f"http://127.0.0.3:{port}: no connection: connection refused; the host is down")


def test_a_host_that_is_only_slow_leaves_half_of_the_slots_to_others(origin, other, downloads):
    gate = threading.Event()
    for number in range(50):
        origin.serve(f"/{number}", gated(File(DATA), gate, after=100))

    with rheo.sync.DownloadManager(directory=downloads) as manager:
        urls = [
            *(origin.url(f"/{number}") for number in range(50)),
            *(other.url(f"/a?{number}") for number in range(50)),
        ]
        handles = manager.add_many(urls)
        slow, quick = handles[:50], handles[50:]
        assert all(handle.wait(timeout=5).size == len(DATA) for handle in quick)
        assert not any(handle.state is rheo.DownloadState.COMPLETED for handle in slow)
        gate.set()
        assert all(handle.wait(timeout=5).size == len(DATA) for handle in slow)


def test_hosts_that_are_silent_each_for_one_file_do_not_block_the_others(other, downloads):
    with ExitStack() as silent, rheo.sync.DownloadManager(directory=downloads) as manager:
        ports = {f"127.0.1.{n}": silent.enter_context(silent_port(f"127.0.1.{n}")) for n in range(1, 31)}
        hanging = manager.add_many([f"http://{host}:{port}/a" for host, port in ports.items()])
        began = time.monotonic()
        quick = manager.add_many([other.url(f"/a?{number}") for number in range(20)])
        assert all(handle.wait(timeout=10).size == len(DATA) for handle in quick)
        assert time.monotonic() - began < 8
        assert all(handle.state is rheo.DownloadState.RUNNING for handle in hanging)
        for handle in hanging:
            handle.cancel()


def test_slots_that_were_lent_are_taken_back_when_an_answer_comes(origin, other, downloads):
    gate = threading.Event()
    origin.serve("/late", gated(File(DATA), gate, after=0, part=Part.HEAD))
    other.serve("/late", gated(File(DATA), gate, after=0, part=Part.HEAD))

    with rheo.sync.DownloadManager(directory=downloads, max_concurrent=1) as manager:
        handles = [manager.add(origin.url("/late")), manager.add(other.url("/late"))]
        wait_until(lambda: all(handle.state is rheo.DownloadState.RUNNING for handle in handles))
        gate.set()
        assert all(handle.wait(timeout=5).size == len(DATA) for handle in handles)
        for number in range(5):
            assert manager.add(other.url(f"/a?{number}")).wait(timeout=5).size == len(DATA)


def test_the_more_hosts_hang_the_sooner_others_have_their_slots(other, downloads):
    with full_port("0.0.0.0") as port, rheo.sync.DownloadManager(directory=downloads) as manager:
        hanging = manager.add_many(f"http://127.9.1.{number}:{port}/a" for number in range(1, 251))
        began = time.monotonic()
        assert manager.add(other.url("/a")).wait(timeout=20).size == len(DATA)
        assert time.monotonic() - began < 10
        for handle in hanging:
            handle.cancel()


# --- names


def fetch_by(lookup, urls, settings):
    """Return how downloads ended, where names are looked up like that: sizes and errors, by URL."""
    ended, more = {}, threading.Event()
    session = Session(settings, policy_for(settings, patient=False), lookup=lookup)
    session.open()
    try:
        outbox = session.subscribe(more.set)
        ids = session.call(
            Manager.add, [request_for(url, settings, {"output": str(n)}) for n, url in enumerate(urls)]
        ).result(5)
        while len(ended) < len(urls):
            assert more.wait(20)
            more.clear()
            for event in outbox.take():
                if isinstance(event, rheo.DownloadCompleted):
                    ended[event.id] = event.result.size
                elif isinstance(event, rheo.DownloadFailed):
                    ended[event.id] = event.error
    finally:
        session.close()
    return {url: ended[download] for url, download in zip(urls, ids, strict=True)}


def test_a_name_that_does_not_exist_is_looked_up_once_for_all_who_want_it(origin, downloads):
    origin.serve("/a", File(DATA))
    asked = []

    def lookup(host):
        asked.append(host)
        if host.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return ["127.0.0.1"]

    urls = [url for n in range(500) for url in (f"http://gone.invalid/{n}", f"http://there.test:{origin.port}/a?{n}")]
    ended = fetch_by(lookup, urls, Settings(directory=downloads, max_concurrent=2))

    assert asked.count("gone.invalid") == 1
    errors = [ended[url] for url in urls if "gone" in url]
    assert {error.code for error in errors} == {"name_not_resolved"}
    assert all("gone.invalid could not be looked up: Name or service not known" in error.message for error in errors)
    assert all(ended[url] == len(DATA) for url in urls if "there" in url)


def test_a_name_that_does_not_exist_is_looked_up_once_though_each_file_has_a_mirror(origin, downloads):
    origin.serve("/a", File(DATA))
    asked = []

    def lookup(host):
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    settings = Settings(directory=downloads)
    session = Session(settings, policy_for(settings, patient=False), lookup=lookup)
    session.open()
    more = threading.Event()
    outbox = session.subscribe(more.set)
    mirrors = {"mirrors": [origin.url("/a")]}
    requests = [request_for(f"http://gone.invalid/{number}", settings, mirrors) for number in range(50)]
    session.call(Manager.add, requests).result(5)
    completed = []
    while len(completed) < len(requests):
        assert more.wait(10)
        more.clear()
        completed += [event for event in outbox.take() if isinstance(event, rheo.DownloadCompleted)]
    session.close()

    assert asked == ["gone.invalid"]


def test_more_names_than_can_be_looked_up_at_once_wait_for_their_turn(origin, downloads):
    origin.serve("/a", File(DATA))

    def lookup(_):
        threading.Event().wait(0.05)
        return ["127.0.0.1"]

    urls = [f"http://host{number}.test:{origin.port}/a" for number in range(600)]
    ended = fetch_by(lookup, urls, Settings(directory=downloads, retry=0))

    assert set(ended.values()) == {len(DATA)}


def test_a_name_whose_lookups_fail_is_tried_by_one_for_all(origin, downloads):
    asked = []

    def lookup(host):
        asked.append(host)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    urls = [f"http://gone.test/{number}" for number in range(200)]
    ended = fetch_by(lookup, urls, Settings(directory=downloads, retry=2))

    assert len(asked) == 3
    assert {error.code for error in ended.values()} == {"name_not_resolved"}
    assert sum("not asked again for this file" in error.message for error in ended.values()) > 190


def test_names_wait_for_each_other_by_the_thousand_and_who_is_cancelled_is_not_looked_up(
    origin, downloads, monkeypatch
):
    monkeypatch.setattr(lookups, "AT_ONCE", 2)
    origin.serve("/a", File(DATA))
    gate, asked = threading.Event(), []

    def lookup(host):
        asked.append(host)
        gate.wait(10)
        return ["127.0.0.1"]

    settings, more = Settings(directory=downloads), threading.Event()
    session = Session(settings, policy_for(settings, patient=False), lookup=lookup)
    session.open()
    outbox = session.subscribe(more.set)
    urls = [f"http://host{number}.test:{origin.port}/a" for number in range(6)]
    ids = session.call(Manager.add, [request_for(url, settings, {}) for url in urls]).result(5)
    wait_until(lambda: len(asked) == 2)
    session.call(Manager.cancel, ids[4]).result(5)
    gate.set()
    completed = []
    while len(completed) < 5:
        assert more.wait(10)
        more.clear()
        completed += [event for event in outbox.take() if isinstance(event, rheo.DownloadCompleted)]
    session.close()

    assert sorted(asked) == [f"host{number}.test" for number in (0, 1, 2, 3, 5)]
