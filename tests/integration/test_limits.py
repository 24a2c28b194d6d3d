"""Limits on bytes per second, through public calls and real sockets: they hold, are shared, and can be changed."""

import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

import rheo
from origin import Chunked, File, Generated, paced, reset
from rheo.engine.limits.bucket import BURST

RATE = 2_000_000
CHUNK = 16 * 1024
LARGE = Generated(200_000_000)
NEVER_AGAIN = rheo.RetryPolicy(attempts=0)


class Watched:
    """How much of each download has come, as events tell it."""

    def __init__(self, manager):
        self._samples = {}
        self._news = threading.Condition()
        manager.on(rheo.ProgressSampled, self._take)

    def _take(self, event):
        with self._news:
            self._samples.setdefault(event.id, []).append((event.at, event.progress.received))
            self._news.notify_all()

    def window(self, seconds, *, settled=0.5):
        """Return when so many seconds began and ended, once samples of all of them are there."""
        begin = datetime.now(UTC) + timedelta(seconds=settled)
        end = begin + timedelta(seconds=seconds)
        with self._news:
            assert self._news.wait_for(lambda: any(s[-1][0] >= end for s in self._samples.values()), 30)
        return begin, end

    def rate(self, handle, window):
        """Return bytes per second between the first and the last sample of a window."""
        since, until = window
        within = [(at, received) for at, received in self._samples[handle.id] if since <= at <= until]
        (start, before), (stop, after) = within[0], within[-1]
        return (after - before) / (stop - start).total_seconds()


def at_least(size, rate):
    """Return how many seconds so many bytes take at the least: all but a burst, and a chunk."""
    return (size - CHUNK) / rate - BURST


@pytest.mark.parametrize("reply", [File, lambda data: Chunked(File(data)), lambda data: File(data, etag='"one"')])
def test_one_download_takes_as_long_as_the_limit_says(origin, downloads, reply):
    origin.serve("/a", reply(Generated(3_000_000)))
    began = time.monotonic()
    result = rheo.download(origin.url("/a"), directory=downloads, limit_rate="2M")
    seconds = time.monotonic() - began
    assert result.path.read_bytes() == Generated(3_000_000).read(0, 3_000_000)
    assert seconds >= at_least(3_000_000, 2 * 1024**2)
    assert seconds < 3 * 3_000_000 / RATE


def test_small_files_together_take_as_long_too(origin, downloads):
    for number in range(60):
        origin.serve(f"/{number}", File(Generated(10_000)))
    began = time.monotonic()
    with rheo.sync.DownloadManager(directory=downloads, limit_rate=500_000) as manager:
        manager.add_many([origin.url(f"/{number}") for number in range(60)])
    seconds = time.monotonic() - began
    assert len(list(downloads.iterdir())) == 60
    assert seconds >= at_least(600_000, 500_000) - 8 * CHUNK / 500_000
    assert seconds < 4


@pytest.mark.parametrize("directives", [(), ("http2_chunk_size 16k",)])
def test_streams_of_one_connection_keep_to_it_as_well(nginx, downloads, ca_file, directives):
    server = nginx(directives=directives)
    for name in "abc":
        server.publish(name, bytes(700_000))
    began = time.monotonic()
    with rheo.sync.DownloadManager(directory=downloads, ca_file=ca_file, limit_rate=1_000_000) as manager:
        handles = manager.add_many([f"https://localhost:{server.secure}/{name}" for name in "abc"])
    seconds = time.monotonic() - began
    assert {handle.wait().size for handle in handles} == {700_000}
    assert seconds >= at_least(2_100_000, 1_000_000) - 3 * CHUNK / 1_000_000
    assert seconds < 6


def test_what_is_held_up_stays_where_it_comes_from(origin, downloads):
    """Of 200 MB the sender gets rid of no more than the sockets take."""
    sent = []

    class Counted(Generated):
        def read(self, start, stop):
            sent.append(stop)
            return super().read(start, stop)

    origin.serve("/a", File(Counted(LARGE.size)))
    with rheo.sync.DownloadManager(directory=downloads, limit_rate=100_000, connections=1) as manager:
        watched = Watched(manager)
        handle = manager.add(origin.url("/a"))
        watched.window(1.0)
        handle.cancel()
    assert max(sent) < 20_000_000


def test_so_it_does_where_another_stream_has_its_connection_read(nginx, downloads, ca_file):
    server = nginx()
    for name in ("held0", "held1", "held2", "free"):
        server.publish(name, bytes(30_000_000))
    with rheo.sync.DownloadManager(
        directory=downloads, ca_file=ca_file, http_version="2", connections=1, retry_policy=NEVER_AGAIN
    ) as manager:
        held = manager.add_many(
            [f"https://localhost:{server.secure}/held{number}" for number in range(3)], limit_rate="1K"
        )
        manager.add(f"https://localhost:{server.secure}/free").wait()
        for handle in held:
            handle.cancel()
    lines = [line for line in server.log.lines(4) if "/held" in line]
    assert {line.split()[0] for line in lines} == {"HTTP/2.0"}
    assert max(int(line.partition(" bytes=")[2].split()[0]) for line in lines) < 1_000_000


def test_streams_become_as_fast_as_they_can_once_a_limit_ends(nginx, downloads, ca_file):
    server = nginx()
    for number in range(3):
        server.publish(f"{number}", bytes(50_000_000))
    with rheo.sync.DownloadManager(directory=downloads, ca_file=ca_file, http_version="2", limit_rate="64K") as manager:
        watched = Watched(manager)
        handles = manager.add_many([f"https://localhost:{server.secure}/{number}" for number in range(3)])
        watched.window(0.5)
        began = time.monotonic()
        manager.set_limit_rate("off")
        for handle in handles:
            handle.wait()
        assert time.monotonic() - began < 10  # at the windows of before, 256 KiB each, it would take a minute


def test_a_limit_set_while_running_holds_within_a_second_and_so_does_its_end(origin, downloads):
    origin.serve("/a", File(LARGE))
    with rheo.sync.DownloadManager(directory=downloads, limit_rate=RATE) as manager:
        watched = Watched(manager)
        handle = manager.add(origin.url("/a"))
        first = watched.window(1.5)
        manager.set_limit_rate("400K")
        second = watched.window(1.5)
        manager.set_limit_rate("off")
        result = handle.wait()
    assert watched.rate(handle, first) == pytest.approx(RATE, rel=0.25)
    assert watched.rate(handle, second) == pytest.approx(400 * 1024, rel=0.25)
    assert result.size == LARGE.size


def test_each_download_and_each_host_may_have_a_limit_of_its_own(origin, downloads):
    origin.serve("/a", File(LARGE))
    origin.serve("/b", File(LARGE))
    with rheo.sync.DownloadManager(directory=downloads, limit_rate_per_download=RATE) as manager:
        watched = Watched(manager)
        slow = manager.add(origin.url("/a"), limit_rate="200K")
        usual = manager.add(origin.url("/b"))
        apart = watched.window(1.5)
        slow.set_limit_rate("off")
        manager.set_limit_rate_per_download("off")
        manager.set_limit_rate(500_000, host="127.0.0.1")
        together = watched.window(1.5)
        slow.cancel()
        usual.cancel()
    assert watched.rate(slow, apart) == pytest.approx(200 * 1024, rel=0.3)
    assert watched.rate(usual, apart) == pytest.approx(RATE, rel=0.25)
    for handle in (slow, usual):
        assert watched.rate(handle, together) == pytest.approx(250_000, rel=0.35)


def test_one_that_was_given_a_limit_of_its_own_while_it_ran_keeps_it(origin, downloads):
    origin.serve("/a", File(LARGE))
    with rheo.sync.DownloadManager(directory=downloads, limit_rate_per_download=RATE) as manager:
        watched = Watched(manager)
        handle = manager.add(origin.url("/a"))
        watched.window(0.2)
        handle.set_limit_rate("200K")
        manager.set_limit_rate_per_download(2 * RATE)
        within = watched.window(1.0)
        handle.cancel()
    assert watched.rate(handle, within) == pytest.approx(200 * 1024, rel=0.3)


def test_priorities_are_weights_also_when_they_change(origin, downloads):
    origin.serve("/a", File(LARGE))
    origin.serve("/b", File(LARGE))
    with rheo.sync.DownloadManager(directory=downloads, limit_rate=RATE) as manager:
        watched = Watched(manager)
        one = manager.add(origin.url("/a"))
        three = manager.add(origin.url("/b"), priority=2)
        first = watched.window(1.5)
        one.set_priority(2)
        second = watched.window(1.5)
        one.cancel()
        three.cancel()
    assert watched.rate(three, first) / watched.rate(one, first) == pytest.approx(3, rel=0.25)
    assert watched.rate(three, second) / watched.rate(one, second) == pytest.approx(1, rel=0.25)


def test_one_whose_server_is_slow_leaves_its_share_to_the_other(origin, downloads):
    origin.serve("/slow", paced(File(LARGE), rate=200_000))
    origin.serve("/fast", File(LARGE))
    with rheo.sync.DownloadManager(directory=downloads, limit_rate=RATE, connections=1) as manager:
        watched = Watched(manager)
        slow = manager.add(origin.url("/slow"))
        fast = manager.add(origin.url("/fast"))
        within = watched.window(2.0)
        slow.cancel()
        fast.cancel()
    assert watched.rate(slow, within) == pytest.approx(200_000, rel=0.3)
    assert watched.rate(fast, within) == pytest.approx(1_800_000, rel=0.2)


def test_who_is_held_up_by_us_is_neither_stalled_nor_too_slow(origin, downloads):
    origin.serve("/a", File(Generated(4_000)))
    result = rheo.download(
        origin.url("/a"),
        directory=downloads,
        limit_rate="1K",
        stall_timeout=0.5,
        lowest_speed_limit=100_000,
        retry_policy=NEVER_AGAIN,
    )
    assert result.size == 4_000
    assert len(origin.requests) == 1


def test_a_manager_that_is_closed_while_it_holds_up_returns_at_once(origin, downloads):
    origin.serve("/a", File(LARGE))
    with rheo.sync.DownloadManager(directory=downloads, limit_rate="1K") as manager:
        watched = Watched(manager)
        handle = manager.add(origin.url("/a"))
        watched.window(0.2)
        began = time.monotonic()
        manager.close()
        assert time.monotonic() - began < 1
    assert handle.state is rheo.DownloadState.PAUSED


def test_of_few_bytes_a_second_few_connections_live(origin, downloads):
    for number in range(10):
        origin.serve(f"/{number}", paced(File(LARGE, etag='"one"'), rate=1_000_000))
    with rheo.sync.DownloadManager(directory=downloads, limit_rate="40K") as manager:
        watched = Watched(manager)
        handles = manager.add_many([origin.url(f"/{number}") for number in range(10)])
        watched.window(0.5)
        assert sum(handle.state is rheo.DownloadState.RUNNING for handle in handles) == 2
        assert origin.peak == 2
        manager.set_limit_rate("off")
        watched.window(0.2)
        assert sum(handle.state is rheo.DownloadState.RUNNING for handle in handles) >= 8
        for handle in handles:
            with suppress(rheo.InvalidTransitionError):  # it has ended meanwhile
                handle.cancel()


def test_no_connection_is_opened_only_to_be_let_go(origin, downloads):
    origin.serve("/a", File(LARGE, etag='"one"'))
    with rheo.sync.DownloadManager(directory=downloads, limit_rate="100K", connections=16) as manager:
        watched = Watched(manager)
        handle = manager.add(origin.url("/a"))
        watched.window(1.0)
        handle.cancel()
    assert len(origin.requests) <= 8


def test_one_with_a_deadline_gets_what_it_needs_of_a_limit(origin, downloads):
    origin.serve("/a", File(Generated(6_000_000)))
    origin.serve("/b", File(LARGE))
    with rheo.sync.DownloadManager(directory=downloads, limit_rate=RATE) as manager:
        other = manager.add(origin.url("/b"))
        began = time.monotonic()
        hurried = manager.add(origin.url("/a"), deadline=datetime.now(UTC) + timedelta(seconds=4))
        hurried.wait()
        seconds = time.monotonic() - began
        other.cancel()
    assert 2.9 < seconds < 4.2  # half of the limit would take 6


def test_a_deadline_that_cannot_be_met_is_told_early_and_once(origin, downloads):
    origin.serve("/a", File(Generated(20_000_000)))
    told = []
    with rheo.sync.DownloadManager(directory=downloads, limit_rate=RATE) as manager:
        watched = Watched(manager)
        manager.on(rheo.DeadlineEndangered, told.append)
        deadline = datetime.now(UTC) + timedelta(seconds=4)
        handle = manager.add(origin.url("/a"), deadline=deadline)
        watched.window(2.5)
        assert len(told) == 1
        handle.cancel()
    assert told[0].deadline == deadline
    assert told[0].expected > deadline


def test_what_was_there_before_makes_no_deadline_seem_near(origin, downloads):
    file = File(Generated(30_000_000), etag='"one"')
    origin.serve("/a", [reset(file, after=20_000_000), file])
    with pytest.raises(rheo.ConnectionLostError):
        rheo.download(origin.url("/a"), directory=downloads, connections=1, retry_policy=NEVER_AGAIN)
    told = []
    with rheo.sync.DownloadManager(directory=downloads, limit_rate="100K", connections=1) as manager:
        watched = Watched(manager)
        manager.on(rheo.DeadlineEndangered, told.append)
        handle = manager.add(origin.url("/a"), deadline="+8s")
        watched.window(3.0)
        handle.cancel()
    assert len(told) == 1


@pytest.mark.parametrize("rate", [0, -1, "5X", "0", "-1", "Foo 08:00-09:00 1M", True])
def test_what_is_no_rate_is_refused_with_the_right_form(downloads, rate):
    with pytest.raises(rheo.SettingsError, match=r"off|Mon-Fri"):
        rheo.DownloadManager(directory=downloads, limit_rate=rate)
    manager = rheo.sync.DownloadManager(directory=downloads)
    with manager, pytest.raises(rheo.SettingsError, match=r"off|Mon-Fri"):
        manager.set_limit_rate(rate)


@pytest.mark.parametrize("name", ["LOCALHOST", "localhost."])
def test_a_host_is_the_same_however_its_name_is_written(origin, downloads, name):
    origin.serve("/a", File(LARGE))
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        watched = Watched(manager)
        manager.set_limit_rate("200K", host=name)
        handle = manager.add(origin.url("/a").replace("127.0.0.1", "localhost"))
        within = watched.window(1.0)
        handle.cancel()
    assert watched.rate(handle, within) == pytest.approx(200 * 1024, rel=0.3)


@pytest.mark.parametrize(
    "name", ["", "http://a.example", "a.example/b", "a.example:8080", "[::1]:8080", "*.a.example", "u@a.example"]
)
def test_what_is_no_host_is_refused_with_the_right_form(downloads, name):
    with (
        rheo.sync.DownloadManager(directory=downloads) as manager,
        pytest.raises(rheo.SettingsError, match=r"such as files\.example\.com"),
    ):
        manager.set_limit_rate("1M", host=name)


@pytest.mark.parametrize("name", ["::1", "[::1]", "192.0.2.1", "bücher.example"])
def test_a_host_may_be_an_address_or_written_in_any_script(downloads, name):
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        manager.set_limit_rate("1M", host=name)


def test_a_deadline_that_passes_while_a_download_waits_for_its_turn_is_told(origin, downloads):
    origin.serve("/a", paced(File(LARGE), rate=100_000))
    origin.serve("/b", File(LARGE))
    told = []
    with rheo.sync.DownloadManager(directory=downloads, max_concurrent=1, connections=1) as manager:
        watched = Watched(manager)
        manager.on(rheo.DeadlineEndangered, told.append)
        running = manager.add(origin.url("/a"))
        queued = manager.add(origin.url("/b"), deadline=datetime.now(UTC) + timedelta(seconds=0.7))
        watched.window(1.0)
        assert [event.id for event in told] == [queued.id]
        running.cancel()
        queued.cancel()
