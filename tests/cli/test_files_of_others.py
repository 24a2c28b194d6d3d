"""Lists whose names clash, where files that are there may be left: none is told of a line that is another one's."""

import json
import os
import signal
import threading
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from cli.command import Ran, Rheo, Start
from origin import File, Generated, Origin, gated
from origin.request import Received
from origin.steps import Reply

SIZE = 2048
THEN = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
BYTES = {name: name.encode() * SIZE for name in ("x", "y", "z")}

NEWER, OF_SIZE, OF_HASH, OF_NAME = ["--newer"], ["--skip-existing=size"], ["--skip-existing=hash"], ["--skip-existing"]

leaving = pytest.mark.parametrize("words", [NEWER, OF_SIZE, OF_HASH, OF_NAME], ids=["newer", "size", "hash", "name"])


def digest(data: bytes) -> str:
    return f"sha-256=:{b64encode(sha256(data).digest()).decode()}:"


def listed(origin: Origin, *names: str, **facts: object) -> None:
    """Have a list of lines whose URLs all call their files `get`: of one size and date, each with its own bytes."""
    for name in names:
        told = {"last_modified": THEN, "headers": {"Repr-Digest": digest(BYTES[name])}, **facts}
        origin.serve(f"/{name}/get", File(BYTES[name], **told))
    Path("urls.txt").write_text("\n".join(origin.url(f"/{name}/get") for name in names))


def contents() -> dict[str, str]:
    """Return whose bytes each file has."""
    whose = {data: name for name, data in BYTES.items()}
    return {path.name: whose[path.read_bytes()] for path in Path().glob("get*")}


def rows(rheo: Rheo) -> dict[str, str]:
    """Return what the ledger says whose file each is."""
    told = [json.loads(line) for line in rheo("batch", "report", "urls.txt.ledger", "--json").out.splitlines()]
    return {Path(row["path"]).name: row["url"].split("/")[-2] for row in told if row["type"] == "row"}


def one_by_one(rheo: Rheo, *words: str) -> Ran:
    ran = rheo("-i", "urls.txt", "-j", "1", *words)
    assert ran.code == 0, ran.err
    return ran


@leaving
@pytest.mark.parametrize("ledger", [[], ["--no-ledger"]], ids=["ledger", "no ledger"])
def test_a_file_that_the_run_fetched_is_no_other_lines(
    words: list[str], ledger: list[str], origin: Origin, rheo: Rheo
) -> None:
    listed(origin, "x", "y", "z")

    one_by_one(rheo, *words, *ledger)

    assert contents() == {"get": "x", "get.1": "y", "get.2": "z"}


@leaving
def test_a_file_of_an_earlier_run_is_no_new_lines(words: list[str], origin: Origin, rheo: Rheo) -> None:
    listed(origin, "x")
    one_by_one(rheo, *words)
    listed(origin, "y", "x")  # the new one comes first

    one_by_one(rheo, *words)

    assert contents() == rows(rheo) == {"get": "x", "get.1": "y"}


@leaving
def test_a_file_is_the_lines_that_stands_in_the_list_no_more(words: list[str], origin: Origin, rheo: Rheo) -> None:
    listed(origin, "x")
    one_by_one(rheo)
    listed(origin, "y")

    one_by_one(rheo, *words)

    assert contents() == {"get": "x", "get.1": "y"}


def test_the_next_run_knows_whose_each_is_and_finds_them_unchanged(origin: Origin, rheo: Rheo) -> None:
    listed(origin, "x", "y")
    one_by_one(rheo, *NEWER)
    before = len(origin.requests)

    second = one_by_one(rheo, *NEWER)

    assert {"get: there already, unchanged", "get.1: there already, unchanged"} <= set(second.lines)
    assert len(origin.requests) == before + 2
    listed(origin, "x", "z", "y")
    one_by_one(rheo, *NEWER)
    assert contents() == rows(rheo) == {"get": "x", "get.1": "y", "get.2": "z"}


def test_each_is_replaced_by_its_own_new_version(origin: Origin, rheo: Rheo) -> None:
    listed(origin, "x", "y")
    one_by_one(rheo, *NEWER)
    origin.serve("/y/get", File(BYTES["z"], last_modified=THEN.replace(year=2025)))

    one_by_one(rheo, *NEWER)

    assert contents() == {"get": "x", "get.1": "z"}


@leaving
def test_a_file_that_was_left_is_no_other_lines(words: list[str], origin: Origin, rheo: Rheo) -> None:
    listed(origin, "x", "y")
    Path("get").write_bytes(BYTES["x"])
    os.utime("get", (THEN.timestamp(), THEN.timestamp()))

    one_by_one(rheo, *words)

    assert contents() == {"get": "x", "get.1": "y"}


@leaving
@pytest.mark.parametrize("ledger", [[], ["--no-ledger"]], ids=["ledger", "no ledger"])
@pytest.mark.parametrize("size", [SIZE, 3_000_000])
def test_two_at_once_are_numbered(size: int, words: list[str], ledger: list[str], origin: Origin, rheo: Rheo) -> None:
    urls = [origin.url(f"/{number}/get") for number in range(2)]
    for number, reply in enumerate(meeting(size)):
        origin.serve(f"/{number}/get", reply)
    Path("urls.txt").write_text("\n".join(urls))

    assert rheo("-i", "urls.txt", *words, *ledger).code == 0

    whole = {Generated(size, seed=number).read(0, size): number for number in range(2)}
    assert sorted(path.name for path in Path().glob("get*")) == ["get", "get.1"]
    assert {whole[Path(name).read_bytes()] for name in ("get", "get.1")} == {0, 1}


def meeting(size: int) -> list[Callable[[Received], Reply]]:
    """Return two replies of so many bytes, each its own, that end only once both are asked for."""
    gate, asked = threading.Event(), set()

    def reply(request: Received, number: int) -> Reply:
        asked.add(number)
        if len(asked) > 1:
            gate.set()
        return gated(File(Generated(size, seed=number), last_modified=THEN), gate, after=size // 2)

    return [lambda request: reply(request, 0), lambda request: reply(request, 1)]


@leaving
def test_names_that_servers_choose_are_none_of_other_lines(words: list[str], origin: Origin, rheo: Rheo) -> None:
    for name in ("x", "y"):
        headers = {"Content-Disposition": "attachment; filename=report", "Repr-Digest": digest(BYTES[name])}
        origin.serve(f"/{name}", File(BYTES[name], last_modified=THEN, headers=headers))
    Path("urls.txt").write_text("\n".join(map(origin.url, ("/x", "/y"))))

    one_by_one(rheo, *words)

    assert (Path("report").read_bytes(), Path("report.1").read_bytes()) == (BYTES["x"], BYTES["y"])


@leaving
@pytest.mark.parametrize("ledger", [[], ["--no-ledger"]], ids=["ledger", "no ledger"])
def test_a_file_that_was_known_by_its_hash_is_no_other_lines(
    words: list[str], ledger: list[str], origin: Origin, rheo: Rheo
) -> None:
    listed(origin, "x", "y")
    x, y = Path("urls.txt").read_text().split()
    Path("urls.txt").write_text(f"{x}\n  hash=sha256:{sha256(BYTES['x']).hexdigest()}\n{y}")
    Path("get").write_bytes(BYTES["x"])
    os.utime("get", (THEN.timestamp(), THEN.timestamp()))

    one_by_one(rheo, *words, *ledger)

    assert contents() == {"get": "x", "get.1": "y"}
    assert [request.target for request in origin.requests] == ["/y/get"]


def test_a_file_of_another_line_is_none_that_a_hash_contradicts(origin: Origin, rheo: Rheo) -> None:
    listed(origin, "x", "y")
    x, y = Path("urls.txt").read_text().split()
    Path("urls.txt").write_text(f"{x}\n{y}\n  hash=sha256:{sha256(BYTES['y']).hexdigest()}")

    one_by_one(rheo, *OF_NAME)

    assert contents() == {"get": "x", "get.1": "y"}


@leaving
@pytest.mark.parametrize("first", ["/x/get", "/all.meta4"])
def test_a_file_of_a_metalink_and_another_lines_are_two(
    first: str, words: list[str], origin: Origin, rheo: Rheo
) -> None:
    listed(origin, "x", "y")
    names = "".join(
        f'<file name="{name}"><size>{SIZE}</size><url>{origin.url("/y/get")}</url></file>' for name in ("get", "other")
    )
    document = f'<metalink xmlns="urn:ietf:params:xml:ns:metalink">{names}</metalink>'
    origin.serve("/all.meta4", File(document.encode(), content_type="application/metalink4+xml"))
    urls = sorted(["/x/get", "/all.meta4"], key=lambda target: target != first)
    Path("urls.txt").write_text("\n".join(map(origin.url, urls)))

    one_by_one(rheo, *words)

    assert sorted(contents().values()) == ["x", "y"]
    assert Path("other").read_bytes() == BYTES["y"]


@leaving
@pytest.mark.parametrize("ledger", [[], ["--no-ledger"]], ids=["ledger", "no ledger"])
def test_files_of_a_metalink_whose_names_become_one_are_two(
    words: list[str], ledger: list[str], origin: Origin, rheo: Rheo
) -> None:
    listed(origin, "x", "y")
    files = "".join(
        f'<file name="{name}"><size>{SIZE}</size><url>{origin.url(target)}</url></file>'
        for name, target in (("get*", "/x/get"), ("get?", "/y/get"))
    )
    document = f'<metalink xmlns="urn:ietf:params:xml:ns:metalink">{files}</metalink>'
    origin.serve("/all.meta4", File(document.encode(), content_type="application/metalink4+xml"))
    Path("urls.txt").write_text(origin.url("/all.meta4"))

    one_by_one(rheo, *words, *ledger)

    assert sorted(contents().values()) == ["x", "y"]


@leaving
def test_urls_of_one_command_are_numbered(words: list[str], origin: Origin, rheo: Rheo) -> None:
    listed(origin, "x", "y")

    assert rheo("-j", "1", *words, origin.url("/x/get"), origin.url("/y/get")).code == 0

    assert contents() == {"get": "x", "get.1": "y"}


@leaving
def test_the_same_url_twice_is_one_file(words: list[str], origin: Origin, rheo: Rheo) -> None:
    listed(origin, "x", "x")

    one_by_one(rheo, *words, "--no-ledger")

    assert contents() == {"get": "x"}


@leaving
def test_a_name_is_a_lines_though_its_file_is_gone(words: list[str], origin: Origin, rheo: Rheo) -> None:
    listed(origin, "x")
    one_by_one(rheo)
    Path("get").unlink()
    listed(origin, "y")

    one_by_one(rheo, *words)

    assert contents() == {"get.1": "y"}


def test_a_file_that_two_lines_have_by_the_ledger_is_believed_to_be_neithers(origin: Origin, rheo: Rheo) -> None:
    listed(origin, "x", "y")
    one_by_one(rheo, "--on-exists", "overwrite")
    assert contents() == {"get": "y"}

    one_by_one(rheo, *NEWER)

    assert contents() == {"get": "y", "get.1": "x", "get.2": "y"}


@leaving
def test_a_copy_is_made_around_another_lines_file(words: list[str], origin: Origin, rheo: Rheo) -> None:
    listed(origin, "x", "y")
    x, y = Path("urls.txt").read_text().split()
    Path("urls.txt").write_text(f"{x}\n{y}\n  out=other\n{y}\n  out=get\n")

    one_by_one(rheo, *words)

    assert contents() == {"get": "x", "get.1": "y"}
    assert Path("other").read_bytes() == BYTES["y"]


@leaving
def test_copies_that_are_made_at_the_same_time_are_each_their_own(words: list[str], origin: Origin, rheo: Rheo) -> None:
    own = {f"{number:03}": f"{number:03}".encode() * SIZE for number in range(200)}
    lines = []
    for number, data in own.items():
        origin.serve(f"/{number}/{number}", File(data, last_modified=THEN))
        lines += [origin.url(f"/{number}/{number}"), origin.url(f"/{number}/{number}"), f"  out=copy{int(number) // 4}"]
    Path("urls.txt").write_text("\n".join(lines))

    for _ in range(2):
        ran = rheo("-i", "urls.txt", *words)
        assert ran.code == 0, ran.err
        report = rheo("batch", "report", "urls.txt.ledger", "--json").out.splitlines()
        told = [row for row in map(json.loads, report) if row["type"] == "row"]
        assert len({row["path"] for row in told}) == len(told) == 400
        wrong = [row["path"] for row in told if Path(row["path"]).read_bytes() != own[row["url"].split("/")[-2]]]
        assert wrong == []


@leaving
def test_a_file_of_an_earlier_runs_metalink_is_no_other_lines(words: list[str], origin: Origin, rheo: Rheo) -> None:
    listed(origin, "x", "y", "z")
    x, y, z = Path("urls.txt").read_text().split()
    files = "".join(f'<file name="{name}"><url>{url}</url></file>' for name, url in (("get", x), ("sub/get", y)))
    document = f'<metalink xmlns="urn:ietf:params:xml:ns:metalink">{files}</metalink>'
    origin.serve("/all.meta4", File(document.encode(), content_type="application/metalink4+xml"))
    Path("urls.txt").write_text(origin.url("/all.meta4"))
    one_by_one(rheo, *words)
    Path("urls.txt").write_text(f"{origin.url('/all.meta4')}\n{z}\n{z}\n  dir=sub")

    for _ in range(2):
        one_by_one(rheo, *words)

        assert contents() == {"get": "x", "get.1": "z"}
        assert {path.name: path.read_bytes() for path in Path("sub").iterdir()} == {
            "get": BYTES["y"],
            "get.1": BYTES["z"],
        }


@leaving
def test_a_kill_leaves_nobody_another_lines_file(words: list[str], origin: Origin, start: Start, rheo: Rheo) -> None:
    listed(origin, "x", "y")
    gate = threading.Event()
    origin.serve("/y/get", gated(File(BYTES["y"], last_modified=THEN), gate, after=SIZE // 2))
    killed = start("-i", "urls.txt", *words)
    while not Path("get").exists() or len(origin.requests) < 2:
        assert killed.poll() is None
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    gate.set()
    listed(origin, "x", "y")

    one_by_one(rheo, *words)

    assert contents() == {"get": "x", "get.1": "y"}
