"""The transport by itself: what it promises to its receivers, on connections and handles that are used again."""

import asyncio
import threading
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from origin import File, Generated, gated, paced
from rheo.domain.errors import UsageError
from rheo.domain.network import Route
from rheo.domain.url import parse_url
from rheo.transport.addresses import Addresses
from rheo.transport.base import Deadlines, Flow, Request
from rheo.transport.curl import CurlTransport, Keeping
from rheo.transport.curl.exchange import Identity
from rheo.transport.curl.pool import Pool
from rheo.transport.curl.transport import MOST_POOLS
from rheo.transport.reads import Reads
from rheo.transport.resolver import Resolver

SIZE = 400_000
STEERED = {
    "resume": lambda exchange: exchange.resume(),
    "stop": lambda exchange: exchange.stop(),
    "fail": lambda exchange: exchange.fail(OSError("the first one's disk")),
}


class Taking:
    """A receiver that counts, and keeps its exchange; one that is `closed` takes nothing."""

    def __init__(self, *, closed=False):
        self.closed = closed
        self.exchange = None
        self.offers = self.count = 0
        self.begun = asyncio.Event()

    def begin(self, head, exchange):
        self.exchange = exchange
        return Flow.GO_ON

    def chunk(self, data):
        self.begun.set()
        self.offers += 1
        if self.closed:
            return Flow.PAUSE
        self.count += len(data)
        return Flow.GO_ON

    def tick(self, now):
        pass


@asynccontextmanager
async def opened(given=None):
    async with CurlTransport(addresses=Addresses(Resolver(deadline=5.0), given=given)) as transport:
        yield transport


def asked(url, *, headers=(), **more):
    deadlines = Deadlines(connect=5, tls=5, first_byte=5, stall=5)
    return Request(url=parse_url(url), headers=headers, deadlines=deadlines, **more)


def leaving_from(number):
    """Return one of many routes to loopback, whose connections are not mixed."""
    return Route(interface=f"host!127.0.1.{number}")


@pytest.fixture
def urls(origin):
    """A small file, and one that takes 0.2 s."""
    origin.serve("/first", File(b"x" * 100))
    origin.serve("/second", paced(File(Generated(SIZE)), rate=SIZE * 5))
    return origin.url("/first"), origin.url("/second")


@pytest.mark.parametrize("steered", STEERED)
def test_an_exchange_that_has_ended_steers_no_later_one(urls, steered):
    async def main():
        async with opened() as transport:
            first, second = Taking(), Taking()
            await transport.fetch(asked(urls[0]), first)
            fetching = asyncio.create_task(transport.fetch(asked(urls[1]), second))
            await second.begun.wait()
            STEERED[steered](first.exchange)
            await fetching
            return second.count

    assert asyncio.run(main()) == SIZE


def test_an_exchange_that_has_ended_resumes_nobody_else(urls):
    async def main():
        async with opened() as transport:
            first, second = Taking(), Taking(closed=True)
            await transport.fetch(asked(urls[0]), first)
            fetching = asyncio.create_task(transport.fetch(asked(urls[1]), second))
            await second.begun.wait()
            first.exchange.resume()
            await asyncio.sleep(0.1)
            offers = second.offers
            second.closed = False
            second.exchange.resume()
            await fetching
            return offers, second.count

    assert asyncio.run(main()) == (1, SIZE)


def test_what_an_exchange_was_told_just_before_its_end_does_not_reach_the_next_one(urls):
    class Late(Taking):
        def chunk(self, data):
            self.exchange.fail(OSError("too late"))
            return super().chunk(data)

    async def main():
        async with opened() as transport:
            with pytest.raises(OSError, match="too late"):
                await transport.fetch(asked(urls[1]), Late())
            second = Taking()
            await transport.fetch(asked(urls[1]), second)
            return second.count

    assert asyncio.run(main()) == SIZE


def test_an_exchange_is_stopped_as_a_success_and_has_no_round_trip_after_its_end(urls):
    async def main():
        async with opened() as transport:
            only = Taking()
            fetching = asyncio.create_task(transport.fetch(asked(urls[1]), only))
            await only.begun.wait()
            measured = only.exchange.round_trip()
            only.exchange.stop()
            outcome = await fetching
            return measured, outcome.head.status, only.count, only.exchange.round_trip()

    measured, status, count, afterwards = asyncio.run(main())

    assert measured > 0
    assert status == 200
    assert 0 < count < SIZE
    assert afterwards is None


@pytest.mark.parametrize(
    "header",
    [("X-Key", "s3cret\r\nX-Evil: 1"), ("X-Key", "s3cret\n"), ("X-Key", "s3cret\0"), ("X-Key: s3cret\r\nX-Evil", "1")],
)
def test_no_header_has_two_lines_whoever_gave_it(urls, origin, header):
    async def main():
        async with opened() as transport:
            with pytest.raises(UsageError, match="line break or NUL") as raised:
                await transport.fetch(asked(urls[0], headers=(header,)), Taking())
            return str(raised.value)

    assert "s3cret" not in asyncio.run(main())
    assert origin.requests == []


def test_connections_of_an_identity_that_failed_to_be_set_up_make_room_like_others(urls):
    async def main():
        async with opened() as transport:
            first = asked(urls[0], route=leaving_from(1))
            await transport.fetch(first, Taking())
            with pytest.raises(UsageError):
                await transport.fetch(replace(first, headers=(("X-Key", "\n"),)), Taking())
            for number in range(MOST_POOLS):
                await transport.fetch(asked(urls[0], route=leaving_from(2 + number)), Taking())
            return (await transport.fetch(first, Taking())).fresh

    assert asyncio.run(main())


def test_the_identity_that_was_not_used_for_longest_makes_room(urls):
    async def main():
        async with opened() as transport:
            numbers = range(1, MOST_POOLS + 2)
            first, second, *others = [asked(urls[0], route=leaving_from(number)) for number in numbers]
            for request in (first, second, *others[:-1], first, others[-1]):
                await transport.fetch(request, Taking())
            return [(await transport.fetch(request, Taking())).fresh for request in (first, second)]

    assert asyncio.run(main()) == [False, True]


def test_as_many_connections_as_were_in_use_at_once_stay_warm(origin):
    gate = threading.Event()
    origin.serve("/a", gated(File(b"x"), gate, after=0))
    hosts = [f"host{number}.example" for number in range(17)]
    requests = [asked(f"http://{host}:{origin.port}/a") for host in hosts for _ in range(10)]

    async def fetched(transport):
        return await asyncio.gather(*(transport.fetch(request, Taking()) for request in requests))

    async def main():
        async with opened({(host, origin.port): ("127.0.0.1",) for host in hosts}) as transport:
            first = asyncio.create_task(fetched(transport))
            await asyncio.to_thread(origin.wait_for, lambda origin: origin.held == len(requests), 30)
            gate.set()
            return [outcome.fresh for outcome in [*await first, *await fetched(transport)]]

    assert asyncio.run(main()) == [True] * 170 + [False] * 170


def test_a_handle_that_failed_to_be_set_up_sends_what_the_next_request_has(urls, origin):
    async def main():
        async with opened() as transport:
            good = asked(urls[0], headers=(("X-Key", "1"),))
            await transport.fetch(good, Taking())
            for _ in range(2):
                with pytest.raises(UsageError):
                    await transport.fetch(replace(good, headers=(("X-Key", "2\n"),)), Taking())
            await transport.fetch(good, Taking())

    asyncio.run(main())
    assert [request.headers["x-key"] for request in origin.requests] == ["1", "1"]


def test_a_pool_whose_handle_cannot_be_made_has_none_in_use():
    async def main():
        pool = Pool(Identity(Route(interface="ü"), None, encrypted=False), None, Keeping(), Reads(1 << 20))
        with pytest.raises(UnicodeEncodeError):
            pool.take()
        pool.close()
        return pool.active

    assert asyncio.run(main()) == 0


def test_the_handle_of_one_who_was_cancelled_serves_the_next_at_once(urls):
    async def main():
        async with opened() as transport:
            request, receiver, following = asked(urls[0]), Taking(closed=True), Taking()

            async def first():
                try:
                    await transport.fetch(request, receiver)
                finally:
                    await transport.fetch(request, following)

            task = asyncio.create_task(first())
            await receiver.begun.wait()
            task.cancel()
            await asyncio.wait([task])
            return receiver.count, following.count

    assert asyncio.run(main()) == (0, 100)


def test_closing_ends_those_who_still_await_an_answer(urls):
    async def main():
        receiver = Taking(closed=True)
        async with opened() as transport:
            task = asyncio.create_task(transport.fetch(asked(urls[0]), receiver))
            await receiver.begun.wait()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(main())


def test_a_handle_that_was_set_up_for_another_host_leads_to_the_alternative_all_the_same(origin):
    origin.serve("/a", File(b"x"))
    hosts = ("a.example", "b.example")

    async def main():
        async with opened({(host, 1): ("127.0.0.1",) for host in hosts}) as transport:
            for host in hosts:
                request = asked(f"http://{host}:1/a", alternative=("127.0.0.1", origin.port))
                await transport.fetch(request, Taking())

    asyncio.run(main())
    assert [request.headers["host"] for request in origin.requests] == ["a.example:1", "b.example:1"]
