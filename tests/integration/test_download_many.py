"""`download_many`: any number of files for a program, with backpressure on both sides."""

import asyncio
import functools
import itertools
import threading
from contextlib import aclosing
from datetime import UTC, datetime

import pytest

import rheo
from origin import File, Origin, Status, gated
from origin.steps import Wait, steps_of
from rheo.batch import many
from rheo.batch.book import Book
from rheo.domain.batch import spread
from rheo.domain.settings import LEAVING

DATA = b"x" * 100
LONG_AGO = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def on_a_loop(test):
    @functools.wraps(test)
    def run(**fixtures):
        asyncio.run(test(**fixtures))

    return run


def urls_of(origin: Origin, count: int) -> list[str]:
    origin.serve("/a", File(DATA))
    return [origin.url(f"/a?{number}") for number in range(count)]


@on_a_loop
async def test_each_result_says_what_was_asked_for(origin, downloads):
    origin.serve("/gone", Status(404))
    items = [*urls_of(origin, 2), origin.url("/gone"), {"url": origin.url("/a"), "output": "b/c"}, "ftp://a/"]

    async with rheo.DownloadManager(directory=downloads) as manager:
        found = {one.number: one async for one in manager.download_many(items)}

    assert [found[number].item for number in range(1, 6)] == items
    assert [one.result and one.result.size for _, one in sorted(found.items())] == [100, 100, None, 100, None]
    assert isinstance(found[3].error, rheo.HttpStatusError)
    assert isinstance(found[5].error, rheo.InvalidUrlError)
    assert found[4].result.path == downloads / "b/c"


@on_a_loop
async def test_each_of_several_that_ask_for_the_same_has_a_result(origin, downloads):
    items = urls_of(origin, 1) * 4

    async with rheo.DownloadManager(directory=downloads) as manager:
        found = {one.number: one.result async for one in manager.download_many(items)}

    assert sorted(found) == [1, 2, 3, 4]
    assert {result.path for result in found.values()} == {downloads / "a"}
    assert len(origin.requests) == 1


@on_a_loop
async def test_what_a_metalink_lists_and_another_line_asks_for_counts_for_both(origin, downloads):
    gate = threading.Event()
    origin.serve("/one", gated(File(b"1" * 2_000_000), gate, after=1_000_000))
    origin.serve("/two", File(DATA))
    files = "".join(f'<file name="{name}"><url>{origin.url(f"/{name}")}</url></file>' for name in ("two", "one"))
    document = f'<metalink xmlns="urn:ietf:params:xml:ns:metalink">{files}</metalink>'.encode()
    origin.serve("/x.meta4", File(document, content_type="application/metalink4+xml"))
    items = [{"url": origin.url("/one"), "output": "one"}, origin.url("/x.meta4")]

    async with rheo.DownloadManager(directory=downloads, connections=1) as manager:
        asked = asyncio.create_task(_all_of(manager.download_many(items)))
        await asyncio.to_thread(origin.wait_for, lambda server: any(r.target == "/two" for r in server.requests))
        gate.set()
        found = await asyncio.wait_for(asked, 20)

    assert sorted(found) == [1, 2]
    assert found[1].result.path.name == "one"
    assert {file.path.name for file in found[2].files} == {"one", "two"}


@on_a_loop
async def test_one_that_is_cancelled_is_finished_by_that(origin, downloads):
    gate = threading.Event()
    origin.serve("/slow", gated(File(b"y" * 3_000_000), gate, after=1_500_000))

    async with rheo.DownloadManager(directory=downloads, connections=1) as manager:
        asked = asyncio.create_task(_all_of(manager.download_many([origin.url("/slow")])))
        await asyncio.to_thread(origin.wait_for, lambda server: server.held == 1)
        same = await manager.add(origin.url("/slow"))
        await same.cancel()
        found = await asyncio.wait_for(asked, 20)
    gate.set()

    assert isinstance(found[1].error, rheo.DownloadCancelledError)


async def _all_of(results):
    return {one.number: one async for one in results}


@on_a_loop
async def test_wishes_hold_for_all_and_an_item_has_its_own(origin, downloads):
    items = [{"url": origin.url("/a"), "headers": {"X-Own": "1"}}, *urls_of(origin, 1)]

    async with rheo.DownloadManager(directory=downloads) as manager:
        async for one in manager.download_many(items, referer="http://r/"):
            assert one.error is None

    sent = [(request.headers.get("x-own"), request.headers["referer"]) for request in origin.requests]
    assert set(sent) == {("1", "http://r/"), (None, "http://r/")}


@on_a_loop
async def test_items_may_come_from_an_asynchronous_iterable_and_are_fetched_as_they_come(origin, downloads):
    first_there = asyncio.Event()
    urls = urls_of(origin, 2)

    async def coming():
        yield urls[0]
        await first_there.wait()
        yield urls[1]

    async with rheo.DownloadManager(directory=downloads) as manager:
        numbers = []
        async for one in manager.download_many(coming()):
            numbers.append(one.number)
            first_there.set()

    assert numbers == [1, 2]


@on_a_loop
async def test_what_the_iterable_raises_comes_after_what_it_gave(origin, downloads):
    def broken():
        yield from urls_of(origin, 3)
        raise KeyError("mine")

    async with rheo.DownloadManager(directory=downloads) as manager:
        results = manager.download_many(broken())
        assert [(await anext(results)).error for _ in range(3)] == [None] * 3
        with pytest.raises(KeyError, match="mine"):
            await anext(results)


@pytest.mark.parametrize("error", [asyncio.CancelledError, SystemExit])
@on_a_loop
async def test_no_end_of_an_iterable_is_taken_for_another(error, origin, downloads):
    def broken():
        yield from urls_of(origin, 1)
        raise error

    async with rheo.DownloadManager(directory=downloads) as manager:
        results = manager.download_many(broken())
        assert (await anext(results)).error is None
        with pytest.raises(error):
            await anext(results)


@on_a_loop
async def test_an_asynchronous_iterable_that_was_cancelled_inside_is_no_end_of_the_list(origin, downloads):
    async def broken():
        yield urls_of(origin, 1)[0]
        raise asyncio.CancelledError  # as of a task that it awaits, and somebody cancelled

    async with rheo.DownloadManager(directory=downloads) as manager:
        results = manager.download_many(broken())
        assert (await anext(results)).error is None
        with pytest.raises(asyncio.CancelledError):
            await anext(results)


@on_a_loop
async def test_items_are_read_no_further_than_results_are_taken(origin, downloads, monkeypatch):
    monkeypatch.setattr(many, "UNTAKEN", 10)
    monkeypatch.setattr(spread, "HANDED", 40)
    monkeypatch.setattr(spread, "READY", 40)
    monkeypatch.setattr(spread, "HELD", 100)
    read = 0

    def counted():
        nonlocal read
        for url in urls_of(origin, 5000):
            read += 1
            yield url

    async with (
        rheo.DownloadManager(directory=downloads, sync="off", on_exists="overwrite") as manager,
        aclosing(manager.download_many(counted())) as results,
    ):
        await anext(results)
        await asyncio.to_thread(origin.wait_for, lambda server: len(server.requests) >= 20)

        assert read < 2000


@on_a_loop
async def test_leaving_early_stops_what_was_begun_and_leaves_the_manager_open(origin, downloads):
    gate = threading.Event()
    origin.serve("/slow", gated(File(b"y" * 3_000_000), gate, after=1_500_000))
    items = [*urls_of(origin, 1), origin.url("/slow")]

    async with rheo.DownloadManager(directory=downloads, connections=1) as manager:
        async with aclosing(manager.download_many(items)) as results:
            async for _ in results:
                await asyncio.to_thread(origin.wait_for, lambda server: server.held == 1)
                break
        again = await manager.add(origin.url("/a?again"))
        assert (await again.wait()).size == 100
    gate.set()


@on_a_loop
async def test_what_was_left_early_can_be_asked_for_again_and_goes_on_with_its_part(origin, downloads):
    gate = threading.Event()
    origin.serve("/slow", gated(File(b"y" * 3_000_000), gate, after=1_500_000))
    items = [*urls_of(origin, 1), origin.url("/slow")]

    async with rheo.DownloadManager(directory=downloads, connections=1) as manager:
        async with aclosing(manager.download_many(items)) as results:
            await anext(results)
            await asyncio.to_thread(origin.wait_for, lambda server: server.held == 1)
        gate.set()

        found = {one.number: one.result async for one in manager.download_many(items)}

    assert found[2].size == 3_000_000
    assert found[2].resumed > 0
    assert found[2].path.name == "slow"


@on_a_loop
async def test_leaving_early_leaves_alone_what_somebody_else_asked_for(origin, downloads):
    gate = threading.Event()
    origin.serve("/slow", gated(File(b"y" * 3_000_000), gate, after=1_500_000))

    async with rheo.DownloadManager(directory=downloads, connections=1) as manager:
        mine = await manager.add(origin.url("/slow"))
        async with aclosing(manager.download_many([*urls_of(origin, 1), origin.url("/slow")])) as results:
            await anext(results)
            await asyncio.to_thread(origin.wait_for, lambda server: server.held == 1)
        gate.set()

        assert (await mine.wait()).size == 3_000_000


@on_a_loop
async def test_leaving_early_leaves_no_thread_behind(origin, downloads):
    def endless():
        origin.serve("/a", File(DATA))
        yield from (origin.url(f"/a?{number}") for number in itertools.count())

    async with rheo.DownloadManager(directory=downloads, sync="off", on_exists="overwrite") as manager:
        async with aclosing(manager.download_many(endless())) as results:
            await anext(results)

        reading = [thread for thread in threading.enumerate() if thread.name == "rheo list"]
        for thread in reading:
            await asyncio.to_thread(thread.join, 10)
        assert not any(thread.is_alive() for thread in reading)


@on_a_loop
async def test_a_ledger_is_closed_though_its_opening_was_cancelled(origin, downloads, monkeypatch):
    opening, gate, opened, open_book = threading.Event(), threading.Event(), threading.Event(), Book.open

    def slow(*words, **named):
        opening.set()
        gate.wait(10)
        book = open_book(*words, **named)
        opened.set()
        return book

    monkeypatch.setattr(Book, "open", slow)
    urls = urls_of(origin, 1)

    async with rheo.DownloadManager(directory=downloads) as manager:
        asked = asyncio.create_task(_all_of(manager.download_many(urls, ledger=downloads / "ledger")))
        await asyncio.to_thread(opening.wait, 10)
        asked.cancel()
        gate.set()
        await asyncio.wait([asked])
        await asyncio.to_thread(opened.wait, 10)
        again = await _all_of(manager.download_many(urls, ledger=downloads / "ledger"))

    assert again[1].error is None


@on_a_loop
async def test_leaving_early_begins_nothing_more(origin, downloads):
    gate = threading.Event()
    origin.serve("/slow", gated(File(DATA), gate, after=50))
    items = [*urls_of(origin, 1), *(origin.url(f"/slow?{number}") for number in range(100))]

    async with rheo.DownloadManager(directory=downloads, max_concurrent=2) as manager:
        async with aclosing(manager.download_many(items)) as results:
            await anext(results)
            await asyncio.to_thread(origin.wait_for, lambda server: server.held == 2)

        assert len(origin.requests) == 3
    gate.set()


@on_a_loop
async def test_nothing_goes_on_once_its_ledger_fails(origin, downloads):
    gate, second = threading.Event(), threading.Event()
    origin.serve("/slow", gated(File(DATA), gate, after=50))
    origin.serve("/second", gated(File(DATA), second, after=50))
    items = [*urls_of(origin, 1), origin.url("/second"), *(origin.url(f"/slow?{number}") for number in range(20))]

    async with rheo.DownloadManager(directory=downloads, max_concurrent=4) as manager:
        results = manager.download_many(items, ledger=downloads / "a.ledger")
        await anext(results)
        (downloads / "a.ledger").unlink()
        second.set()
        with pytest.raises(rheo.StorageError):
            await _all_of(results)

        await asyncio.wait_for(manager.wait(), 5)
    gate.set()


@on_a_loop
async def test_a_manager_that_closes_ends_the_results(origin, downloads):
    gate = threading.Event()
    origin.serve("/slow", gated(File(b"y" * 3_000_000), gate, after=1_500_000))

    manager = rheo.DownloadManager(directory=downloads, connections=1)
    async with manager:
        results = manager.download_many([*urls_of(origin, 1), origin.url("/slow")])
        await anext(results)
        await manager.close()
        with pytest.raises(rheo.ManagerClosedError):
            await anext(results)
    gate.set()


def test_the_synchronous_face_has_it_too(origin, downloads):
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        sizes = [one.result.size for one in manager.download_many(urls_of(origin, 5))]

    assert sizes == [100] * 5


@on_a_loop
async def test_nothing_of_what_is_finished_stays_with_the_manager(origin, downloads):
    async with rheo.DownloadManager(directory=downloads, sync="off", on_exists="overwrite") as manager:
        async for _ in manager.download_many(urls_of(origin, 300)):
            pass

        await manager.wait()
        assert not manager._views


@on_a_loop
async def test_items_with_one_url_and_several_places_are_fetched_once(origin, downloads):
    (url,) = urls_of(origin, 1)
    items = [url, {"url": url, "output": "deep/b"}, {"url": url, "directory": downloads / "other"}]
    items.append({"url": url, "output": "c", "headers": {"Accept-Language": "cy"}})  # may be answered otherwise
    items.append({"url": url.replace("://", "://me:secret@"), "output": "d"})

    async with rheo.DownloadManager(directory=downloads) as manager:
        many = manager.download_many(items, ledger=downloads / "a.ledger", duplicates="link")
        found = {one.number: one async for one in many}
        again = [one.left async for one in manager.download_many(items, ledger=downloads / "a.ledger")]

    assert [found[number].error for number in (1, 2, 3, 4, 5)] == [None] * 5
    assert [found[number].result.path for number in (2, 3)] == [downloads / "deep/b", downloads / "other/a"]
    assert found[2].result.path.samefile(found[1].result.path)
    assert len(origin.requests) == 3
    assert again == [rheo.Left.DONE] * 5


@on_a_loop
async def test_an_at_in_a_path_is_no_login_that_would_have_an_item_answered_otherwise(origin, downloads):
    origin.serve("/@a", File(DATA))
    items = [origin.url("/@a"), {"url": origin.url("/@a"), "output": "b"}]

    async with rheo.DownloadManager(directory=downloads) as manager:
        paths = [one.result.path.name async for one in manager.download_many(items, ledger=downloads / "a.ledger")]

    assert sorted(paths) == ["@a", "b"]
    assert len(origin.requests) == 1


@on_a_loop
async def test_what_a_ledger_knows_as_done_is_looked_at_where_that_is_wished(origin, downloads):
    urls = [*urls_of(origin, 3)]
    ledger = downloads / "a.ledger"

    async with rheo.DownloadManager(directory=downloads) as manager:
        paths = [one.result.path async for one in manager.download_many(urls, ledger=ledger)]
        paths[1].unlink()
        async for one in manager.download_many(urls, ledger=ledger, check=rheo.Check.SIZE):
            assert (one.left is rheo.Left.DONE) == (one.result is None)

    assert paths[1].read_bytes() == DATA
    assert len(origin.requests) == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"check": "date", "ledger": "x"}, "must be one of size, hash, remote"),
        ({"check": "size"}, "name one"),
        ({"duplicates": "link"}, "name one"),
    ],
)
@on_a_loop
async def test_what_no_ledger_can_tell_is_refused(downloads, words, said):
    async with rheo.DownloadManager(directory=downloads) as manager:
        with pytest.raises(rheo.UsageError, match=said):
            manager.download_many([], **words)


@on_a_loop
async def test_an_item_is_fetched_only_where_it_is_newer(origin, downloads):
    origin.serve("/a", File(DATA, etag='"1"'))

    async with rheo.DownloadManager(directory=downloads) as manager:
        first = await (await manager.add(origin.url("/a"))).wait()
        (downloads / "a").touch()
        origin.serve("/a", Status(304))
        second = await (await manager.add(origin.url("/a"), on_exists="newer")).wait()

    assert (first.etag, first.last_modified, first.unchanged) == ('"1"', None, False)
    assert (second.skipped, second.unchanged) == (True, True)


@on_a_loop
async def test_the_same_url_for_two_folders_is_two_files_of_a_ledger(origin, downloads):
    (url,) = urls_of(origin, 1)
    items = [{"url": url, "directory": downloads / "a"}, {"url": url, "directory": str(downloads / "b")}]

    async with rheo.DownloadManager(directory=downloads) as manager:
        first = [one.left async for one in manager.download_many(items, ledger=downloads / "l")]
        again = [one.left async for one in manager.download_many(items, ledger=downloads / "l")]

    assert first == [None, None]
    assert again == [rheo.Left.DONE, rheo.Left.DONE]
    assert sorted(path.parent.name for path in downloads.glob("*/a*")) == ["a", "b"]


@on_a_loop
async def test_who_leaves_early_leaves_no_thread_and_no_open_iterable(origin, downloads):
    left = threading.Event()

    def endless():
        try:
            yield from urls_of(origin, 1_000_000)
        finally:
            left.set()

    async with rheo.DownloadManager(directory=downloads, on_exists="overwrite") as manager:
        async with aclosing(manager.download_many(endless())) as results:
            await anext(results)

        assert await asyncio.to_thread(left.wait, 5)


@on_a_loop
async def test_one_item_is_no_iterable_of_items(downloads):
    items = "http://a/"
    async with rheo.DownloadManager(directory=downloads) as manager:
        with pytest.raises(TypeError, match="must be a list"):
            await anext(manager.download_many(items))


@on_a_loop
@pytest.mark.parametrize(
    ("items", "wishes", "said"),
    [
        ([{"url": "http://127.0.0.1:1/", "filename": "a"}], {}, "item 1 has 'filename', which is no wish"),
        ([7], {}, "item 1 is neither a URL nor a mapping with one, but of type int"),
        ([], {"colour": "red"}, r"download_many\(\) got an unexpected keyword argument 'colour'"),
    ],
)
async def test_a_mistake_of_the_program_is_told_with_its_item(items, wishes, said, downloads):
    async with rheo.DownloadManager(directory=downloads) as manager:
        with pytest.raises(TypeError, match=said):
            await anext(manager.download_many(items, **wishes))


@on_a_loop
async def test_who_leaves_early_leaves_to_others_what_they_asked_for_too(origin, downloads):
    gate = threading.Event()
    origin.serve("/slow", gated(File(b"y" * 3_000_000), gate, after=1_500_000))
    items = [*urls_of(origin, 1), origin.url("/slow")]

    async with rheo.DownloadManager(directory=downloads, connections=1) as manager:
        own = await manager.add(origin.url("/slow"))
        others = manager.download_many([origin.url("/slow")])
        other = asyncio.create_task(anext(others))
        await asyncio.to_thread(origin.wait_for, lambda server: server.held == 1)
        async with aclosing(manager.download_many(items)) as results:
            await anext(results)
        gate.set()

        assert (await own.wait()).size == 3_000_000
        assert (await other).result.size == 3_000_000


@pytest.mark.parametrize("how", ["cancel", "remove"])
@on_a_loop
async def test_what_somebody_cancels_is_a_result(how, origin, downloads):
    gate = threading.Event()
    origin.serve("/slow", gated(File(b"y" * 3_000_000), gate, after=1_500_000))

    async with rheo.DownloadManager(directory=downloads, connections=1) as manager:
        own = await manager.add(origin.url("/slow"))
        results = manager.download_many([origin.url("/slow"), *urls_of(origin, 1)])
        assert (await anext(results)).error is None
        await getattr(own, how)()
        assert isinstance((await anext(results)).error, rheo.DownloadCancelledError)
    gate.set()


@pytest.mark.filterwarnings("error")
def test_a_manager_that_is_closed_leaves_no_ledger_open_and_nobody_waiting(origin, downloads):
    gate, told, ledgers = threading.Event(), [], downloads / "ledgers"
    origin.serve("/slow", gated(File(DATA), gate, after=0))
    manager = rheo.sync.DownloadManager(directory=downloads).__enter__()

    def take() -> None:
        try:
            list(manager.download_many([origin.url("/slow")], ledger=ledgers / "waiting"))
        except rheo.ManagerClosedError as error:
            told.append(error)

    waiting = threading.Thread(target=take, daemon=True)
    waiting.start()
    left = manager.download_many(urls_of(origin, 9), ledger=ledgers / "left")
    next(left)
    origin.wait_for(lambda seen: seen.held == 1)

    manager.close()
    waiting.join(10)
    gate.set()

    assert len(told) == 1
    assert {path.name for path in ledgers.iterdir()} == {"left", "waiting"}, "no log and no lock beside them"
    left.close()


@pytest.mark.parametrize("wish", sorted(LEAVING, key=lambda wish: wish.value))
@on_a_loop
async def test_a_file_that_comes_while_another_is_asked_for_is_not_there_for_that_one(origin, downloads, wish):
    """Both are alike in all that a head tells."""
    asked, named = threading.Event(), threading.Event()

    def after(gate, data):
        return lambda request: itertools.chain([Wait(gate)], steps_of(File(data, last_modified=LONG_AGO), request))

    def second(request):
        asked.set()
        return after(named, b"2" * 100)(request)

    origin.serve("/1/a.bin", after(asked, b"1" * 100))
    origin.serve("/2/a.bin", second)
    found = {}

    async with rheo.DownloadManager(directory=downloads) as manager:
        many = manager.download_many([origin.url("/1/a.bin"), origin.url("/2/a.bin")], on_exists=wish)
        async with aclosing(many):
            async for one in many:
                found[one.number] = one.result
                named.set()

    assert [(found[number].path.name, found[number].skipped) for number in (1, 2)] == [
        ("a.bin", False),
        ("a.1.bin", False),
    ]
    assert [found[number].path.read_bytes()[:1] for number in (1, 2)] == [b"1", b"2"]
