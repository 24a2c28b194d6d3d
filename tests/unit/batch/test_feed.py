"""The reader of a list, on its thread."""

import threading
from collections.abc import Iterator

import pytest

from rheo.batch.fed import Fed
from rheo.batch.feed import FIRST, Feed
from rheo.domain.errors import InternalError, UsageError


def test_a_reader_that_dies_is_no_end_of_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _: None)

    def broken() -> Iterator[Fed]:
        yield from ()
        raise ZeroDivisionError

    rung = threading.Event()
    feed = Feed(broken(), rung.set)
    assert rung.wait(5)
    for thread in [one for one in threading.enumerate() if one.name == "rheo list"]:
        thread.join(5)

    with pytest.raises(InternalError, match="bug in rheo"):
        feed.take(10)


def test_a_list_without_lines_ends() -> None:
    rung = threading.Event()
    feed = Feed([], rung.set)
    assert rung.wait(5)

    assert feed.take(10) == []
    assert feed.ended


def test_little_is_read_before_the_first_lines_are_taken_and_then_ever_more() -> None:
    read: list[int] = []
    early: list[int] = []
    there, wanted = threading.Event(), threading.Event()

    def lines() -> Iterator[Fed]:
        for number in range(1, 10 * FIRST):
            if number > FIRST and not wanted.is_set():
                early.append(number)
            read.append(number)
            if number == FIRST:
                there.set()
            yield Fed(number, f"line {number}", UsageError("not of interest"))

    taken: list[Fed] = []
    feed = Feed(lines(), lambda: None)
    assert there.wait(5)
    wanted.set()
    while not feed.ended:
        taken += feed.take(FIRST)
    assert (early, [fed.number for fed in taken]) == ([], read)
