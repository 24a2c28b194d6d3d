"""`rheo download batch`: long lists, and the ledger that knows what became of each line."""

import errno
import json
import os
import resource
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from cli.command import Rheo, Start, ended
from origin import File, Origin, Status, gated
from rheo.domain.batch import spread

DATA = b"x" * 2048


def written(*lines: str, name: str = "urls.txt") -> str:
    Path(name).write_text("\n".join(lines) + "\n")
    return name


def serve(origin: Origin, *paths: str) -> list[str]:
    for path in paths:
        origin.serve(path, File(DATA))
    return [origin.url(path) for path in paths]


def targets(origin: Origin) -> list[str]:
    return sorted(request.target for request in origin.requests)


@pytest.mark.parametrize("words", [["-i"], ["download", "-i"], ["download", "batch"], ["batch", "run"]])
def test_a_list_is_fetched_by_any_of_its_names(words: list[str], origin: Origin, rheo: Rheo) -> None:
    written(*serve(origin, "/a", "/b"))

    assert rheo(*words, "urls.txt", "-d", "there").code == 0
    assert sorted(path.name for path in Path("there").iterdir()) == ["a", "b", "urls.txt.ledger"]


def test_what_is_done_is_not_asked_for_again(origin: Origin, rheo: Rheo) -> None:
    written(*serve(origin, "/a", "/b"))
    assert rheo("download", "batch", "urls.txt").code == 0
    Path("a").unlink()  # whoever has used a file up does not want it again

    again = rheo("download", "batch", "urls.txt")

    assert again.code == 0
    assert "left alone: 2 fetched by earlier runs" in again.lines
    assert targets(origin) == ["/a", "/b"]


def test_what_failed_is_tried_again_and_new_lines_are_added(origin: Origin, rheo: Rheo) -> None:
    good, new = serve(origin, "/a", "/new")
    origin.serve("/b", [Status(404), File(DATA)])
    written(good, origin.url("/b"))
    assert rheo("download", "batch", "urls.txt").code == 3

    written(new, good, origin.url("/b"))

    assert rheo("download", "batch", "urls.txt").code == 0
    assert targets(origin) == ["/a", "/b", "/b", "/new"]


def test_only_what_failed_is_fetched_where_that_is_wished(origin: Origin, rheo: Rheo) -> None:
    good, new = serve(origin, "/a", "/new")
    origin.serve("/b", [Status(404), File(DATA)])
    written(good, origin.url("/b"))
    rheo("download", "batch", "urls.txt")
    written(new, good, origin.url("/b"))

    ran = rheo("download", "batch", "urls.txt", "--only-failed")

    assert ran.code == 0
    assert targets(origin) == ["/a", "/b", "/b"]
    assert "left alone: 1 did not fail before, 1 fetched by earlier runs" in ran.lines


@pytest.mark.parametrize("words", [["--newer"], ["--check", "remote"], ["--check", "size"]], ids=" ".join)
def test_nothing_but_what_failed_is_asked_for_whatever_else_is_looked_at(
    words: list[str], origin: Origin, rheo: Rheo
) -> None:
    written(*serve(origin, "/a"), origin.url("/b"))
    rheo("download", "batch", "urls.txt")
    Path("a").unlink()

    rheo("download", "batch", "urls.txt", "--only-failed", *words)

    assert targets(origin) == ["/a", "/b", "/b"]


def test_a_line_that_comes_twice_is_fetched_once(origin: Origin, rheo: Rheo) -> None:
    (good,) = serve(origin, "/a")
    written(good, good, good.replace("http://", "HTTP://"))

    ran = rheo("download", "batch", "urls.txt")

    assert ran.code == 0
    assert targets(origin) == ["/a"]
    assert "left alone: 2 repeating an earlier line" in ran.lines


def test_bad_lines_are_in_the_ledger_and_the_rest_is_fetched(origin: Origin, rheo: Rheo) -> None:
    written(*serve(origin, "/a"), "ftp://a/b")

    assert rheo("download", "batch", "urls.txt").code == 3

    report = rheo("batch", "report", "urls.txt.ledger", "--json")
    states = [json.loads(line).get("state") for line in report.out.splitlines()]
    assert {"done", "bad_line"} <= set(states)


def test_no_secret_of_a_line_is_written_down(origin: Origin, rheo: Rheo) -> None:
    first, second = serve(origin, "/a", "/b")
    written(f"{first.replace('://', '://me:pass%77ord@')}\n  header=X-Key: hush")
    written(Path("urls.txt").read_text(), f"{second}\n  http-user=you\n  http-passwd=quiet")

    assert rheo("download", "batch", "urls.txt").code == 0

    for path in Path().glob("urls.txt.ledger*"):
        assert not any(word in path.read_bytes() for word in (b"pass", b"hush", b"quiet", b"me:"))


def test_a_ledger_is_where_it_is_wished_or_nowhere(origin: Origin, rheo: Rheo) -> None:
    written(*serve(origin, "/a"))

    assert rheo("-i", "urls.txt", "-d", "there", "--ledger", "elsewhere.ledger").code == 0
    assert rheo("-i", "urls.txt", "-d", "again", "--no-ledger").code == 0

    assert Path("elsewhere.ledger").exists()
    assert [path.name for path in (*Path("there").iterdir(), *Path("again").iterdir())] == ["a", "a"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["download", "batch"], "a batch is one list"),
        (["download", "batch", "urls.txt", "http://a/"], "a batch is one list"),
        (["http://a/", "--ledger", "x"], "tells of a list"),
        (["-i", "urls.txt", "--no-ledger", "--only-failed"], "--no-ledger contradicts"),
        (["-i", "urls.txt", "--max-failure-rate", "120%"], "such as 5% or 0.05"),
        (["-i", "urls.txt", "--max-failures", "0"], "max-failures"),
        (["http://a/", "--check", "size"], "--check tells of a list"),
        (["-i", "urls.txt", "--no-ledger", "--check", "size"], "--no-ledger contradicts --check"),
        (["-i", "urls.txt", "--check", "date"], "must be one of size, hash, remote"),
        (["-i", "urls.txt", "--ledger", "urls.txt"], "urls.txt"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_touched(words: list[str], said: str, origin: Origin, rheo: Rheo) -> None:
    written(*serve(origin, "/a"))
    before = sorted(Path().iterdir())

    ran = rheo(*words)

    assert ran.code == 2
    assert said in ran.err
    assert sorted(Path().iterdir()) == before
    assert not origin.requests


def test_a_ledger_of_another_list_is_refused(origin: Origin, rheo: Rheo) -> None:
    written(*serve(origin, "/a"))
    written(*serve(origin, "/b"), name="others.txt")
    assert rheo("-i", "urls.txt", "--ledger", "one.ledger").code == 0

    ran = rheo("-i", "others.txt", "--ledger", "one.ledger")

    assert ran.code == 2
    assert "urls.txt" in ran.err
    assert targets(origin) == ["/a"]


def test_a_batch_is_given_up_where_too_much_fails(origin: Origin, rheo: Rheo) -> None:
    written(*(origin.url(f"/gone/{number}") for number in range(200)))

    ran = rheo("download", "batch", "urls.txt", "--max-failures", "3")

    assert ran.code == 3
    assert any("--max-failures is 3; run it again to go on" in line for line in ran.lines)
    assert len(origin.requests) < 150


@pytest.mark.parametrize("sync", ["group", "off"])
def test_a_ledger_that_is_taken_away_ends_the_run(sync: str, origin: Origin, start: Start, rheo: Rheo) -> None:
    gate = threading.Event()
    origin.serve("/a", gated(File(DATA), gate, after=0))
    written(origin.url("/a"))
    running = start("download", "batch", "urls.txt", "--sync", sync)
    origin.wait_for(lambda seen: seen.held == 1)
    Path("urls.txt.ledger").unlink()
    gate.set()
    ran = ended(running)

    assert ran.code == 7
    assert "given up: the ledger " in ran.err
    assert "urls.txt.ledger was taken away while it was in use; put it back, and run it again: without it " in ran.err
    assert not Path("a").exists()
    assert rheo("download", "batch", "urls.txt").code == 0


def test_a_ledger_that_is_taken_away_is_no_failure_of_the_lines(origin: Origin, start: Start) -> None:
    gate = threading.Event()
    origin.serve("/a", gated(File(DATA), gate, after=0))
    written(*(origin.url(f"/a?{number}") for number in range(4)))
    running = start("download", "batch", "urls.txt", "--json")
    origin.wait_for(lambda seen: seen.held == 4)
    Path("urls.txt.ledger").unlink()
    gate.set()
    *told, summary = map(json.loads, ended(running).out.splitlines())

    assert "failed" not in {one["type"] for one in told}
    assert (summary["failed"], summary["left"], summary["errors"], summary["worst_hosts"]) == (0, 4, [], [])
    assert "taken away" in summary["given_up"]
    assert summary["exit_code"] == 7


@pytest.mark.parametrize(("room", "code"), [(0, 7), (300_000, 3)])
def test_a_disk_without_room_ends_the_run_but_one_large_file_does_not(
    room: int, code: int, origin: Origin, rheo: Rheo, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.pwritev

    def pwritev(descriptor: int, buffers: Sequence[bytes], offset: int) -> int:
        if sum(map(len, buffers)) > room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, buffers, offset)

    monkeypatch.setattr(os, "pwritev", pwritev)
    origin.serve("/large", File(b"x" * 400_000))
    small = serve(origin, *(f"/{number}" for number in range(400)))
    written(origin.url("/large"), *small)

    ran = rheo("download", "batch", "urls.txt", "-d", "there")

    assert ran.code == code
    assert ("given up: 20 files in a row had no room on the disk; run it again to go on" in ran.lines) == (code == 7)
    assert (len(origin.requests) < 300) == (code == 7)


@pytest.mark.parametrize("ledger", [[], ["--no-ledger"]], ids=str)
def test_where_few_files_may_be_open_all_are_fetched(ledger: list[str], origin: Origin, start: Start) -> None:
    """Finished files are open until they are synced and have their names."""
    running = start("-i", "-", "-d", "out", "-j", "16", *ledger, stdin=subprocess.PIPE)
    resource.prlimit(running.pid, resource.RLIMIT_NOFILE, (96, 96))

    ran = ended(running, "\n".join(serve(origin, *(f"/{number}" for number in range(300)))))

    assert ran.code == 0, ran.err
    assert len(list(Path("out").iterdir())) == 300 + (not ledger)


def test_a_dry_run_says_what_would_go_where_and_touches_nothing(origin: Origin, rheo: Rheo) -> None:
    (good,) = serve(origin, "/a")
    written(good, f"{good}?x\n  out=deep/b", "ftp://c/")

    ran = rheo("download", "batch", "urls.txt", "--dry-run", "-d", "there")

    here = Path.cwd() / "there"
    assert ran.code == 3
    assert ran.out.splitlines() == [f"{good} -> {here}/a", f"{good}?x -> {here}/deep/b"]
    assert "urls.txt, line 4" in ran.err
    assert not Path("there").exists()
    assert not origin.requests


def test_a_dry_run_for_programs_is_an_object_a_line_with_its_type(origin: Origin, rheo: Rheo) -> None:
    (good,) = serve(origin, "/a")
    written(good, "ftp://c/")

    ran = rheo("download", "batch", "urls.txt", "--dry-run", "--json")

    planned, refused = map(json.loads, ran.out.splitlines())
    assert planned == {"type": "planned", "url": good, "path": f"{Path.cwd()}/a"}
    assert (refused["type"], refused["line"], refused["error"]["code"]) == ("refused", "urls.txt, line 2", "bad_line")
    assert ran.err == ""


def test_what_a_line_took_until_it_failed_is_in_the_ledger(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/busy", Status(503, headers={"Retry-After": "1"}))
    written(origin.url("/busy"), "ftp://c/")

    rheo("download", "batch", "urls.txt", "--retry", "1")

    told = rheo("batch", "report", "urls.txt.ledger", "--json").out.splitlines()
    failed, bad = map(json.loads, told[:2])
    assert (failed["error"], failed["attempts"]) == ("http_status", 2)
    assert failed["seconds"] >= 1
    assert bad["seconds"] is None


def test_a_link_from_its_old_place_makes_a_moved_list_the_same(
    origin: Origin, rheo: Rheo, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("old").mkdir()
    monkeypatch.chdir("old")
    written(*serve(origin, "/a"))
    rheo("-i", "urls.txt")
    Path("../old").rename("../new")

    moved = rheo("-i", "urls.txt")
    Path("../old").symlink_to("new")
    linked = rheo("-i", "urls.txt")

    assert moved.code == 2
    assert "old/urls.txt; where that was moved, have a link lead there, or name another with --ledger" in moved.err
    assert (linked.code, linked.lines) == (0, ["left alone: 1 fetched by earlier runs"])


def test_one_line_of_many_that_fails_again_is_some_of_them(origin: Origin, rheo: Rheo) -> None:
    written(*serve(origin, "/a", "/b"), origin.url("/gone"))

    assert rheo("download", "batch", "urls.txt").code == 3
    assert rheo("download", "batch", "urls.txt").code == 3
    assert rheo("download", "batch", "urls.txt", "--only-failed").code == 3


def test_a_dry_run_leaves_alone_what_a_run_would(origin: Origin, rheo: Rheo) -> None:
    good, new = serve(origin, "/a", "/new")
    written(good, origin.url("/gone"))
    rheo("download", "batch", "urls.txt")
    written(good, origin.url("/gone"), new, new)
    before = {path: path.read_bytes() for path in Path().iterdir()}

    ran = rheo("download", "batch", "urls.txt", "--dry-run")
    failed = rheo("download", "batch", "urls.txt", "--dry-run", "--only-failed")
    all_of_it = rheo("download", "batch", "urls.txt", "--dry-run", "--no-ledger")

    assert [line.split()[0] for line in ran.out.splitlines()] == [origin.url("/gone"), new]
    assert ran.err == "left alone: 1 fetched by earlier runs, 1 repeating an earlier line\n"
    assert [line.split()[0] for line in failed.out.splitlines()] == [origin.url("/gone")]
    assert len(all_of_it.out.splitlines()) == 4
    assert {path: path.read_bytes() for path in Path().iterdir()} == before
    assert targets(origin) == ["/a", "/gone"]


def test_a_dry_run_refuses_what_a_run_would(origin: Origin, rheo: Rheo) -> None:
    written(*serve(origin, "/a"))
    Path("other").write_text("no ledger of ours")

    assert rheo("download", "batch", "urls.txt", "--dry-run", "--ledger", "other").code == 2
    assert sorted(path.name for path in Path().iterdir()) == ["other", "urls.txt"]


def test_a_slow_host_keeps_nobody_waiting(rheo: Rheo) -> None:
    with ExitStack() as stack:
        slow, quick = stack.enter_context(Origin()), stack.enter_context(Origin())
        gate = threading.Event()
        slow.serve("/s", gated(File(DATA), gate, after=0))
        written(*(slow.url(f"/s?{number}") for number in range(3000)), *serve(quick, "/q"))
        stack.callback(gate.set)

        threading.Thread(target=lambda: (quick.wait_for(lambda seen: len(seen.requests) == 1), gate.set())).start()
        ran = rheo("download", "batch", "urls.txt", "--sync", "off", "--on-exists", "overwrite")

    assert ran.code == 0


def test_a_run_that_was_killed_is_gone_on_with(origin: Origin, start: Start, rheo: Rheo) -> None:
    gate = threading.Event()
    count = 300
    for number in range(count):
        origin.serve(f"/{number}", File(DATA))
    origin.serve("/last", gated(File(DATA), gate, after=0))
    written(*(origin.url(f"/{number}") for number in range(count)), origin.url("/last"))
    running = start("download", "batch", "urls.txt", "--json", "-d", "there")
    told = []
    for line in running.stdout:
        event = json.loads(line)
        if event["type"] == "completed":
            told.append(Path(event["path"]).name)
        if len(told) == count // 2:
            break
    running.send_signal(signal.SIGKILL)
    running.wait()
    asked_before = set(targets(origin))
    gate.set()

    again = rheo("download", "batch", "urls.txt", "-d", "there")

    assert again.code == 0
    asked = targets(origin)
    assert all(asked.count(f"/{name}") == 1 for name in told)
    there = sorted(path.name for path in Path("there").iterdir() if path.name != "urls.txt.ledger")
    assert there == sorted([*map(str, range(count)), "last"])
    assert asked_before


def test_a_metalink_of_which_a_kill_left_files_out_is_not_done(origin: Origin, start: Start, rheo: Rheo) -> None:
    gate = threading.Event()
    origin.serve("/one", File(DATA))
    origin.serve("/two", gated(File(DATA), gate, after=1000))
    files = "".join(f'<file name="{name}"><url>{origin.url(f"/{name}")}</url></file>' for name in ("one", "two"))
    document = f'<metalink xmlns="urn:ietf:params:xml:ns:metalink">{files}</metalink>'.encode()
    origin.serve("/both", File(document, content_type="application/metalink4+xml"))
    written(origin.url("/both"))
    running = start("download", "batch", "urls.txt", "--json", "-d", "there")
    for line in running.stdout:
        if json.loads(line)["type"] == "completed":
            break
    origin.wait_for(lambda seen: seen.held == 1)
    running.send_signal(signal.SIGKILL)
    running.wait()
    gate.set()

    again = rheo("download", "batch", "urls.txt", "-d", "there")

    assert again.code == 0
    assert Path("there/two").read_bytes() == DATA


def test_what_waits_in_the_ledger_has_no_secret(rheo: Rheo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread, "HANDED", 10)
    monkeypatch.setattr(spread, "READY", 10)
    found: list[bytes] = []
    with ExitStack() as stack:
        slow, quick = stack.enter_context(Origin()), stack.enter_context(Origin())
        gate = threading.Event()
        stack.callback(gate.set)
        slow.serve("/s@2", gated(File(DATA), gate, after=0))
        odd = {"api_token": "hush", "referer": "http://me:quiet@page/", "Author": "Ann"}
        lines = [json.dumps({"url": slow.url(f"/s@2?{number}"), **odd}) for number in range(200)]
        written(*lines, json.dumps({"url": serve(quick, "/q")[0], "author": "Ann"}), name="urls.jsonl")

        def look() -> None:
            quick.wait_for(lambda seen: len(seen.requests) == 1)
            found.extend(path.read_bytes() for path in Path().glob("urls.jsonl.ledger*"))
            gate.set()

        looking = threading.Thread(target=look)
        looking.start()
        assert rheo("download", "batch", "urls.jsonl", "-o", "{column:author}/{n}", "--no-mtime").code == 0
        looking.join()

    written_down = b"".join(found)
    assert b"Ann" in written_down  # lines were put by
    assert b"hush" not in written_down
    assert b"quiet" not in written_down
    assert sorted(path.name for path in Path("Ann").iterdir()) == sorted(map(str, range(1, 202)))


def test_a_line_with_a_secret_keeps_no_others_from_being_put_by(rheo: Rheo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread, "HELD", 50)
    monkeypatch.setattr(spread, "HANDED", 10)
    monkeypatch.setattr(spread, "READY", 10)
    with ExitStack() as stack:
        slow, quick = stack.enter_context(Origin()), stack.enter_context(Origin())
        gate = threading.Event()
        stack.callback(gate.set)
        slow.serve("/s", gated(File(DATA), gate, after=0))
        secret = json.dumps({"url": slow.url("/s?secret"), "headers": "X-Secret: hush"})
        lines = [json.dumps({"url": slow.url(f"/s?{number}")}) for number in range(500)]
        written(secret, *lines, json.dumps({"url": serve(quick, "/q")[0]}), name="urls.jsonl")

        def look() -> None:
            quick.wait_for(lambda seen: len(seen.requests) == 1)
            gate.set()

        looking = threading.Thread(target=look)
        looking.start()
        ran = rheo("download", "batch", "urls.jsonl", "-o", "{n}")
        looking.join()

    assert ran.code == 0
