"""With one URL the exit code is that of its error; with several it is 0 or 3."""

import socket
from pathlib import Path

import pytest

from cli.command import Rheo
from origin import File, Origin, Status, cut


@pytest.fixture
def nobody() -> str:
    """A URL at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return f"http://127.0.0.1:{port}/a"


def test_0_is_done(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(b"1"))
    assert rheo(origin.url("/a")).code == 0


def test_0_is_several_that_are_done_or_there_already(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(b"1"))
    Path("b").write_bytes(b"mine")
    ran = rheo(origin.url("/a"), origin.url("/b"), "--skip-existing")
    assert (ran.code, ran.lines[-1]) == (0, "1 of 2 done, 1 there already: 1 B in TIME, SPEED")


def test_3_is_several_of_which_some_or_all_failed(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(b"1"))
    assert rheo(origin.url("/a"), origin.url("/b")).code == 3
    assert rheo(origin.url("/b"), origin.url("/c")).code == 3


def test_4_is_the_network(nobody: str, rheo: Rheo) -> None:
    ran = rheo(nobody, "--retry", "0")
    assert (ran.code, ran.err.count("\n")) == (4, 1)


def test_4_is_also_a_body_that_is_cut(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", cut(File(b"12345"), after=3))
    assert rheo(origin.url("/a"), "--retry", "0").code == 4


def test_5_is_a_server_that_refuses(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", Status(403))
    assert rheo(origin.url("/a")).code == 5


def test_5_is_also_a_part_that_says_not_which_one_it_is(origin: Origin, rheo: Rheo) -> None:
    """With a Range and without."""
    origin.serve("/a", Status(206))
    ran = rheo(origin.url("/a"), "--retry", "0")
    assert [request.headers.get("range") for request in origin.requests] == ["bytes=0-", None]
    assert ran.code == 5
    assert "status 206: the server sends a part of the file where all of it was asked for" in ran.err


def test_6_is_what_was_not_promised(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(b"1"))
    assert rheo(origin.url("/a"), "--hash", f"md5:{'0' * 32}").code == 6


def test_7_is_the_disk(origin: Origin, rheo: Rheo) -> None:
    Path("a").write_bytes(b"mine")
    assert rheo(origin.url("/a"), "--on-exists", "error").code == 7


@pytest.mark.parametrize("bad", ["ftp://a/b", "{origin}/gone"])
def test_3_is_also_the_last_of_a_list_whose_others_are_done(bad: str, origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(b"1"))
    Path("urls.txt").write_text(f"{origin.url('/a')}\n{bad.format(origin=origin.url('/')[:-1])}\n")
    assert rheo("-i", "urls.txt").code == 3
    assert rheo("-i", "urls.txt").code == 3


def test_3_is_also_a_list_that_was_given_up_after_its_first_line(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(b"1"))
    Path("urls.txt").write_text(f"ftp://a/b\n{origin.url('/a')}\n")
    assert rheo("-i", "urls.txt", "--max-failures", "1").code == 3
