"""What downloads hold in memory on the way to the disk: one budget, with one of them and with a thousand."""

import threading
import time
from contextlib import contextmanager

import pytest

import rheo
from origin import File, Generated
from rheo import assembly
from rheo.engine.file import incoming
from rheo.engine.file.place import Place
from rheo.engine.limits.budget import Budget

MANY = 1000
SIZE = 200_000
MIB = 1024 * 1024


@pytest.fixture
def budgets(monkeypatch):
    """The budgets of all managers that the test opens."""
    made = []

    def noted(most):
        made.append(Budget(most))
        return made[-1]

    monkeypatch.setattr(assembly, "Budget", noted)
    return made


@pytest.fixture
def large(monkeypatch):
    """Files of the test's size are opened on a thread, as large ones are."""
    monkeypatch.setattr(incoming, "SMALL", SIZE // 2)


def manager(downloads, **settings):
    return rheo.sync.DownloadManager(directory=downloads, max_concurrent=MANY, connections=1, sync="off", **settings)


def add(downloads, origin, *, many=MANY):
    for number in range(many):
        origin.serve(f"/{number}", File(Generated(SIZE), etag='"1"'))
    return downloads.add_many([origin.url(f"/{number}") for number in range(many)])


def assert_whole(handles):
    data = Generated(SIZE).read(0, SIZE)
    assert all(handle.wait().path.read_bytes() == data for handle in handles)


def assert_kept(budgets, *, most):
    (budget,) = budgets
    assert budget.most == most
    assert budget.most / 4 < budget.peak <= budget.most
    assert (budget.held, budget.kept, budget.waiting) == (0, 0, 0)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("sizes", [(16 * MIB, MANY), (MIB, MANY // 10)], ids=str)
def test_downloads_to_a_disk_that_stands_still_share_one_budget(origin, downloads, budgets, monkeypatch, sizes):
    """Invariant 6: what has no place is left in the sockets, and all go on once the disk does."""
    memory, many = sizes
    disk, make = threading.Event(), Place.make

    def standing(place):
        disk.wait(60)
        make(place)

    monkeypatch.setattr(Place, "make", standing)
    with manager(downloads, max_memory=memory) as all_of_them, opened(disk):
        handles = add(all_of_them, origin, many=many)
        until(lambda: len(origin.requests) == many and budgets[0].waiting > many / 3)
        disk.set()
        assert_whole(handles)

    assert_kept(budgets, most=memory // 2)


@pytest.mark.usefixtures("large")
def test_who_writes_at_once_gets_on_while_the_disk_of_most_others_stands_still(origin, downloads, budgets, monkeypatch):
    disk, make = threading.Event(), Place.make

    def standing(place):
        if "0" not in place._url.rpartition("/")[2]:
            disk.wait(60)
        make(place)

    monkeypatch.setattr(Place, "make", standing)
    with manager(downloads) as all_of_them, opened(disk):
        handles = add(all_of_them, origin)
        quick = [handle for number, handle in enumerate(handles) if "0" in str(number)]
        assert_whole(quick)
        assert not disk.is_set()
        disk.set()
        assert_whole(handles)

    assert_kept(budgets, most=8 * MIB)


@pytest.mark.parametrize(("settings", "many"), [({}, MANY), ({"limit_rate": "20M"}, MANY // 10)])
def test_downloads_to_a_quick_disk_share_one_budget(origin, downloads, budgets, settings, many):
    """Who is held up by a limit holds no more."""
    with manager(downloads, **settings) as all_of_them:
        assert_whole(add(all_of_them, origin, many=many))

    (budget,) = budgets
    assert 0 < budget.peak <= budget.most
    assert (budget.held, budget.kept, budget.waiting) == (0, 0, 0)


def test_a_lone_download_to_a_disk_that_stands_still_has_half_of_the_budget(origin, downloads, budgets, monkeypatch):
    disk, make = threading.Event(), Place.make

    def standing(place):
        disk.wait(60)
        make(place)

    monkeypatch.setattr(Place, "make", standing)
    data = Generated(40_000_000)
    origin.serve("/a", File(data, etag='"1"'))
    with rheo.sync.DownloadManager(directory=downloads) as alone, opened(disk):
        handle = alone.add(origin.url("/a"))
        until(lambda: budgets and budgets[0].waiting)
        disk.set()
        assert handle.wait().path.read_bytes() == data.read(0, data.size)

    assert_kept(budgets, most=8 * MIB)
    assert budgets[0].peak <= 4 * MIB


@contextmanager
def opened(gate):
    """Open it at the latest where the test ends."""
    try:
        yield
    finally:
        gate.set()


def until(there):
    ends = time.monotonic() + 30
    while not there():
        assert time.monotonic() < ends
        time.sleep(0.01)
