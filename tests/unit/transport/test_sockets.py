"""Who is at the other end of a socket."""

import os
import socket

import pytest

from rheo.transport.curl.sockets import peer_of


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_it_is_known_from_the_connection_on(family, host):
    with socket.create_server((host, 0), family=family) as listener, socket.socket(family) as opened:
        assert peer_of([opened.fileno()]) is None
        opened.connect(listener.getsockname())

        assert peer_of([opened.fileno()]) == host
        assert peer_of([listener.fileno(), opened.fileno()]) == host
        assert opened.send(b"still open") == 10


def test_what_is_no_such_socket_is_nobody():
    reading, writing = os.pipe()
    first, second = socket.socketpair()
    with first, second:
        assert peer_of([reading, writing, first.fileno()]) is None
    os.close(reading)
    os.close(writing)
    assert peer_of([reading, writing]) is None
    assert peer_of([]) is None
