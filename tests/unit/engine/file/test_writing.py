"""What a crash finds of a part of which bytes were withdrawn, and brought anew."""

import asyncio
import threading

import pytest

from kill import dead_owner
from parts import CONTENT, SIZE, URL, Parts, described
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import StorageError
from rheo.domain.promise import UNPROMISED
from rheo.domain.url import parse_url
from rheo.engine.clock import SystemClock
from rheo.engine.file.place import Place
from rheo.engine.file.verifier import Verifier
from rheo.engine.file.writing import Writing
from rheo.engine.limits.budget import Budget
from rheo.storage import platform
from rheo.storage.parts.part_file import PartFile

BAD = (100_000, SIZE)
GOOD = (0, 100_000)


class Unpromised:
    """Knows of no hash."""

    promise = UNPROMISED

    async def close(self):
        pass


@pytest.fixture
def parts(tmp_path, monkeypatch):
    return Parts(tmp_path, monkeypatch)


def begin(parts):
    """Return how a part is written of which all is there, and some of it wrong."""
    request = DownloadRequest(url=parse_url(URL), directory=parts.folder)
    place = Place(parts.new(), request, described(), remains=None, reserve=False)
    writing = Writing(
        place.part,
        Verifier(Unpromised()),
        place=place,
        written=None,
        holding=Budget(1 << 20).holding(),
        clock=SystemClock(),
        fail=lambda _error: None,
        beat=lambda: None,
    )
    write(writing, GOOD)
    writing.write(BAD[0], [b"\0" * (SIZE - BAD[0])])
    return writing


def write(writing, span):
    writing.write(span[0], [CONTENT[slice(*span)]])


def die(parts, work):
    """Do the work as a process that is killed right after it."""

    async def run():
        writing = begin(parts)
        try:
            await work(writing)
        finally:
            await writing.close()
            writing.place.part.close()

    with parts._monkeypatch.context() as patch, dead_owner(patch):
        asyncio.run(run())


def test_what_was_brought_anew_is_as_good_as_the_rest(parts):
    async def work(writing):
        await writing.keeper.settle()
        await writing.withdraw([BAD])
        write(writing, BAD)
        await writing.keeper.settle()

    die(parts, work)

    assert list(parts.look().ranges) == [(0, SIZE)]


def test_what_is_withdrawn_is_not_believed_any_more(parts):
    async def work(writing):
        await writing.keeper.settle()
        await writing.withdraw([BAD])

    die(parts, work)

    assert list(parts.look().ranges) == [GOOD]


def test_a_save_that_is_under_way_does_not_bring_it_back(parts, monkeypatch):
    begun, go = threading.Event(), threading.Event()
    sync = platform.sync_data

    def slow(descriptor):
        begun.set()
        assert go.wait(5)
        sync(descriptor)

    async def work(writing):
        monkeypatch.setattr(platform, "sync_data", slow)
        saving = asyncio.create_task(writing.keeper.settle())
        await asyncio.to_thread(begun.wait)
        withdrawing = asyncio.create_task(writing.withdraw([BAD]))
        await asyncio.sleep(0)
        go.set()
        await withdrawing
        await saving

    die(parts, work)

    assert list(parts.look().ranges) == [GOOD]


def test_a_cancel_meanwhile_is_not_lost(parts, monkeypatch):
    begun, go = threading.Event(), threading.Event()
    monkeypatch.setattr(PartFile, "sync_data", lambda _part: begun.set() or go.wait(5))

    async def work(writing):
        withdrawing = asyncio.create_task(writing.withdraw([BAD]))
        await asyncio.to_thread(begun.wait)
        withdrawing.cancel()
        await asyncio.sleep(0)
        go.set()
        with pytest.raises(asyncio.CancelledError):
            await withdrawing

    die(parts, work)


def test_a_disk_that_cannot_say_so_is_told(parts, monkeypatch):
    def fail(_part):
        raise StorageError("no")

    async def work(writing):
        monkeypatch.setattr(PartFile, "sync_data", fail)
        with pytest.raises(StorageError):
            await writing.withdraw([BAD])

    die(parts, work)
