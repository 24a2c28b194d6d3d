"""What is done with files that are there already: left, looked at, asked for by a condition, or replaced."""

import json
import os
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from cli.command import Rheo
from origin import Chunked, File, Origin, Received, Status

OLD, NEW = b"x" * 2048, b"y" * 2048
THEN = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def repr_digest(data: bytes) -> dict[str, str]:
    return {"Repr-Digest": f"sha-256=:{b64encode(sha256(data).digest()).decode()}:"}


def sent(origin: Origin, name: str) -> list[str | None]:
    return [request.headers.get(name) for request in origin.requests]


def test_newer_fetches_what_is_not_there_and_then_only_what_changed(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(OLD, last_modified=THEN))
    assert rheo("--newer", origin.url("/a")).code == 0

    again = rheo("--newer", origin.url("/a"))

    assert again.code == 0
    assert "a: there already, unchanged" in again.lines
    assert sent(origin, "if-modified-since") == [None, "Mon, 06 May 2024 07:08:09 GMT"]
    origin.serve("/a", File(NEW, last_modified=THEN.replace(year=2025)))
    assert rheo("--newer", origin.url("/a")).code == 0
    assert Path("a").read_bytes() == NEW
    assert sorted(path.name for path in Path().iterdir()) == ["a"]


def test_a_file_that_is_removed_while_the_server_is_asked_for_a_newer_one_is_fetched(
    origin: Origin, rheo: Rheo
) -> None:
    file, there = File(OLD, last_modified=THEN), Path("a").absolute()

    def remove(request: Received) -> File:
        there.unlink(missing_ok=True)
        return file

    origin.serve("/a", [file, remove])
    rheo("--newer", origin.url("/a"))

    assert rheo("--newer", origin.url("/a")).code == 0

    assert there.read_bytes() == OLD
    assert sent(origin, "if-modified-since") == [None, "Mon, 06 May 2024 07:08:09 GMT", None]


def test_a_link_that_is_left_has_the_size_of_its_file(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(OLD))
    Path("elsewhere").write_bytes(OLD)
    Path("a").symlink_to("elsewhere")

    told = map(json.loads, rheo("--skip-existing", "--json", origin.url("/a")).out.splitlines())

    assert [one["size"] for one in told if one.get("skipped") is True] == [len(OLD)]


def test_newer_than_a_part_of_a_large_file_is_one_request(origin: Origin, rheo: Rheo) -> None:
    data = os.urandom(3 * 1024 * 1024)
    origin.serve("/a", File(data, last_modified=THEN, etag='"1"'))
    assert rheo("--newer", origin.url("/a"), "-x", "1").code == 0
    before = len(origin.requests)

    assert rheo("--timestamping", origin.url("/a")).code == 0

    assert len(origin.requests) == before + 1
    assert Path("a").read_bytes() == data


def test_a_server_that_heeds_no_condition_is_believed_by_what_it_tells(origin: Origin, rheo: Rheo) -> None:
    Path("a").write_bytes(OLD)
    os.utime("a", (THEN.timestamp(), THEN.timestamp()))
    headers = {"Last-Modified": "Mon, 06 May 2024 07:08:09 GMT"}
    origin.serve("/a", File(NEW, headers=headers))

    assert "a: there already, unchanged" in rheo("--newer", origin.url("/a")).lines
    origin.serve("/a", File(NEW + b"more", headers=headers))
    assert rheo("--newer", origin.url("/a")).code == 0

    assert Path("a").read_bytes() == NEW + b"more"


def test_what_nobody_dates_is_fetched_anew(origin: Origin, rheo: Rheo) -> None:
    Path("a").write_bytes(OLD)
    origin.serve("/a", File(NEW))

    assert rheo("--newer", origin.url("/a")).code == 0

    assert Path("a").read_bytes() == NEW


def test_not_modified_without_a_condition_is_the_servers_mistake(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", Status(304))

    ran = rheo("--newer", origin.url("/a"))

    assert ran.code != 0
    assert "nothing changed, unasked" in ran.err
    assert not Path("a").exists()


def test_a_condition_goes_on_where_a_redirect_leads(origin: Origin, rheo: Rheo) -> None:
    Path("a").write_bytes(OLD)
    origin.serve("/b", File(OLD, last_modified=THEN))
    origin.serve("/a", Status(302, headers={"Location": origin.url("/b")}))

    assert "a: there already, unchanged" in rheo("--newer", origin.url("/a")).lines


@pytest.mark.parametrize(
    "words", [["--skip-existing=size"], ["--skip-existing", "size"], ["--on-exists", "skip-same-size"]]
)
def test_a_file_of_the_same_size_is_left(words: list[str], origin: Origin, rheo: Rheo) -> None:
    Path("a").write_bytes(OLD)
    Path("b").write_bytes(b"short")
    origin.serve("/a", File(NEW))
    origin.serve("/b", File(NEW))

    ran = rheo(*words, origin.url("/a"), origin.url("/b"))

    assert ran.code == 0
    assert "a: there already" in ran.lines
    assert (Path("a").read_bytes(), Path("b").read_bytes()) == (OLD, NEW)


def test_a_file_is_replaced_where_nobody_tells_a_size(origin: Origin, rheo: Rheo) -> None:
    Path("a").write_bytes(OLD)
    origin.serve("/a", Chunked(File(NEW, ranges=False)))

    assert rheo("--skip-existing=size", origin.url("/a")).code == 0

    assert Path("a").read_bytes() == NEW


@pytest.mark.parametrize("words", [["--skip-existing"], ["--skip-existing", "name"], ["--skip-existing=name"]])
def test_a_file_of_that_name_is_left(words: list[str], origin: Origin, rheo: Rheo) -> None:
    Path("a").write_bytes(b"other")
    origin.serve("/a", File(NEW))

    assert rheo(*words, origin.url("/a")).code == 0

    assert Path("a").read_bytes() == b"other"
    assert not origin.requests


def test_a_file_of_an_announced_hash_is_left_and_any_other_replaced(origin: Origin, rheo: Rheo) -> None:
    Path("a").write_bytes(NEW)
    Path("b").write_bytes(OLD)
    for name in "ab":
        origin.serve(f"/{name}", File(NEW, headers=repr_digest(NEW)))

    ran = rheo("--skip-existing", "hash", origin.url("/a"), origin.url("/b"))

    assert ran.code == 0
    assert "a: there already, sha256 verified, hash from the same server" in ran.lines
    assert Path("b").read_bytes() == NEW
    assert sorted(path.name for path in Path().iterdir()) == ["a", "b"]


def test_a_file_of_a_given_hash_is_left_without_a_request(origin: Origin, rheo: Rheo) -> None:
    Path("a").write_bytes(NEW)
    origin.serve("/a", File(OLD))
    digest = f"sha256:{sha256(NEW).hexdigest()}"

    assert rheo("--skip-existing=hash", origin.url("/a"), "--hash", digest).code == 0

    assert not origin.requests
    assert Path("a").read_bytes() == NEW


def test_a_file_whose_hash_nobody_tells_is_replaced(origin: Origin, rheo: Rheo) -> None:
    Path("a").write_bytes(OLD)
    origin.serve("/a", File(NEW))

    assert rheo("--skip-existing=hash", origin.url("/a")).code == 0

    assert Path("a").read_bytes() == NEW


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--skip-existing=date"], "date"),
        (["--skip-existing", "size", "--newer"], "contradicts another option"),
    ],
)
def test_what_cannot_be_is_told(words: list[str], said: str, origin: Origin, rheo: Rheo) -> None:
    ran = rheo(*words, origin.url("/a"))

    assert ran.code == 2
    assert said in ran.err
    assert not origin.requests
