"""The writer: at once while the disk is quick, on a thread when it is slow, and never without a bound."""

import asyncio
import threading

import pytest

from rheo.domain.errors import DiskFullError
from rheo.engine.file.writer import BACKLOG, SLOW, Writer
from rheo.engine.limits.budget import Budget


class Ticking:
    """A clock that a target may turn."""

    def __init__(self):
        self.time = 0.0

    def monotonic(self):
        return self.time


class Memory:
    """A target that keeps what it gets, takes the time it is told to, and may be held."""

    def __init__(self, clock, *, takes=0.0, error=None):
        self.clock, self.takes, self.error = clock, takes, error
        self.data = bytearray()
        self.threads = []
        self.opened = 0
        self.go = threading.Event()
        self.go.set()

    def make(self):
        self.opened += 1

    def write(self, offset, buffers):
        assert self.go.wait(5)
        self.threads.append(threading.current_thread())
        self.clock.time += self.takes
        if self.error:
            raise self.error
        data = b"".join(buffers)
        self.data[offset : offset + len(data)] = data


def held():
    return Budget(1 << 30).holding()


def writer_on(target, **more):
    return Writer(target, make=target.make, clock=target.clock, streamed=more.get("streamed", False), holding=held())


def test_a_quick_disk_is_written_at_once():
    async def main():
        target = Memory(Ticking())
        writer = writer_on(target)
        writer.write(0, [b"ab"], 2)
        writer.write(2, [b"cd"], 2)
        await writer.finish()
        await writer.close()
        return target, writer

    target, writer = asyncio.run(main())

    assert target.data == b"abcd"
    assert set(target.threads) == {threading.main_thread()}
    assert (list(writer.written), target.opened) == ([(0, 4)], 1)


def test_a_slow_write_moves_the_file_to_a_thread_in_order():
    async def main():
        target = Memory(Ticking(), takes=SLOW * 2)
        writer = writer_on(target)
        for offset in range(10):
            writer.write(offset, [bytes([offset])], 1)
        await writer.finish()
        await writer.close()
        return target, writer

    target, writer = asyncio.run(main())

    assert target.data == bytes(range(10))
    assert target.threads[0] is threading.main_thread()
    assert threading.main_thread() not in target.threads[1:]
    assert list(writer.written) == [(0, 10)]


def test_what_waits_is_bounded_and_room_is_told_once():
    async def main():
        target = Memory(Ticking())
        target.go.clear()
        writer = writer_on(target, streamed=True)
        block = bytes(1024 * 1024)
        offset = 0
        while not writer.full:
            writer.write(offset, [block], len(block))
            offset += len(block)
        room = asyncio.Event()
        told = []
        writer.on_room.append(lambda: (told.append(writer.full), room.set()))
        target.go.set()
        await room.wait()
        await writer.finish()
        await writer.close()
        return offset, told

    offset, told = asyncio.run(main())

    assert offset == BACKLOG
    assert told == [False]


def test_who_asks_for_room_again_and_again_is_told_once_and_in_turn():
    class Paused:
        def __init__(self, name):
            self.name = name

        def resume(self):
            told.append(self.name)

    told = []

    async def main():
        target = Memory(Ticking())
        target.go.clear()
        writer = writer_on(target, streamed=True)
        writer.write(0, [bytes(BACKLOG)], BACKLOG)
        first, second = Paused("first"), Paused("second")
        for paused in (first, second, first, first, second):
            writer.tell_of_room(paused.resume)
        target.go.set()
        await writer.finish()
        await writer.close()

    asyncio.run(main())

    assert told == ["first", "second"]


def test_a_write_that_fails_on_the_thread_is_told_and_raised():
    async def main():
        target = Memory(Ticking(), error=DiskFullError("no room"))
        writer = writer_on(target, streamed=True)
        failed = asyncio.Event()
        writer.on_failure = lambda error: failed.set()
        writer.write(0, [b"x"], 1)
        await failed.wait()
        with pytest.raises(DiskFullError):
            writer.write(1, [b"y"], 1)
        with pytest.raises(DiskFullError):
            await writer.finish()
        await writer.close()

    asyncio.run(main())


def test_after_a_place_that_could_not_be_made_nothing_is_written_there():
    async def main():
        target = Memory(Ticking())
        full = DiskFullError("no room")

        def make():
            raise full

        writer = Writer(target, make=make, clock=target.clock, streamed=False, holding=held())
        for offset in (0, 2):
            with pytest.raises(DiskFullError):
                writer.write(offset, [b"ab"], 2)
        await writer.close()
        return target

    assert asyncio.run(main()).data == b""


def test_closing_waits_for_the_thread_even_when_cancelled():
    """Invariant 11."""

    async def main():
        target = Memory(Ticking(), takes=SLOW * 2)
        writer = writer_on(target)
        writer.write(0, [b"w"], 1)
        target.go.clear()
        writer.write(1, [b"x"], 1)
        closing = asyncio.ensure_future(writer.close())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.sleep(0)
        assert not closing.done()
        target.go.set()
        await asyncio.wait((closing,))
        return target

    assert asyncio.run(main()).data == b"wx"


def test_closing_does_not_wait_for_the_reader_of_a_stream():
    async def main():
        target = Memory(Ticking())
        target.go.clear()
        writer = writer_on(target, streamed=True)
        writer.write(0, [b"x"], 1)
        await asyncio.wait_for(writer.close(), 1)
        target.go.set()

    asyncio.run(main())


def test_an_empty_file_is_opened():
    async def main():
        target = Memory(Ticking())
        writer = writer_on(target)
        await writer.finish()
        await writer.close()
        return target

    assert asyncio.run(main()).opened == 1
