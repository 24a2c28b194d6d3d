"""Who is at the other end of a socket, and what it holds."""

import os
import socket

import pytest

from rheo.transport.curl.sockets import MOST_UNSENT, hold_little, peer_of


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


@pytest.mark.skipif(not hasattr(socket, "TCP_NOTSENT_LOWAT"), reason="the system has no such option")
def test_what_has_not_left_is_little_where_there_is_such_a_socket():
    reading, writing = os.pipe()
    with socket.socket() as opened, socket.socket(type=socket.SOCK_DGRAM) as other:
        for descriptor in (opened.fileno(), other.fileno(), reading):
            hold_little(descriptor)
        assert opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) == MOST_UNSENT
    os.close(reading)
    os.close(writing)
