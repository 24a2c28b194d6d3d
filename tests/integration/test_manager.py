"""Many downloads: the queue, the handles, the events, on both faces, through real sockets."""

import asyncio
import hashlib
import logging
import multiprocessing
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import uvloop

import rheo
from origin import File, Generated, Origin, Status, gated
from rheo.application.manager import Manager
from rheo.domain.settings import Settings
from rheo.session import Session
from rheo.wishes import policy_for, request_for


def content(size=100_000, seed=1):
    return Generated(size, seed).read(0, size)


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


class Gates:
    """Files that stop in the middle until they are let go: over one connection, or the others bring the rest."""

    def __init__(self, origin, *targets, size=100_000):
        self.gate = threading.Event()
        for target in targets:
            origin.serve(target, gated(File(content(size)), self.gate, after=size // 2))


@pytest.fixture
def manager(downloads):
    with rheo.sync.DownloadManager(directory=downloads, max_concurrent=1, connections=1) as manager:
        yield manager


# --- the queue


def test_no_more_than_max_concurrent_run_at_once(origin, downloads):
    gates = Gates(origin, *(f"/{number}" for number in range(10)))
    with rheo.sync.DownloadManager(directory=downloads, max_concurrent=3) as manager:
        handles = manager.add_many([origin.url(f"/{number}") for number in range(10)])
        origin.wait_for(lambda server: server.held == 3)
        gates.gate.set()
        for handle in handles:
            handle.wait()

    assert origin.peak == 3


def test_eight_run_at_once_unless_told_otherwise(origin, downloads):
    gates = Gates(origin, *(f"/{number}" for number in range(12)))
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        manager.add_many([origin.url(f"/{number}") for number in range(12)])
        origin.wait_for(lambda server: server.held == 8)
        gates.gate.set()

    assert origin.peak == 8


def test_higher_priorities_start_first_then_the_oldest_and_nothing_is_interrupted(origin, manager):
    gates = Gates(origin, "/first")
    first = manager.add(origin.url("/first"))
    origin.wait_for(lambda server: server.held == 1)
    for target, priority in (("/low", -1), ("/a", 0), ("/b", 0), ("/high", 10), ("/late", 0)):
        origin.serve(target, File(b"x"))
        handle = manager.add(origin.url(target), priority=priority)
    handle.set_priority(5)
    assert first.state is rheo.DownloadState.RUNNING
    gates.gate.set()
    manager.wait()

    assert [request.target for request in origin.requests] == ["/first", "/high", "/late", "/a", "/b", "/low"]


def test_queued_downloads_can_be_moved(origin, manager):
    gates = Gates(origin, "/first")
    manager.add(origin.url("/first"))
    origin.wait_for(lambda server: server.held == 1)
    handles = {}
    for target in ("/a", "/b", "/c"):
        origin.serve(target, File(b"x"))
        handles[target] = manager.add(origin.url(target))
    handles["/c"].move(0)
    handles["/a"].move(-1)
    gates.gate.set()
    manager.wait()

    assert [request.target for request in origin.requests] == ["/first", "/c", "/b", "/a"]


def test_what_runs_cannot_be_moved(origin, manager):
    gates = Gates(origin, "/a")
    handle = manager.add(origin.url("/a"))
    origin.wait_for(lambda server: server.held == 1)

    with pytest.raises(rheo.InvalidTransitionError, match="not in the queue"):
        handle.move(0)
    gates.gate.set()


# --- pause, resume, cancel, remove


@pytest.mark.parametrize("size", [100_000, 5_000_000])
def test_a_paused_download_keeps_its_part_and_can_be_resumed(origin, manager, downloads, size):
    gates = Gates(origin, "/a.bin", size=size)
    handle = manager.add(origin.url("/a.bin"))
    origin.wait_for(lambda server: server.held == 1)

    handle.pause()
    assert handle.state is rheo.DownloadState.PAUSED
    gates.gate.set()
    handle.resume()

    assert handle.wait().path.read_bytes() == content(size)
    assert names(downloads) == ["a.bin"]


def test_a_cancelled_download_leaves_nothing_and_says_so(origin, manager, downloads):
    Gates(origin, "/a.bin", size=5_000_000)
    handle = manager.add(origin.url("/a.bin"))
    origin.wait_for(lambda server: server.held == 1)

    handle.cancel()

    assert handle.state is rheo.DownloadState.CANCELLED
    with pytest.raises(rheo.DownloadCancelledError):
        handle.wait()
    assert names(downloads) == []


def test_queued_downloads_can_be_paused_and_cancelled(origin, manager):
    gates = Gates(origin, "/first")
    manager.add(origin.url("/first"))
    origin.wait_for(lambda server: server.held == 1)
    paused, cancelled = manager.add(origin.url("/p")), manager.add(origin.url("/c"))
    paused.pause()
    cancelled.cancel()
    gates.gate.set()
    manager.wait()

    assert paused.state is rheo.DownloadState.PAUSED
    assert cancelled.state is rheo.DownloadState.CANCELLED
    assert [request.target for request in origin.requests] == ["/first"]


def test_a_failed_download_can_be_resumed(origin, manager):
    origin.serve("/a", [Status(404), File(b"x")])
    handle = manager.add(origin.url("/a"))
    with pytest.raises(rheo.HttpStatusError):
        handle.wait()
    assert handle.error is not None

    handle.resume()

    assert handle.wait().size == 1
    assert handle.error is None


def test_a_completed_download_can_be_neither_paused_nor_cancelled(origin, manager):
    origin.serve("/a", File(b"x"))
    handle = manager.add(origin.url("/a"))
    handle.wait()

    with pytest.raises(rheo.InvalidTransitionError, match="cannot pause a completed download"):
        handle.pause()
    with pytest.raises(rheo.InvalidTransitionError, match="cannot cancel a completed download"):
        handle.cancel()


def test_a_removed_download_is_forgotten(origin, manager, downloads):
    origin.serve("/a", File(b"x"))
    done = manager.add(origin.url("/a"))
    done.wait()
    Gates(origin, "/b")
    running = manager.add(origin.url("/b"))
    origin.wait_for(lambda server: server.held == 1)
    running.remove()
    done.remove()

    with pytest.raises(rheo.UnknownDownloadError):
        running.pause()
    with pytest.raises(rheo.DownloadCancelledError):
        running.wait()
    assert done.wait().size == 1
    assert names(downloads) == ["a"]


def test_the_same_url_and_target_added_twice_is_one_download(origin, manager):
    gates = Gates(origin, "/a")
    first, second = manager.add(origin.url("/a")), manager.add(origin.url("/a"))
    other = manager.add(origin.url("/a"), output="b")
    gates.gate.set()

    assert first is second
    assert first.id != other.id
    assert first.wait() == second.wait()
    assert len(origin.requests) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"headers": {"X-Who": "a"}}, {"headers": {"X-Who": "b"}}),
        ({"public_headers": {"X-Who": "a"}}, {"public_headers": {"X-Who": "b"}}),
        ({"cookies": {"who": "a"}}, {"cookies": {"who": "b"}}),
        ({"login": rheo.Bearer(rheo.Secret("a"))}, {"login": rheo.Bearer(rheo.Secret("b"))}),
        ({"referer": "http://page.example/a"}, {"referer": "http://page.example/b"}),
    ],
    ids=lambda said: next(iter(said)),
)
@pytest.mark.parametrize("output", [None, "x"])
def test_what_is_asked_for_in_another_way_is_another_download(origin, manager, one, other, output):
    """Who logs in as somebody else gets that one's file, and not the one that is under way."""
    gate = threading.Event()

    def whose(request):
        return gated(File(repr(request.raw).encode()), gate, after=1)

    origin.serve("/a", whose)
    first = manager.add(origin.url("/a"), output=output, **one)
    second = manager.add(origin.url("/a"), output=output, **other)
    again = manager.add(origin.url("/a"), output=output, **one)
    gate.set()

    assert first is again
    contents = {handle.wait().path.read_bytes() for handle in (first, second)}
    assert contents == {repr(request.raw).encode() for request in origin.requests}
    assert len(contents) == 2


def test_an_unknown_wish_is_refused_and_not_ignored(origin, manager):
    with pytest.raises(TypeError, match="chekcsum"):
        manager.add(origin.url("/a"), chekcsum="sha256:" + "0" * 64)


def test_either_all_are_added_or_none(origin, manager):
    origin.serve("/a", File(b"x"))

    with pytest.raises(rheo.InvalidUrlError):
        manager.add_many([origin.url("/a"), "gopher://a.example/"])
    manager.wait()

    assert origin.requests == []


def test_cancelling_a_paused_download_removes_its_part(origin, manager, downloads):
    Gates(origin, "/a.bin", size=5_000_000)
    handle = manager.add(origin.url("/a.bin"))
    origin.wait_for(lambda server: server.held == 1)
    handle.pause()
    assert names(downloads) == ["a.bin.part", "a.bin.part.json"]

    handle.cancel()

    assert names(downloads) == []


def test_a_run_that_is_stopped_before_its_first_step_is_not_lost(origin, downloads):
    origin.serve("/a", File(b"x"))
    origin.serve("/b", File(b"x"))

    async def main():
        async with rheo.DownloadManager(directory=downloads, max_concurrent=1) as manager:
            handle = await manager.add(origin.url("/a"))
            await handle.wait()
            again = await manager.add(origin.url("/b"), output="c")
            await again.wait()
            third = await manager.add(origin.url("/a"), output="d")
            await asyncio.gather(third.pause(), return_exceptions=True)
            if third.state is rheo.DownloadState.PAUSED:
                await asyncio.gather(third.resume(), third.pause())
                assert third.state is rheo.DownloadState.PAUSED
                await third.resume()
            last = await manager.add(origin.url("/b"), output="e")
            return [await third.wait(), await last.wait()]

    assert [result.size for result in asyncio.run(main())] == [1, 1]


def test_a_callers_policy_that_fails_ends_its_download_and_nothing_else(origin, downloads, caplog):
    origin.serve("/a", Status(503))
    origin.serve("/b", File(b"x"))

    def broken(_):
        raise RuntimeError("mine")

    with rheo.sync.DownloadManager(directory=downloads, retry_policy=rheo.RetryPolicy(decide=broken)) as manager:
        with pytest.raises(rheo.HttpStatusError, match="the retry policy failed: RuntimeError: mine"):
            manager.add(origin.url("/a")).wait()
        assert manager.add(origin.url("/b")).wait().size == 1

    assert "the retry policy failed" in caplog.text


def test_a_handler_that_calls_its_manager_is_told_so_instead_of_hanging(origin, downloads, caplog):
    origin.serve("/a", File(b"x"))
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        manager.on(rheo.DownloadCompleted, lambda _: manager.add(origin.url("/b")))
        manager.add(origin.url("/a")).wait()

    assert "cannot wait for its own manager" in caplog.text


def test_an_engine_that_dies_leaves_nobody_waiting(origin, downloads, monkeypatch):
    Gates(origin, "/a")

    async def main():
        manager = await rheo.DownloadManager(directory=downloads).__aenter__()
        handle = await manager.add(origin.url("/a"))

        async def die(_):
            manager._session._stop.set()

        await manager._call(die)
        with pytest.raises(rheo.DownloadPausedError):
            await asyncio.wait_for(handle.wait(), 5)
        await manager.close()

    asyncio.run(main())


def test_a_manager_is_opened_once(downloads):
    manager = rheo.sync.DownloadManager(directory=downloads)
    with manager:
        pass

    with pytest.raises(rheo.ManagerClosedError, match="opened once"):
        manager.__enter__()


def test_events_count_from_when_they_are_asked_for(origin, downloads):
    origin.serve("/a", File(b"x"))

    async def main():
        async with rheo.DownloadManager(directory=downloads) as manager:
            events = manager.events()
            await (await manager.add(origin.url("/a"))).wait()
            return type(await anext(events))

    assert asyncio.run(main()) is rheo.DownloadAdded


# --- leaving the block


def test_leaving_the_block_waits_for_all(origin, downloads):
    for number in range(30):
        origin.serve(f"/{number}", File(content(1000, number)))
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        manager.add_many([origin.url(f"/{number}") for number in range(30)])

    assert len(names(downloads)) == 30


def test_leaving_by_an_exception_pauses_and_keeps_the_parts(origin, downloads):
    Gates(origin, "/a.bin", size=5_000_000)
    handles = []

    def leave():
        with rheo.sync.DownloadManager(directory=downloads, connections=1) as manager:
            handles.append(manager.add(origin.url("/a.bin")))
            origin.wait_for(lambda server: server.held == 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        leave()
    handle = handles[0]

    assert handle.state is rheo.DownloadState.PAUSED
    assert names(downloads) == ["a.bin.part", "a.bin.part.json"]
    with pytest.raises(rheo.ManagerClosedError):
        handle.resume()


def test_a_part_that_was_kept_is_replaced_by_the_next_run(origin, downloads):
    test_leaving_by_an_exception_pauses_and_keeps_the_parts(origin, downloads)
    origin.serve("/a.bin", File(b"new"))

    assert rheo.download(origin.url("/a.bin"), directory=downloads).path == downloads / "a.bin"
    assert names(downloads) == ["a.bin"]


def test_a_waiter_is_told_when_the_manager_closes(origin, downloads):
    Gates(origin, "/a")

    async def main():
        async with asyncio.TaskGroup() as tasks:
            manager = await rheo.DownloadManager(directory=downloads).__aenter__()
            handle = await manager.add(origin.url("/a"))
            waiting = tasks.create_task(outcome(handle))
            await asyncio.to_thread(origin.wait_for, lambda server: server.held == 1)
            await manager.close()
        return waiting.result()

    async def outcome(handle):
        with pytest.raises(rheo.DownloadPausedError):
            await handle.wait()
        return handle.state

    assert asyncio.run(main()) is rheo.DownloadState.PAUSED


# --- events


def test_events_are_told_by_kind_in_order_and_can_be_taken_back(origin, downloads):
    origin.serve("/a", File(b"x"))
    origin.serve("/b", File(b"x"))
    everything, completed = [], []
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        manager.on(rheo.Event, everything.append)
        manager.on(rheo.DownloadCompleted, completed.append)
        first = manager.add(origin.url("/a")).wait()
        manager.off(rheo.DownloadCompleted, completed.append)
        manager.add(origin.url("/b")).wait()

    kinds = [type(event) for event in everything if not isinstance(event, rheo.ProgressSampled)]
    assert kinds == [rheo.DownloadAdded, rheo.DownloadStarted, rheo.DownloadCompleted] * 2
    assert [event.path for event in completed] == [first.path]


def test_what_a_handler_raises_is_logged_and_harms_nobody(origin, downloads, caplog):
    origin.serve("/a", File(b"x"))

    def broken(_):
        raise RuntimeError("mine")

    with rheo.sync.DownloadManager(directory=downloads) as manager:
        manager.on(rheo.DownloadCompleted, broken)
        assert manager.add(origin.url("/a")).wait().size == 1

    assert "mine" in caplog.text
    assert caplog.records[0].levelno == logging.ERROR


def test_handlers_run_on_one_thread_that_is_not_the_engine(origin, downloads):
    origin.serve("/a", File(b"x"))
    threads = set()
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        manager.on(rheo.Event, lambda _: threads.add(threading.current_thread().name))
        manager.add(origin.url("/a")).wait()

    assert threads == {"rheo dispatcher"}


def test_events_can_be_iterated(origin, downloads):
    origin.serve("/a", File(b"x"))
    seen = []
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        iterator = manager.events()
        with ThreadPoolExecutor() as pool:
            first = pool.submit(next, iterator)
            manager.add(origin.url("/a"))
            seen.append(first.result(5))
            for event in iterator:
                seen.append(event)
                if isinstance(event, rheo.DownloadCompleted):
                    break

    assert isinstance(seen[-1], rheo.DownloadCompleted)


def test_progress_is_sampled_and_not_told_per_chunk(origin, downloads):
    gates = Gates(origin, "/a.bin", size=3_000_000)
    samples, sampled = [], threading.Event()

    def note(event):
        samples.append(event.progress)
        if event.progress.received:
            sampled.set()

    with rheo.sync.DownloadManager(directory=downloads, connections=1) as manager:
        manager.on(rheo.ProgressSampled, note)
        handle = manager.add(origin.url("/a.bin"))
        assert sampled.wait(5)
        assert handle.progress.total == 3_000_000
        assert handle.progress.name == "a.bin"
        assert handle.progress.phase is rheo.Phase.FETCHING
        assert 0 < handle.progress.fraction < 1
        gates.gate.set()
        handle.wait()

    assert len(samples) < 20


# --- the asynchronous face


async def fetch_three(origin, downloads):
    for target in ("/a", "/b", "/c"):
        origin.serve(target, File(b"x"))
    told = []

    async def tell(event):
        await asyncio.sleep(0)
        told.append(event.path.name)

    async with rheo.DownloadManager(directory=downloads, max_concurrent=2) as manager:
        manager.on(rheo.DownloadCompleted, tell)
        big = await manager.add(origin.url("/a"), priority=10)
        others = await manager.add_many([origin.url("/b"), origin.url("/c")])
        results = [await handle.wait() for handle in (big, *others)]
    return results, sorted(told)


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_any_event_loop_will_do(origin, downloads, run):
    results, told = run(fetch_three(origin, downloads))

    assert [result.path.name for result in results] == ["a", "b", "c"]
    assert told == ["a", "b", "c"]


def test_cancelling_the_waiter_does_not_cancel_the_download(origin, downloads):
    gates = Gates(origin, "/a")

    async def main():
        async with rheo.DownloadManager(directory=downloads) as manager:
            handle = await manager.add(origin.url("/a"))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(handle.wait(), 0.01)
            gates.gate.set()
            return await handle.wait()

    assert asyncio.run(main()).size == 100_000


def test_one_call_works_inside_a_running_loop(origin, downloads):
    origin.serve("/a", File(b"x"))

    async def notebook():
        return rheo.download(origin.url("/a"), directory=downloads)

    assert asyncio.run(notebook()).size == 1


def test_the_asynchronous_call_tells_of_progress(origin, downloads):
    gates = Gates(origin, "/a.bin", size=1_500_000)

    async def main():
        sampled = asyncio.Event()

        async def note(progress):
            if progress.received:
                sampled.set()

        async with asyncio.TaskGroup() as tasks:
            work = tasks.create_task(rheo.download_async(origin.url("/a.bin"), directory=downloads, on_progress=note))
            await asyncio.wait_for(sampled.wait(), 5)
            gates.gate.set()
        return work.result()

    assert asyncio.run(main()).size == 1_500_000


def test_cancelling_the_asynchronous_call_stops_the_download_and_keeps_its_part(origin, downloads):
    Gates(origin, "/a.bin", size=1_500_000)

    async def main():
        work = asyncio.ensure_future(rheo.download_async(origin.url("/a.bin"), directory=downloads))
        await asyncio.to_thread(origin.wait_for, lambda server: server.held == 1)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work

    asyncio.run(main())

    assert names(downloads) == ["a.bin.part", "a.bin.part.json"]


def test_events_can_be_iterated_asynchronously_until_the_manager_closes(origin, downloads):
    origin.serve("/a", File(b"x"))

    async def main():
        async with rheo.DownloadManager(directory=downloads) as manager, asyncio.TaskGroup() as tasks:

            async def listen():
                return [type(event).__name__ async for event in manager.events()]

            listening = tasks.create_task(listen())
            await asyncio.sleep(0)
            await (await manager.add(origin.url("/a"))).wait()
            await manager.close()
        return listening.result()

    seen = asyncio.run(main())

    assert seen[0] == "DownloadAdded"
    assert seen[-1] == "DownloadCompleted"


# --- processes, names that hang, a stubborn neighbour


def _use_after_fork(manager, handle, answer):
    for use in (handle.wait, handle.pause, manager.wait):
        try:
            use()
        except rheo.ManagerClosedError:
            continue
        answer.send(use.__name__)
        return
    answer.send("refused")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # forking beside threads is what is tested
def test_after_a_fork_a_manager_says_so_instead_of_hanging(origin, downloads):
    origin.serve("/a", File(b"x"))
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        handle = manager.add(origin.url("/a"))
        child = context.Process(target=_use_after_fork, args=(manager, handle, sender))
        child.start()
        assert receiver.poll(10)
        assert receiver.recv() == "refused"
        child.join(10)
        assert handle.wait().size == 1

    assert child.exitcode == 0


def hanging_session(downloads, release):
    settings = Settings(directory=downloads, connect_timeout=30)

    def lookup(host):
        if host.startswith("hangs"):
            release.wait(30)
        return ["127.0.0.1"]

    return Session(settings, policy_for(settings, patient=False), lookup=lookup)


def test_names_that_hang_by_the_hundred_delay_nobody_for_long_and_closing_waits_for_none(origin, downloads):
    """Names are looked up on threads of our own, and a download without an address holds no slot."""
    origin.serve("/a", File(b"x"))
    release, more = threading.Event(), threading.Event()
    session = hanging_session(downloads, release)
    session.open()
    outbox = session.subscribe(more.set)
    settings = Settings(directory=downloads)
    urls = [f"http://hangs{number}.example/" for number in range(500)]
    healthy = origin.url("/a").replace("127.0.0.1", "healthy.example")
    started = time.monotonic()
    session.call(Manager.add, [request_for(url, settings, {}) for url in (*urls, healthy)]).result(5)
    completed = []
    while not completed:
        assert more.wait(5)
        more.clear()
        completed += [event for event in outbox.take() if isinstance(event, rheo.DownloadCompleted)]
    healthy_after = time.monotonic() - started
    closing = time.monotonic()
    session.close()
    closed_after = time.monotonic() - closing
    release.set()

    assert completed[0].result.timings.name_lookup is not None
    assert healthy_after < 5
    assert closed_after < 1


def test_a_name_that_cannot_be_looked_up_is_an_error_of_its_own(downloads):
    settings = Settings(directory=downloads)
    more = threading.Event()
    session = Session(settings, policy_for(settings, patient=False), lookup=lambda host: [])
    session.open()
    outbox = session.subscribe(more.set)
    session.call(Manager.add, [request_for("http://nobody.example/", settings, {})]).result(5)
    failed = []
    while not failed:
        assert more.wait(5)
        more.clear()
        failed += [event for event in outbox.take() if isinstance(event, rheo.DownloadFailed)]
    session.close()

    assert isinstance(failed[0].error, rheo.ResolveError)
    assert "nobody.example has no address" in str(failed[0].error)


def test_a_thread_that_never_rests_does_not_starve_the_engine(origin, downloads):
    size = 20_000_000
    origin.serve("/a", File(content(size)))
    stop = threading.Event()

    def never_rest():
        while not stop.is_set():
            pass

    busy = threading.Thread(target=never_rest)
    busy.start()
    try:
        result = rheo.download(origin.url("/a"), directory=downloads)
    finally:
        stop.set()
        busy.join()

    assert result.size == size


def test_a_session_leaves_no_thread_behind(origin, downloads):
    data = content(1_500_000)
    origin.serve("/a", File(data))
    digest = hashlib.md5(data).hexdigest()

    rheo.download(origin.url("/a"), directory=downloads, checksum=f"md5:{digest}")

    ours = [thread for thread in threading.enumerate() if thread.name.startswith("rheo")]
    for thread in ours:
        thread.join(5)  # told to end, it may take a moment
    assert [thread.name for thread in ours if thread.is_alive()] == []


def test_many_small_files_over_https_share_a_few_connections(authority, downloads, tmp_path):
    with Origin(tls=authority) as origin:
        for number in range(40):
            origin.serve(f"/{number}", File(b"x"))
        with rheo.sync.DownloadManager(directory=downloads, ca_file=authority.ca_file(tmp_path)) as manager:
            manager.add_many([origin.url(f"/{number}") for number in range(40)])

        assert len(names(downloads)) == 40
        assert origin.connections <= 8
