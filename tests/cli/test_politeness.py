"""A command and a host that asks to wait: what it says, and when it ends."""

import re

from cli.command import Rheo
from origin import File, Origin, Status

BUSY = Status(503, headers={"Retry-After": "1000"})


def test_where_the_wait_is_too_long_nobody_else_asks(origin: Origin, rheo: Rheo) -> None:
    for number in range(5):
        origin.serve(f"/{number}", BUSY)

    ran = rheo("-j1", "--retry-max-time", "5m", *(origin.url(f"/{number}") for number in range(5)))

    assert ran.code == 3
    assert len(origin.requests) == 1
    waits = r"takes no more requests now; it is asked again in 100[01] s, retry_max_time allows 300 s"
    assert len(re.findall(waits, ran.err.partition("0 of 5")[2])) == 4


def test_a_short_wait_is_told_where_everything_is(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/0", [Status(429, headers={"Retry-After": "1"}), File(b"x")])
    for number in range(1, 4):
        origin.serve(f"/{number}", File(b"x"))

    ran = rheo("-v", "-j1", *(origin.url(f"/{number}") for number in range(4)))

    assert ran.code == 0
    assert f"http://127.0.0.1:{origin.port} takes no requests for 1 s; waiting: 3" in ran.err


def test_a_delay_that_is_none_is_refused(origin: Origin, rheo: Rheo) -> None:
    ran = rheo("--request-delay", "-1", origin.url("/a"))

    assert ran.code == 2
    assert "request-delay" in ran.err
