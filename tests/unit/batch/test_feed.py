"""The reader of a list, on its thread."""

import threading
from collections.abc import Iterator

import pytest

from rheo.batch.fed import Fed
from rheo.batch.feed import Feed
from rheo.domain.errors import InternalError


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
