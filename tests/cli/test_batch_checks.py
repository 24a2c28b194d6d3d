"""`--check` and `--newer` with a list: what its ledger knows as done is looked at, and fetched again if wrong."""

import json
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from cli.command import Rheo
from origin import File, Origin, Received, Status

DATA, OTHER = b"x" * 2048, b"y" * 2048
THEN = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
FETCHED = "left alone: {} fetched by earlier runs"


def fetched(rheo: Rheo, *lines: str, words: Sequence[str] = ()) -> None:
    Path("urls.txt").write_text("\n".join(lines) + "\n")
    assert rheo("-i", "urls.txt", *words).code == 0


def asked(origin: Origin, *, before: int) -> list[Received]:
    """Return the requests of the second run, by their targets."""
    return sorted(origin.requests[before:], key=lambda request: request.target)


def targets(origin: Origin, *, before: int) -> list[str]:
    return [request.target for request in asked(origin, before=before)]


def rows(rheo: Rheo) -> list[dict[str, object]]:
    told = [json.loads(line) for line in rheo("batch", "report", "urls.txt.ledger", "--json").out.splitlines()]
    return [row for row in told if row["type"] == "row"]


def names() -> list[str]:
    return sorted(path.name for path in Path().iterdir() if path.name not in {"urls.txt", "urls.txt.ledger"})


def serve(origin: Origin, *paths: str, **facts: object) -> list[str]:
    for path in paths:
        origin.serve(path, File(DATA, **facts))
    return [origin.url(path) for path in paths]


def test_a_dry_run_looks_as_a_run_would_and_asks_nobody(origin: Origin, rheo: Rheo) -> None:
    urls = serve(origin, *(f"/{name}" for name in "abcdef"), etag='"1"')
    fetched(rheo, *urls)
    Path("b").unlink()
    Path("d").write_bytes(b"short")
    again, changed = [f"{urls[1]} -> {Path.cwd()}/b", f"{urls[3]} -> {Path.cwd()}/d"], len(origin.requests)

    sized = rheo("-i", "urls.txt", "--check", "size", "--dry-run")
    hashed = rheo("-i", "urls.txt", "--check", "hash", "--dry-run")
    remote = rheo("-i", "urls.txt", "--check", "remote", "--dry-run")
    newer = rheo("-i", "urls.txt", "--newer", "--dry-run")

    assert sized.out.splitlines() == hashed.out.splitlines() == again
    assert sized.err == FETCHED.format(4) + "\n"
    assert remote.out.splitlines() == newer.out.splitlines() == again
    assert newer.err == "asked for again: 4 fetched by earlier runs, of which only what has changed is fetched\n"
    assert len(origin.requests) == changed
    assert (Path("d").read_bytes(), Path("b").exists()) == (b"short", False)


@pytest.mark.parametrize("check", ["size", "hash", "remote"])
def test_what_is_gone_or_has_another_size_is_fetched_again_to_its_place(check: str, origin: Origin, rheo: Rheo) -> None:
    fetched(rheo, *serve(origin, "/a", "/b", "/c", last_modified=THEN))
    Path("a").unlink()
    Path("b").write_bytes(b"short")

    again = rheo("-i", "urls.txt", "--check", check)

    assert again.code == 0
    assert targets(origin, before=3)[:2] == ["/a", "/b"]
    assert names() == ["a", "b", "c"]
    assert [Path(name).read_bytes() for name in names()] == [DATA] * 3
    assert [row["state"] for row in rows(rheo)] == ["done"] * 3


def test_sizes_that_are_right_are_enough_for_size(origin: Origin, rheo: Rheo) -> None:
    fetched(rheo, *serve(origin, "/a"))
    Path("a").write_bytes(OTHER)

    again = rheo("-i", "urls.txt", "--check", "size")

    assert FETCHED.format(1) in again.lines
    assert not asked(origin, before=1)


def test_a_file_with_another_hash_is_fetched_again_and_one_without_is_told(origin: Origin, rheo: Rheo) -> None:
    digest = f"sha-256=:{b64encode(sha256(DATA).digest()).decode()}:"
    hashed = serve(origin, "/a", "/b", headers={"Repr-Digest": digest})
    fetched(rheo, *hashed, *serve(origin, "/c"))
    for name in "bc":
        Path(name).write_bytes(OTHER)

    again = rheo("-i", "urls.txt", "--check", "hash")

    assert again.code == 0
    assert targets(origin, before=3) == ["/b"]
    assert [Path(name).read_bytes() for name in names()] == [DATA, DATA, OTHER]
    assert f"{FETCHED.format(1)}, 1 the same, of which only the size is known" in again.lines


@pytest.mark.parametrize(("check", "says"), [("hash", f"sha256={sha256(DATA).hexdigest()}"), ("size", "size=2048")])
def test_what_the_line_says_by_now_counts_too(check: str, says: str, origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", [File(OTHER[: 2048 if check == "hash" else 5]), File(DATA)])
    origin.serve("/b", File(DATA))
    urls = [origin.url("/a"), origin.url("/b")]
    fetched(rheo, *urls)

    fetched(rheo, *urls)  # what is done is believed
    Path("urls.txt").write_text("".join(f"{url}\n  {says}\n" for url in urls))
    again = rheo("-i", "urls.txt", "--check", check)

    assert again.code == 0
    assert FETCHED.format(1) in again.lines
    assert targets(origin, before=2) == ["/a"]
    assert [Path(name).read_bytes() for name in names()] == [DATA] * 2


def test_the_server_is_asked_by_what_the_ledger_knows_and_sends_what_changed(origin: Origin, rheo: Rheo) -> None:
    tagged = serve(origin, "/a", "/b", etag='"1"')
    fetched(rheo, *tagged, *serve(origin, "/c", last_modified=THEN))
    origin.serve("/b", File(OTHER, etag='"2"'))

    again = rheo("-i", "urls.txt", "--check", "remote")

    assert again.code == 0
    headers = [request.headers for request in asked(origin, before=3)]
    assert [one.get("if-none-match") for one in headers] == ['"1"', '"1"', None]
    assert headers[2]["if-modified-since"] == "Mon, 06 May 2024 07:08:09 GMT"
    assert "1 of 3 done, 2 there already: 2.0 KiB in TIME, SPEED" in again.lines
    assert [Path(name).read_bytes() for name in names()] == [DATA, OTHER, DATA]
    assert [(row["state"], row["etag"]) for row in rows(rheo)] == [("done", '"1"'), ("done", '"2"'), ("done", None)]


def test_a_server_that_ignores_conditions_is_judged_by_its_tag(origin: Origin, rheo: Rheo) -> None:
    fetched(rheo, *serve(origin, "/a", headers={"ETag": '"1"'}))

    again = rheo("-i", "urls.txt", "--check", "remote")

    assert "a: there already, unchanged" in again.lines


@pytest.mark.parametrize("etag", ['"1"', '"other"'])
def test_a_mirror_is_judged_by_its_time_and_not_by_the_tags_of_another_server(
    etag: str, origin: Origin, rheo: Rheo
) -> None:
    origin.serve("/a", [File(DATA, last_modified=THEN, etag='"1"'), Status(404)])
    (mirror,) = serve(origin, "/m", last_modified=THEN.replace(year=2023), etag=etag)
    fetched(rheo, f"{origin.url('/a')}\t{mirror}")
    origin.serve("/m", File(OTHER, last_modified=THEN.replace(year=2023), etag=etag))

    assert rheo("-i", "urls.txt", "--newer", "--retry", "0").code == 0

    assert Path("a").read_bytes() == DATA
    origin.serve("/m", File(OTHER, last_modified=THEN.replace(year=2025), etag=etag))
    assert rheo("-i", "urls.txt", "--newer", "--retry", "0").code == 0
    assert Path("a").read_bytes() == OTHER


def test_a_file_that_the_server_has_no_more_is_told_and_stays(origin: Origin, rheo: Rheo) -> None:
    fetched(rheo, *serve(origin, "/a", etag='"1"'))
    origin.serve("/a", Status(404))

    assert rheo("-i", "urls.txt", "--check", "remote").code == 5

    assert Path("a").read_bytes() == DATA
    assert [row["state"] for row in rows(rheo)] == ["failed"]


@pytest.mark.parametrize("words", [[], ["--check", "size"], ["--check", "remote"], ["--newer"], ["--only-failed"]])
def test_what_failed_to_be_renewed_is_fetched_to_its_place_later(words: list[str], origin: Origin, rheo: Rheo) -> None:
    (url,) = serve(origin, "/a", etag='"1"')
    fetched(rheo, url)
    origin.serve("/a", Status(404))
    assert rheo("-i", "urls.txt", "--check", "remote").code == 5
    origin.serve("/a", File(OTHER, etag='"2"'))

    assert rheo("-i", "urls.txt", *words).code == 0

    assert names() == ["a"]
    assert Path("a").read_bytes() == OTHER
    assert [row["state"] for row in rows(rheo)] == ["done"]


def test_after_an_outage_nothing_is_fetched_that_did_not_change(origin: Origin, rheo: Rheo) -> None:
    (url,) = serve(origin, "/a", etag='"1"')
    fetched(rheo, url)
    origin.serve("/a", Status(404))
    assert rheo("-i", "urls.txt", "--check", "remote").code == 5
    serve(origin, "/a", etag='"1"')

    assert "a: there already, unchanged" in rheo("-i", "urls.txt", "--check", "remote").lines

    assert [row["state"] for row in rows(rheo)] == ["done"]


def test_a_file_that_got_a_number_is_fetched_again_to_that(origin: Origin, rheo: Rheo) -> None:
    fetched(rheo, *(f"{url}?{number}" for url in serve(origin, "/a") for number in range(2)))
    Path("a.1").unlink()
    before = len(origin.requests)  # who finds the name in use may have asked twice

    assert rheo("-i", "urls.txt", "--check", "size").code == 0

    assert names() == ["a", "a.1"]
    assert len(asked(origin, before=before)) == 1


def test_newer_asks_for_all_of_a_list_by_the_ledger(origin: Origin, rheo: Rheo) -> None:
    fetched(rheo, *serve(origin, "/a", "/b", etag='"1"'))
    origin.serve("/b", File(OTHER, etag='"2"'))

    again = rheo("-i", "urls.txt", "--newer")

    assert again.code == 0
    assert [request.headers.get("if-none-match") for request in asked(origin, before=2)] == ['"1"', '"1"']
    assert [Path(name).read_bytes() for name in names()] == [DATA, OTHER]


def test_the_files_of_a_metalink_are_believed(origin: Origin, rheo: Rheo) -> None:
    files = "".join(f'<file name="{name}"><url>{origin.url(f"/{name}")}</url></file>' for name in ("b", "c"))
    origin.serve("/a.meta4", File(f'<metalink xmlns="urn:ietf:params:xml:ns:metalink">{files}</metalink>'.encode()))
    serve(origin, "/b", "/c")
    fetched(rheo, f"{origin.url('/a.meta4')}\n  dir=there")
    before = len(origin.requests)

    again = rheo("-i", "urls.txt", "--check", "size")

    assert FETCHED.format(1) in again.lines
    assert not asked(origin, before=before)
    assert [(row["path"], row["size"]) for row in rows(rheo)] == [(str(Path("there").absolute()), 2 * len(DATA))]


@pytest.mark.parametrize("check", ["size", "hash", "remote"])
def test_what_is_another_lines_by_now_is_not_replaced(check: str, origin: Origin, rheo: Rheo) -> None:
    for number in range(3):
        origin.serve(f"/{number}/get.bin", File(bytes([number]) * (100 + number)))
    urls = [origin.url(f"/{number}/get.bin") for number in range(3)]
    fetched(rheo, *urls[:2], words=("-j", "1"))
    Path("get.1.bin").unlink()  # it was used up
    fetched(rheo, *urls)
    assert Path("get.1.bin").read_bytes() == bytes([2]) * 102

    assert rheo("-i", "urls.txt", "--check", check).code == 0

    told = {row["number"]: Path(str(row["path"])) for row in rows(rheo)}
    assert [told[number].read_bytes() for number in (1, 2, 3)] == [bytes([n]) * (100 + n) for n in range(3)]


@pytest.mark.parametrize("turn", [1, -1])
def test_who_comes_meanwhile_to_the_place_of_a_file_that_is_gone_keeps_it(
    turn: int, origin: Origin, rheo: Rheo
) -> None:
    for number in range(3):
        origin.serve(f"/{number}/get.bin", File(bytes([number]) * 100))
    urls = [origin.url(f"/{number}/get.bin") for number in range(3)]
    fetched(rheo, *urls[:2], words=("-j", "1"))
    Path("get.1.bin").unlink()

    fetched(rheo, *urls[::turn], words=("-j", "1", "--check", "size", "--sync", "full"))

    assert sorted(Path(str(row["path"])).read_bytes()[0] for row in rows(rheo)) == [0, 1, 2]
    assert names() == ["get.1.bin", "get.2.bin", "get.bin"] or names() == ["get.1.1.bin", "get.1.bin", "get.bin"]


_DYING = """
import os, signal
from rheo.storage import sync_group
sync_group._publish = lambda _member: os.kill(os.getpid(), signal.SIGKILL)
from rheo.__main__ import main
main()
"""


@pytest.mark.parametrize("words", [[], ["--check", "size"], ["--newer"]])
def test_what_was_killed_as_it_was_to_take_the_place_of_its_file_does_so_later(
    words: list[str], origin: Origin, rheo: Rheo
) -> None:
    (url,) = serve(origin, "/a", etag='"1"')
    fetched(rheo, url)
    origin.serve("/a", File(OTHER, etag='"2"'))
    line = [sys.executable, "-c", _DYING, "-i", "urls.txt", "--check", "remote"]
    assert subprocess.run(line, capture_output=True, check=False).returncode == -signal.SIGKILL
    assert Path("a").read_bytes() == DATA

    assert rheo("-i", "urls.txt", *words).code == 0

    assert names() == ["a"]
    assert Path("a").read_bytes() == OTHER
    assert [row["state"] for row in rows(rheo)] == ["done"]


def test_a_file_that_was_to_be_replaced_when_a_run_was_killed_is_no_other_lines(origin: Origin, rheo: Rheo) -> None:
    for name, data in (("x", DATA), ("y", OTHER)):
        origin.serve(f"/{name}/a", File(data, etag='"1"'))
    x, y = origin.url("/x/a"), origin.url("/y/a")
    fetched(rheo, x)
    Path("a").unlink()  # it was used up
    fetched(rheo, x, y)
    assert names() == ["a"]
    Path("urls.txt").write_text(y)
    Path("a").write_bytes(b"short")
    line = [sys.executable, "-c", _DYING, "-i", "urls.txt", "--check", "size"]
    assert subprocess.run(line, capture_output=True, check=False).returncode == -signal.SIGKILL
    Path("a").write_bytes(OTHER)

    fetched(rheo, x, words=["--check", "size"])

    told = {str(row["url"]): row for row in rows(rheo)}
    assert Path(str(told[x]["path"])).read_bytes() == DATA
