"""Lines with one URL and several places: it is fetched once, and `--duplicates` says what the others get."""

import json
import os
import signal
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from cli.command import Rheo
from origin import File, Origin, Received, Status
from rheo.batch import chores

DATA, OTHER = b"x" * 2048, b"y" * 2048
MADE = "left alone: {} made of files that other lines fetched"


def written(*lines: str) -> None:
    Path("urls.txt").write_text("\n".join(lines) + "\n")


def targets(origin: Origin) -> list[str]:
    return sorted(request.target for request in origin.requests)


def rows(rheo: Rheo) -> list[dict[str, object]]:
    told = [json.loads(line) for line in rheo("batch", "report", "urls.txt.ledger", "--json").out.splitlines()]
    return [row for row in told if row["type"] == "row"]


def serve(origin: Origin, path: str = "/a", data: bytes = DATA) -> str:
    origin.serve(path, File(data))
    return origin.url(path)


def hidden() -> list[str]:
    return [str(path) for path in Path().rglob(".*")]


def test_each_line_gets_its_file_and_the_url_is_asked_once(origin: Origin, rheo: Rheo) -> None:
    url = serve(origin)
    written(url, f"{url}\n  out=deep/b", f"{url}\n  dir=other", f"{url.replace('http://', 'HTTP://')}#x\n  out=c")

    ran = rheo("-i", "urls.txt")

    assert ran.code == 0
    assert targets(origin) == ["/a"]
    assert MADE.format(3) in ran.lines
    assert [Path(path).read_bytes() for path in ("a", "deep/b", "other/a", "c")] == [DATA] * 4
    assert len({Path(path).stat().st_ino for path in ("a", "deep/b", "other/a", "c")}) == 4
    assert [row["state"] for row in rows(rheo)] == ["done"] * 4
    assert not hidden()
    assert "left alone: 4 fetched by earlier runs" in rheo("-i", "urls.txt").lines


def test_each_file_that_was_made_of_another_is_told(origin: Origin, rheo: Rheo) -> None:
    url = serve(origin)
    written(url, f"{url}\n  out=b")

    shown = rheo("-i", "urls.txt", "-d", "first")
    told = rheo("-i", "urls.txt", "-d", "second", "--json")

    assert "first/b: 2.0 KiB, the file of urls.txt, line 2, made of another line's" in shown.lines
    (event,) = [one for one in map(json.loads, told.out.splitlines()) if one["type"] == "doubled"]
    del event["time"]
    file = {"url": url, "path": f"{Path.cwd()}/second/b", "size": len(DATA), "skipped": False}
    assert event == {"type": "doubled", "line": "urls.txt, line 2", **file}


def test_a_copy_has_the_time_and_the_permissions_of_a_new_file(origin: Origin, rheo: Rheo) -> None:
    url = serve(origin)
    written(url, f"{url}\n  out=b")

    rheo("-i", "urls.txt")

    first, second = Path("a").stat(), Path("b").stat()
    assert (second.st_mode, int(second.st_mtime)) == (first.st_mode, int(first.st_mtime))


def test_links_share_the_file(origin: Origin, rheo: Rheo) -> None:
    url = serve(origin)
    written(url, f"{url}\n  out=deep/b")

    assert rheo("-i", "urls.txt", "--duplicates", "link").code == 0

    assert Path("a").stat().st_ino == Path("deep/b").stat().st_ino
    assert targets(origin) == ["/a"]
    assert not hidden()


@pytest.mark.parametrize("how", ["report", "skip"])
def test_duplicates_may_get_nothing(how: str, origin: Origin, rheo: Rheo) -> None:
    url = serve(origin)
    written(url, f"{url}\n  out=b")

    ran = rheo("-i", "urls.txt", "--duplicates", how)

    assert ran.code == 0
    assert not Path("b").exists()
    assert "left alone: 1 with a URL that another line has" in ran.lines
    assert ("urls.txt, line 2: row 1 of the ledger has the same URL" in ran.err) == (how == "report")
    assert [(row["state"], row["original"]) for row in rows(rheo)] == [("done", None), ("duplicate", 1)]


def test_a_run_for_what_failed_leaves_duplicates_what_they_are(origin: Origin, rheo: Rheo) -> None:
    url = serve(origin)
    written(url, f"{url}\n  out=b")
    rheo("-i", "urls.txt", "--duplicates", "skip")

    ran = rheo("-i", "urls.txt", "--only-failed")

    assert "left alone: 1 did not fail before, 1 fetched by earlier runs" in ran.lines
    assert [(row["state"], row["original"]) for row in rows(rheo)] == [("done", None), ("duplicate", 1)]


def test_who_wants_them_later_gets_them_of_what_is_there(origin: Origin, rheo: Rheo) -> None:
    url = serve(origin)
    written(url, f"{url}\n  out=b")
    rheo("-i", "urls.txt", "--duplicates", "skip")

    assert rheo("-i", "urls.txt").code == 0

    assert Path("b").read_bytes() == DATA
    assert targets(origin) == ["/a"]


def test_a_new_line_is_made_of_the_file_of_an_earlier_run(origin: Origin, rheo: Rheo) -> None:
    url = serve(origin)
    written(url)
    rheo("-i", "urls.txt")
    written(url, f"{url}\n  out=b")

    assert rheo("-i", "urls.txt").code == 0

    assert Path("b").read_bytes() == DATA
    assert targets(origin) == ["/a"]


@pytest.mark.parametrize("words", [["--check", "remote"], ["--newer"]])
def test_a_copy_is_made_of_what_the_server_has_now(words: list[str], origin: Origin, rheo: Rheo) -> None:
    url = serve(origin)
    written(url)
    rheo("-i", "urls.txt")
    serve(origin, data=OTHER)
    written(url, f"{url}\n  out=b")

    assert rheo("-i", "urls.txt", *words).code == 0

    assert [Path(name).read_bytes() for name in ("a", "b")] == [OTHER] * 2


def test_a_copy_is_made_only_once_its_original_was_looked_at(origin: Origin, rheo: Rheo) -> None:
    url, data = origin.url("/a"), b"x" * 20_000_000
    digest = b64encode(sha256(data).digest()).decode()
    origin.serve("/a", File(data, headers={"Repr-Digest": f"sha-256=:{digest}:"}))
    written(url)
    rheo("-i", "urls.txt")
    Path("a").write_bytes(b"y" * len(data))
    written(url, f"{url}\n  out=b")

    assert rheo("-i", "urls.txt", "--check", "hash").code == 0

    assert [Path(name).read_bytes() == data for name in ("a", "b")] == [True] * 2


def test_what_is_not_there_any_more_is_fetched(origin: Origin, rheo: Rheo) -> None:
    url = serve(origin)
    written(url)
    rheo("-i", "urls.txt")
    Path("a").write_bytes(b"changed")
    written(url, f"{url}\n  out=b")

    assert rheo("-i", "urls.txt").code == 0

    assert Path("b").read_bytes() == DATA
    assert targets(origin) == ["/a", "/a"]


def test_a_duplicate_of_what_fails_fails_and_both_are_tried_again(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", [Status(404), File(DATA)])
    url = origin.url("/a")
    written(url, f"{url}\n  out=b")

    ran = rheo("-i", "urls.txt")

    assert ran.code == 3
    assert targets(origin) == ["/a"]
    assert "urls.txt, line 2: row 1 of the ledger, which fetches the same URL, failed: " in ran.err
    assert [(row["state"], row["error"]) for row in rows(rheo)] == [
        ("failed", "http_status"),
        ("failed", "original_failed"),
    ]
    assert rheo("-i", "urls.txt", "--only-failed").code == 0
    assert Path("b").read_bytes() == DATA
    assert targets(origin) == ["/a", "/a"]


def test_a_duplicate_with_a_mirror_is_fetched_where_its_original_failed_without(origin: Origin, rheo: Rheo) -> None:
    gone, there = origin.url("/gone"), serve(origin)
    written(gone, f"{gone}\t{there}\n  out=b")

    assert rheo("-i", "urls.txt").code == 3

    assert Path("b").read_bytes() == DATA
    assert [row["state"] for row in rows(rheo)] == ["failed", "done"]


def test_a_duplicate_of_what_fails_for_its_own_place_or_hash_is_fetched(origin: Origin, rheo: Rheo) -> None:
    url, other = serve(origin), serve(origin, "/b")
    Path("taken").touch()
    wrong = sha256(b"other").hexdigest()
    written(f"{url}\n  dir=taken", url, f"{other}\n  out=x\n  sha256={wrong}", other)

    assert rheo("-i", "urls.txt").code == 3

    assert [Path(name).read_bytes() for name in ("a", "b")] == [DATA] * 2
    assert [row["state"] for row in rows(rheo)] == ["failed", "done"] * 2


def test_a_file_that_somebody_changed_is_no_original(origin: Origin, rheo: Rheo) -> None:
    url, digest = origin.url("/a"), sha256(DATA)
    told = {"Repr-Digest": f"sha-256=:{b64encode(digest.digest()).decode()}:"}
    origin.serve("/a", [File(DATA, headers=told), File(DATA)])
    written(url)
    rheo("-i", "urls.txt")
    Path("a").write_bytes(OTHER)
    written(url, f"{url}\n  out=b", f"{url}\n  out=c\n  sha256={digest.hexdigest()}")

    assert rheo("-i", "urls.txt").code == 0

    assert [Path(name).read_bytes() for name in ("a", "b", "c")] == [OTHER, DATA, DATA]


def test_a_file_that_was_overwritten_by_another_lines_is_no_original(origin: Origin, rheo: Rheo) -> None:
    one, other = serve(origin, "/a"), serve(origin, "/b", OTHER)
    written(f"{one}\n  out=k", f"{other}\n  out=k", f"{one}\n  out=m", f"{other}\n  out=n")

    assert rheo("-i", "urls.txt", "--on-exists", "overwrite", "-j", "1").code == 0

    assert (Path("m").read_bytes(), Path("n").read_bytes()) == (DATA, OTHER)


def test_a_file_that_a_duplicate_of_another_line_overwrote_is_no_original(
    origin: Origin, rheo: Rheo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chores, "THREADS", 1)  # the last line is next
    one, other = serve(origin, "/a"), serve(origin, "/b", OTHER)
    written(f"{one}\n  out=k", f"{other}\n  out=q", f"{other}\n  out=k", f"{one}\n  out=m")

    assert rheo("-i", "urls.txt", "--on-exists", "overwrite", "-j", "1").code == 0

    assert (Path("k").read_bytes(), Path("m").read_bytes()) == (OTHER, DATA)


def test_a_file_that_has_the_place_of_one_that_was_used_up_is_no_original(origin: Origin, rheo: Rheo) -> None:
    one, other = serve(origin, "/a"), serve(origin, "/b", OTHER)
    written(f"{one}\n  out=k")
    rheo("-i", "urls.txt")
    Path("k").unlink()
    written(f"{one}\n  out=k", f"{other}\n  out=k", f"{one}\n  out=m")

    assert rheo("-i", "urls.txt").code == 0

    assert (Path("k").read_bytes(), Path("m").read_bytes()) == (OTHER, DATA)


def test_a_file_that_is_to_be_left_must_have_the_hash_of_its_line(origin: Origin, rheo: Rheo) -> None:
    url = serve(origin)
    Path("b").write_bytes(OTHER)
    written(url, f"{url}\n  out=b\n  on-exists=skip\n  sha256={sha256(DATA).hexdigest()}")

    assert rheo("-i", "urls.txt").code == 3

    assert [row["error"] for row in rows(rheo)] == [None, "checksum_mismatch"]


def test_what_was_there_already_under_the_name_is_no_original(origin: Origin, rheo: Rheo) -> None:
    url = serve(origin)
    Path("a").write_bytes(b"mine")
    written(f"{url}\n  on-exists=skip", f"{url}\n  out=b")

    assert rheo("-i", "urls.txt").code == 0

    assert (Path("a").read_bytes(), Path("b").read_bytes()) == (b"mine", DATA)


def test_a_file_that_is_there_is_renamed_around_or_treated_as_wished(origin: Origin, rheo: Rheo) -> None:
    url = serve(origin)
    for name in ("b", "c", "d", "e"):
        Path(name).write_bytes(b"mine")
    exists = {"b": "rename", "c": "skip", "d": "overwrite", "e": "error"}
    written(url, *(f"{url}\n  out={name}\n  on-exists={wish}" for name, wish in exists.items()))

    ran = rheo("-i", "urls.txt")

    assert ran.code == 3
    assert [Path(name).read_bytes() for name in ("b", "b.1", "c", "d", "e")] == [b"mine", DATA, b"mine", DATA, b"mine"]
    assert [row["state"] for row in rows(rheo)] == ["done", "done", "skipped", "done", "failed"]
    assert "e exists already" in ran.err
    assert not hidden()


def test_a_line_with_a_hash_gets_no_other_file(origin: Origin, rheo: Rheo) -> None:
    url = serve(origin)
    right, wrong = sha256(DATA).hexdigest(), sha256(b"other").hexdigest()
    written(url, f"{url}\n  out=b\n  sha256={right}", f"{url}\n  out=c\n  sha256={wrong}", f"{url}\n  out=d\n  size=5")

    ran = rheo("-i", "urls.txt")

    assert ran.code == 3
    assert Path("b").read_bytes() == DATA
    assert not Path("c").exists()
    assert not Path("d").exists()
    assert targets(origin) == ["/a"] * 3
    assert [row["error"] for row in rows(rheo)] == [None, None, "checksum_mismatch", "size_mismatch"]


def test_a_line_with_a_header_of_its_own_is_fetched_as_the_answer_may_be_another(origin: Origin, rheo: Rheo) -> None:
    url = serve(origin)
    written(url, f"{url}\n  out=b\n  header=Accept-Language: cy")

    assert rheo("-i", "urls.txt").code == 0

    assert targets(origin) == ["/a", "/a"]


@pytest.mark.parametrize("own", ["header=X-Mine: 1", "referer=https://example.com/mine"])
def test_what_a_line_got_by_a_header_of_its_own_is_nobody_elses(own: str, origin: Origin, rheo: Rheo) -> None:
    def answer(request: Received) -> File:
        return File(OTHER if {"x-mine", "referer"} & set(request.headers) else DATA)

    origin.serve("/a", answer)
    url = origin.url("/a")
    written(f"{url}\n  {own}", f"{url}\n  out=b", f"{url}\n  out=c")
    assert rheo("-i", "urls.txt").code == 0
    Path("b").unlink()
    Path("c").unlink()
    written(url, f"{url}\n  out=d")  # the first is believed

    assert rheo("-i", "urls.txt").code == 0

    assert [Path(name).read_bytes() for name in ("a", "d")] == [OTHER, DATA]
    assert len(targets(origin)) == 3


def test_without_a_ledger_both_are_fetched(origin: Origin, rheo: Rheo) -> None:
    url = serve(origin)
    written(url, f"{url}\n  out=b")

    assert rheo("-i", "urls.txt", "--no-ledger").code == 0

    assert targets(origin) == ["/a", "/a"]
    assert Path("b").read_bytes() == DATA


def test_many_duplicates_of_many_urls_all_get_their_files(origin: Origin, rheo: Rheo) -> None:
    urls = [serve(origin, f"/{number}", os.urandom(100)) for number in range(40)]
    written(*(f"{url}\n  dir=d{copy}" for copy in range(30) for url in urls))

    assert rheo("-i", "urls.txt", "--sync", "off").code == 0

    assert len(origin.requests) == 40
    for number in range(40):
        assert len({Path(f"d{copy}/{number}").read_bytes() for copy in range(30)}) == 1


_DYING = """
import itertools, os, signal
from rheo.storage import doubling
rename, names = doubling.rename_to, itertools.count(1)
def dying(*words):
    path = rename(*words)
    if next(names) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return path
doubling.rename_to = dying
from rheo.__main__ import main
main()
"""


@pytest.mark.parametrize("how", ["copy", "link"])
def test_a_file_that_got_its_name_as_the_run_was_killed_is_known(how: str, origin: Origin, rheo: Rheo) -> None:
    url = serve(origin)
    written(url, *(f"{url}\n  out=b{number}" for number in range(8)))
    words = ["-i", "urls.txt", "--duplicates", how]

    dead = subprocess.run([sys.executable, "-c", _DYING, *words], capture_output=True, check=False)

    assert dead.returncode == -signal.SIGKILL
    assert rheo(*words).code == 0
    assert targets(origin) == ["/a"]
    assert sorted(path.name for path in Path().glob("[ab]*")) == ["a", *(f"b{number}" for number in range(8))]
    assert [row["state"] for row in rows(rheo)] == ["done"] * 9


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-i", "urls.txt", "--duplicates", "move"], "must be one of copy, link, report, skip"),
        (["-i", "urls.txt", "--duplicates", "link", "--no-ledger"], "--no-ledger contradicts --duplicates"),
        (["http://a/", "--duplicates", "link"], "--duplicates tells of a list"),
    ],
)
def test_what_cannot_be_is_told(words: list[str], said: str, origin: Origin, rheo: Rheo) -> None:
    written(serve(origin))

    ran = rheo(*words)

    assert ran.code == 2
    assert said in ran.err
    assert not origin.requests
