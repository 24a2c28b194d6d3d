"""The embedded server, asked by another client than ours."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, HTTPResponse, IncompleteRead

import pytest

from rheo.selftest.server import Answer, serving


@contextmanager
def connected(address: str) -> Iterator[HTTPConnection]:
    with closing(HTTPConnection(address.removeprefix("http://"), timeout=10)) as connection:
        yield connection


def ask(connection: HTTPConnection, target: str) -> HTTPResponse:
    connection.request("GET", target)
    return connection.getresponse()


def with_body(*pieces: bytes) -> Answer:
    return Answer(length=sum(map(len, pieces)), body=pieces)


def test_one_connection_brings_many_answers() -> None:
    routes = {"/a": lambda _: with_body(b"one", b"two"), "/b": lambda _: with_body(b"three")}
    with serving(routes) as address, connected(address) as connection:
        assert [ask(connection, target).read() for target in ("/a", "/b", "/a")] == [b"onetwo", b"three", b"onetwo"]


def test_status_and_fields_are_sent() -> None:
    moved = Answer(status=HTTPStatus.FOUND, fields=(("Location", "/elsewhere"),))
    with serving({"/a": lambda _: moved}) as address, connected(address) as connection:
        answer = ask(connection, "/a")
        assert (answer.status, answer.reason, answer.headers["Location"]) == (302, "Found", "/elsewhere")


def test_a_target_without_a_route_is_not_found() -> None:
    with serving({"/a": lambda _: with_body(b"one")}) as address, connected(address) as connection:
        assert ask(connection, "/a?query").status == 404


def test_a_route_knows_how_often_its_target_was_asked_for() -> None:
    def counted(visits: int) -> Answer:
        return with_body(b"%d" % visits)

    with serving({"/a": counted, "/b": counted}) as address, connected(address) as one, connected(address) as other:
        assert [ask(one, target).read() for target in ("/a", "/a", "/b")] == [b"0", b"1", b"0"]
        assert ask(other, "/a").read() == b"2"


def test_a_body_that_falls_short_of_its_length_is_cut() -> None:
    short = Answer(length=10, body=[b"one"])
    with serving({"/a": lambda _: short}) as address, connected(address) as connection:
        with pytest.raises(IncompleteRead) as cut:
            ask(connection, "/a").read()
        assert cut.value.partial == b"one"


def test_nothing_listens_once_the_block_is_left() -> None:
    with serving({}) as address:
        (listening,) = [thread for thread in threading.enumerate() if thread.name == "rheo test server"]
    listening.join(timeout=5)
    assert not listening.is_alive()
    with connected(address) as connection, pytest.raises(ConnectionRefusedError):
        connection.connect()
