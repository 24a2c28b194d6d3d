"""What lies beside a file that is to come, and what the command says of it: once, in its normal voice."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.command import Rheo
from kill import dead_owner
from origin import File, Generated, Origin, cut
from rheo.storage.parts.claim import Claim

CONTENT = Generated(5_000_000)
WHOLE = CONTENT.read(0, CONTENT.size)
ALONE = ("--connections", "1", "--retry", "0")


def names() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def interrupted(origin: Origin, rheo: Rheo) -> None:
    """Leave a half of the file."""
    origin.serve("/a.iso", cut(File(CONTENT, etag='"1"'), after=2_500_000))
    assert rheo(origin.url("/a.iso"), *ALONE).code == 4
    assert names() == ["a.iso.part", "a.iso.part.json"]


def said(lines: list[str], beginning: str) -> list[str]:
    return [line for line in lines if line.startswith(beginning)]


@pytest.mark.parametrize("damaged", [b"", bytes(500), b'{"rheo":"part state","ver'])
def test_a_state_that_was_damaged_a_moment_ago_is_left_alone_with_a_word(
    origin: Origin, rheo: Rheo, damaged: bytes
) -> None:
    interrupted(origin, rheo)
    Path("a.iso.part.json").write_bytes(damaged)
    origin.serve("/a.iso", File(CONTENT, etag='"1"'))

    ran = rheo(origin.url("/a.iso"), *ALONE)

    assert len(said(ran.lines, f"{Path.cwd()}/a.iso.part.json is damaged: it is not a part state; left alone")) == 1
    assert Path("a.iso").read_bytes() == WHOLE
    assert names() == ["a.iso", "a.iso.part", "a.iso.part.json"]


def test_a_state_that_was_damaged_a_while_ago_makes_way_with_a_word(origin: Origin, rheo: Rheo) -> None:
    interrupted(origin, rheo)
    Path("a.iso.part.json").write_bytes(b"")
    for name in names():
        os.utime(name, (1e9, 1e9))
    origin.serve("/a.iso", File(CONTENT, etag='"1"'))

    ran = rheo(origin.url("/a.iso"), *ALONE)

    [line] = said(ran.lines, f"{Path.cwd()}/a.iso.part.json is damaged")
    assert line.endswith("a.iso.damaged.part")
    assert names() == ["a.iso", "a.iso.damaged.part", "a.iso.damaged.part.json"]


def test_a_file_that_changed_since_is_fetched_anew_with_a_word(origin: Origin, rheo: Rheo) -> None:
    interrupted(origin, rheo)
    origin.serve("/a.iso", File(Generated(6_000_000, 7), etag='"2"'))

    ran = rheo(origin.url("/a.iso"), *ALONE)

    assert ran.code == 0
    assert ran.lines[0] == f"{origin.url('/a.iso')}: the file has changed on the server; fetching it anew"
    assert names() == ["a.iso"]


@pytest.mark.parametrize("option", [[], ["--resume-from", "a.iso.part"]])
def test_a_part_that_the_server_serves_no_rest_of_is_fetched_anew_with_a_word(
    origin: Origin, rheo: Rheo, option: list[str]
) -> None:
    interrupted(origin, rheo)
    origin.serve("/a.iso", File(CONTENT, etag='"1"', ranges=False))

    ran = rheo(origin.url("/a.iso"), *ALONE, *option)

    assert ran.code == 0
    assert ran.lines[0] == f"{origin.url('/a.iso')}: the server does not serve parts of the file; fetching it anew"


OBSTACLES: dict[str, Callable[[Path], object]] = {
    "newer": lambda path: path.write_text('{"rheo":"part state","version":9,"sha256":'),
    "link": lambda path: path.symlink_to("/dev/zero"),
    "pipe": os.mkfifo,
    "folder": Path.mkdir,
    "text": lambda path: path.write_text("somebody's"),
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
@pytest.mark.parametrize("content", [CONTENT, b"little"])
def test_what_is_in_the_way_of_a_state_is_told_once(
    origin: Origin, rheo: Rheo, obstacle: str, content: Generated | bytes
) -> None:
    OBSTACLES[obstacle](Path("a.iso.part.json"))
    origin.serve("/a.iso", File(content, etag='"1"'))

    ran = rheo(origin.url("/a.iso"))

    assert ran.code == 0
    assert len(said(ran.lines, f"{Path.cwd()}/a.iso.part.json is left alone: ")) == 1


@pytest.mark.parametrize("content", [CONTENT, b"little"])
def test_a_part_without_a_state_is_left_alone_with_a_word(
    origin: Origin, rheo: Rheo, content: Generated | bytes
) -> None:
    Path("a.iso.part").write_bytes(b"somebody's")
    origin.serve("/a.iso", File(content, etag='"1"'))

    ran = rheo(origin.url("/a.iso"))

    assert said(ran.lines, "/") == [f"{Path.cwd()}/a.iso.part is left alone: no part state says what it is of"]
    assert names() == ["a.iso", "a.iso.part"]
    assert Path("a.iso.part").read_bytes() == b"somebody's"


def published_and_killed(origin: Origin, rheo: Rheo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the whole file, and the state that its process died before it could remove."""
    origin.serve("/a.iso", File(CONTENT, etag='"1"'))
    with monkeypatch.context() as patch, dead_owner(patch):
        patch.setattr(Claim, "drop", lambda _: None)
        assert rheo(origin.url("/a.iso"), *ALONE).code == 0
    assert names() == ["a.iso", "a.iso.part.json"]


def test_a_file_that_was_named_before_its_process_died_is_there_already(
    origin: Origin, rheo: Rheo, monkeypatch: pytest.MonkeyPatch
) -> None:
    published_and_killed(origin, rheo, monkeypatch)

    assert rheo(origin.url("/a.iso"), *ALONE).code == 0

    assert len(origin.requests) == 1
    assert names() == ["a.iso"]


def test_one_that_somebody_wrote_into_since_is_another_file(
    origin: Origin, rheo: Rheo, monkeypatch: pytest.MonkeyPatch
) -> None:
    published_and_killed(origin, rheo, monkeypatch)
    with Path("a.iso").open("r+b") as file:
        file.write(b"mine")
    later = Path("a.iso.part.json").stat().st_mtime + 60
    os.utime("a.iso", (later, later))

    assert rheo(origin.url("/a.iso"), *ALONE).code == 0

    assert names() == ["a.1.iso", "a.iso"]
    assert Path("a.1.iso").read_bytes() == WHOLE
    assert Path("a.iso").read_bytes().startswith(b"mine")


def test_an_older_version_goes_also_where_its_name_was_taken_meanwhile(origin: Origin, rheo: Rheo) -> None:
    interrupted(origin, rheo)
    Path("a.iso").write_text("mine")
    origin.serve("/a.iso", File(Generated(CONTENT.size, seed=2), etag='"2"'))

    assert rheo(origin.url("/a.iso"), *ALONE).code == 0

    assert names() == ["a.1.iso", "a.iso"]
    assert Path("a.iso").read_text() == "mine"
