"""What name servers said, and for how long and how many names that is remembered."""

import asyncio
import socket
import threading

import pytest

from rheo.domain.errors import ResolveError
from rheo.transport import lookup_turns, resolver
from rheo.transport.lookup_turns import MANY
from rheo.transport.resolver import MOST, Resolver
from rheo.transport.spare_threads import SPARE


def test_so_many_addresses_are_remembered_and_no_more():
    async def meet_many():
        resolver = Resolver(deadline=1.0)
        for number in range(2 * MOST):
            address = f"10.0.{number // 256}.{number % 256}"
            assert resolver.known(address) == (address,)
        return len(resolver._answers)

    assert asyncio.run(meet_many()) == MOST


@pytest.mark.parametrize(("number", "lookups"), [(socket.EAI_NONAME, 1), (socket.EAI_AGAIN, 3)])
def test_that_there_is_no_such_name_is_believed_for_a_while_and_nothing_else(number, lookups):
    asked = []

    def lookup(host):
        asked.append(host)
        raise socket.gaierror(number, "no")

    async def ask_thrice():
        resolver = Resolver(deadline=5.0, lookup=lookup)
        for _ in range(3):
            with pytest.raises(ResolveError, match=r"gone\.test could not be looked up: no"):
                await resolver.resolve("gone.test")

    asyncio.run(ask_thrice())
    assert len(asked) == lookups


def hanging(released, asked):
    """Return a lookup that hangs for names that say so, until it is released; it adds to what was asked for."""

    def lookup(host):
        asked.append(host)
        if host.startswith("hangs"):
            released.wait(20)
        return ["127.0.0.1"]

    return lookup


def test_a_name_that_was_met_is_looked_up_again_before_all_that_were_not(monkeypatch):
    monkeypatch.setattr(lookup_turns, "AT_ONCE", 3)
    monkeypatch.setattr(resolver, "REMEMBERED", 0.0)
    released, asked = threading.Event(), []

    async def ask():
        names = Resolver(deadline=10.0, lookup=hanging(released, asked))
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            await names.look_up("met.test")
            for number in range(10):
                tasks.create_task(names.look_up(f"hangs{number}.test"))
            await asyncio.sleep(0)
            await names.look_up("met.test")
            asked_for = list(asked)
            released.set()
        return asked_for

    assert sorted(asyncio.run(ask())) == ["hangs0.test", "hangs1.test", "hangs2.test", "met.test", "met.test"]
    assert len(asked) == 12


def test_a_name_that_waits_for_its_turn_has_it_at_once_where_somebody_who_cannot_wait_asks(monkeypatch):
    monkeypatch.setattr(lookup_turns, "AT_ONCE", 1)
    released = threading.Event()

    async def ask():
        names = Resolver(deadline=10.0, lookup=hanging(released, []))
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            tasks.create_task(names.look_up("hangs.test"))
            waiting = tasks.create_task(names.look_up("there.test"))
            await asyncio.sleep(0)
            assert await names.resolve("there.test") == ("127.0.0.1",)
            await waiting
            released.set()

    asyncio.run(ask())


def test_a_lookup_that_hangs_fails_by_its_deadline_and_is_begun_anew_by_the_next_who_asks():
    released, asked = threading.Event(), []

    async def ask():
        names = Resolver(deadline=0.05, lookup=hanging(released, asked))
        for ask in (names.look_up, names.resolve):
            with pytest.raises(ResolveError, match=r"no answer to the lookup of hangs\.test within 0\.05 s"):
                await ask("hangs.test")
        released.set()

    asyncio.run(ask())
    assert asked == ["hangs.test", "hangs.test"]


def test_a_name_for_which_there_is_no_thread_fails_where_no_lookup_will_end(monkeypatch):
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)

    with pytest.raises(ResolveError, match=r"no thread is left to look up a\.test") as caught:
        asyncio.run(Resolver(deadline=5.0).look_up("a.test"))
    assert caught.value.transient


def test_lookups_that_hang_leave_threads_to_others_where_the_system_allows_few(monkeypatch):
    most, begin, released = 200, threading.Thread.start, threading.Event()
    threads, lookups = [], []

    def alive(name):
        return [thread for thread in threads if thread.is_alive() and thread.name.startswith(name)]

    def start(thread):
        if len(alive("rheo")) >= most:
            raise RuntimeError("can't start new thread")
        threads.append(thread)
        begin(thread)

    def lookup(_):
        lookups.append(len(alive("rheo lookup")))
        released.wait(20)
        return ["127.0.0.1"]

    async def ask():
        names = Resolver(deadline=20.0, lookup=lookup)
        async with asyncio.TaskGroup() as asked:
            for number in range(500):
                asked.create_task(names.look_up(f"{number}.test"))
            await asyncio.sleep(0)
            for thread in alive("rheo spare"):
                thread.join(5)
            assert len(alive("rheo")) == len(alive("rheo lookup")) == most - SPARE
            released.set()

    monkeypatch.setattr(threading.Thread, "start", start)
    asyncio.run(ask())
    assert len(lookups) == 500
    assert max(lookups) <= most - SPARE


def test_threads_that_are_kept_go_with_the_lookups():
    released = threading.Event()

    def spare():
        return [thread for thread in threading.enumerate() if thread.name == "rheo spare"]

    def lookup(_):
        released.wait(20)
        return ["127.0.0.1"]

    async def ask():
        names = Resolver(deadline=20.0, lookup=lookup)
        async with asyncio.TaskGroup() as asked:
            for number in range(MANY + 1):
                asked.create_task(names.look_up(f"{number}.test"))
            await asyncio.sleep(0)
            kept = spare()
            released.set()
        assert len(kept) == SPARE
        return kept

    for thread in asyncio.run(ask()):
        thread.join(5)
    assert not spare()


def test_lookups_that_hang_leave_half_of_the_open_files_to_others():
    released, under_way, most = threading.Event(), [], []

    def lookup(host):
        under_way.append(host)
        most.append(len(under_way))
        released.wait(20)
        under_way.remove(host)
        return ["127.0.0.1"]

    async def ask():
        names = Resolver(deadline=20.0, lookup=lookup, open_files=lambda: 200)
        async with asyncio.TaskGroup() as asked:
            for number in range(500):
                asked.create_task(names.look_up(f"{number}.test"))
            await asyncio.sleep(0)
            released.set()

    asyncio.run(ask())
    assert len(most) == 500
    assert max(most) <= 100
