"""`rheo download -i`: lists of what to fetch."""

import hashlib
import json
import re
import socket
import subprocess
from pathlib import Path

import pytest

from cli.command import Rheo, Start, ended
from origin import File, Origin, Status

DATA = b"x" * 2048
SHA256 = hashlib.sha256(DATA).hexdigest()


def written(text: str, name: str = "urls.txt") -> str:
    Path(name).write_text(text)
    return name


@pytest.fixture
def two(origin: Origin) -> tuple[str, str]:
    for path in ("/a.iso", "/b.iso"):
        origin.serve(path, File(DATA))
    return origin.url("/a.iso"), origin.url("/b.iso")


def test_a_list_has_a_url_a_line_and_options_below(two: tuple[str, str], rheo: Rheo) -> None:
    first, second = two
    written(f"# both\n{first}\n{second}\n  out=c.iso\n  dir=deep\n  checksum=sha-256={SHA256}\n  split=5\n")

    ran = rheo("-i", "urls.txt")

    assert ran.code == 0
    assert Path("a.iso").read_bytes() == Path("deep/c.iso").read_bytes() == DATA
    assert "deep/c.iso: 2.0 KiB in TIME, SPEED, sha256 verified, hash given by you" in ran.lines


def test_a_table_has_columns_of_which_others_may_have_need(two: tuple[str, str], rheo: Rheo) -> None:
    written(f"caption,link,filename,sha256\na dog,{two[0]},dog.iso,{SHA256}\n", "urls.csv")

    assert rheo("--input-file", "urls.csv", "--column", "url=link").code == 0
    assert Path("dog.iso").read_bytes() == DATA


def test_json_lines_say_headers_for_the_file_alone(two: tuple[str, str], origin: Origin, rheo: Rheo) -> None:
    lines = [{"url": two[0], "headers": {"X-Key": "1"}}, {"url": two[1]}]
    written("\n".join(map(json.dumps, lines)), "urls.jsonl")

    assert rheo("-i", "urls.jsonl").code == 0
    assert {one.target: one.headers.get("x-key") for one in origin.requests} == {"/a.iso": "1", "/b.iso": None}


def test_a_file_may_be_asked_for_by_another_name_than_ours(two: tuple[str, str], origin: Origin, rheo: Rheo) -> None:
    written(f"{two[0]}\n  user-agent=Browser/1\n{two[0]}\n  out=ours\n{two[1]}\n")

    assert rheo("-i", "urls.txt", "-H", "X-Key: 1").code == 0
    asked = [(one.target, one.headers["user-agent"].split("/")[0], one.headers["x-key"]) for one in origin.requests]
    assert sorted(asked) == [("/a.iso", "Browser", "1"), ("/a.iso", "rheo", "1"), ("/b.iso", "rheo", "1")]


def test_what_the_disk_kept_from_us_is_no_fault_of_the_host(two: tuple[str, str], rheo: Rheo) -> None:
    Path("b.iso").touch()
    written("\n".join(two))

    ran = rheo("-i", "urls.txt", "--on-exists", "error", "--json")

    summary = json.loads(ran.out.splitlines()[-1])
    assert summary["errors"] == [{"code": "destination_exists", "status": None, "count": 1}]
    assert summary["worst_hosts"] == []


def test_patterns_stand_for_many_where_that_is_wished(origin: Origin, rheo: Rheo, downloads: Path) -> None:
    for number in range(8, 12):
        origin.serve(f"/{number:03}", File(DATA))
    written(origin.url("/[008-011]"))

    assert rheo("-i", "urls.txt", "--glob", "-d", str(downloads), "--no-ledger").code == 0
    assert sorted(path.name for path in downloads.iterdir()) == ["008", "009", "010", "011"]


def test_bad_lines_are_told_with_their_numbers_and_the_others_are_fetched(two: tuple[str, str], rheo: Rheo) -> None:
    bad = ["ftp://x.example/a", f"{two[0]}\n  colour=red", f"{two[1]}\n  out=../../escaped", "http://"]
    written("\n".join([*bad, f"{two[1]}\n  out=/tmp/x", two[1]]))

    ran = rheo("-i", "urls.txt")

    assert ran.code == 3
    assert Path("b.iso").read_bytes() == DATA
    told = "\n".join(ran.lines)
    for line in (1, 2, 4, 6, 7):
        assert f"failed: urls.txt, line {line}: " in told
    assert "nobody knows the option colour" in told
    assert "escaped is outside of" in told
    assert "/tmp/x is outside of" in told
    assert not Path("../../escaped").exists()


def test_of_many_failures_the_end_tells_ten_and_what_all_have_in_common(
    two: tuple[str, str], origin: Origin, rheo: Rheo
) -> None:
    for number in range(20):
        origin.serve(f"/{number}", Status(404 if number % 4 else 410))
    gone = [origin.url(f"/{number}") for number in range(20)]
    written("\n".join(["nonsense", *gone, *two]))

    ran = rheo("-i", "urls.txt", "--max-concurrent", "1")

    said = ["410: gone for good", *["404: not found"] * 3] * 5
    reasons = [f"{url}: status {status}" for url, status in zip(gone, said, strict=True)]
    told = [line for line in ran.lines if line.startswith("failed: http")]
    assert told == [f"failed: {reason}" for reason in reasons]
    bad, *first = ran.lines[-13:-3]
    assert ran.lines[-14] == "2 of 23 done, 21 failed (1 bad line): 4.0 KiB in TIME, SPEED"
    assert bad.startswith("  failed: urls.txt, line 1: ")
    assert first == [f"  failed: {reason}" for reason in reasons[:9]]
    assert ran.lines[-3:] == [
        "  and 11 more",
        "  errors: 15 http_status 404, 5 http_status 410, 1 bad_line",
        f"  hosts with most failures: 20 {origin.url('/').split('/')[2]}",
    ]
    assert ran.code == 3


def test_programs_are_told_of_bad_lines_too(two: tuple[str, str], rheo: Rheo) -> None:
    written(f"{two[0]}\nnonsense\n")

    ran = rheo("-i", "urls.txt", "--json")

    facts = [json.loads(line) for line in ran.out.splitlines()]
    (refused,) = [one for one in facts if one["type"] == "refused"]
    assert (refused["line"], refused["error"]["code"]) == ("urls.txt, line 2", "bad_line")
    assert (facts[-1]["total"], facts[-1]["done"], facts[-1]["failed"], ran.code) == (2, 1, 1, 3)
    assert (facts[-1]["bad_lines"], facts[-1]["errors"]) == (1, [{"code": "bad_line", "status": None, "count": 1}])


def test_downloads_start_before_the_list_ends(two: tuple[str, str], start: Start, origin: Origin) -> None:
    process = start("-i", "-", "--json", stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{two[0]}\n{two[1]}\n")
    process.stdin.flush()

    while json.loads(process.stdout.readline())["type"] != "completed":
        pass
    process.stdin.write("\n")
    process.stdin.close()
    process.stdin = None

    assert ended(process).code == 0
    assert len(origin.requests) == 2


def test_a_list_is_longer_than_the_files_that_are_queued(origin: Origin, rheo: Rheo, downloads: Path) -> None:
    origin.serve("/a", File(b"x"))
    written("\n".join(origin.url(f"/a?{number}") for number in range(2500)))

    ran = rheo("-i", "urls.txt", "-d", str(downloads), "--sync", "off", "--no-ledger")

    assert ran.code == 0
    assert ran.lines[-1].startswith("2500 of 2500 done")
    assert len(list(downloads.iterdir())) == 2500


@pytest.mark.parametrize(
    ("words", "text", "sentence"),
    [
        (["-i", "missing.txt"], "", "missing.txt: it cannot be read: No such file or directory"),
        (["-i", "https://me:geheim@a.example/l"], "", "a list is a file here; have one fetched by: rheo URL -o - | "),
        (["-i", "."], "", ".: it cannot be read: Is a directory"),
        (["-i", "urls.txt", "-i", "-"], "x", "--input-file is one list, but there are 2; fetch them one by one"),
        (["-i", "urls.txt"], "# nothing\n", "urls.txt lists nothing"),
        (["-i", "urls.txt", "--format", "xml"], "x", "must be one of plain, csv, tsv, jsonl"),
        (["-i", "urls.txt", "--format", "csv"], "a,b\n", "no column of it is called url; there are a, b; name the"),
        (["-i", "urls.txt", "--format", "csv"], "\n\nurl", "no column of it is called url; its first line names none"),
        (["-i", "urls.txt", "--format", "csv"], "url;out\n", "no column of it is called url; there is url;out alone;"),
        (["-i", "urls.txt", "--format", "csv", "--column", "url=c"], "a,b\n", "there is no column c; there are a, b"),
        (["-i", "urls.txt", "--column", "url=c"], "x", "a plain list has no columns"),
        (["-i", "urls.txt", "--format", "csv", "--column", "filname=b"], "url,b\n", "--column filname=…: nobody knows"),
        (["-i", "urls.txt", "--column", "url"], "x", "--column url=LINK"),
        (["-i", "urls.txt", "-o", "x"], "x", "--output x: that names one file, but a list has many; give it a field"),
        (["-i", "urls.txt", "--resume-from", "urls.txt"], "x", "--resume-from is of one file, but urls.txt is"),
        (["-i", "urls.txt", "--hash", f"sha256:{SHA256}"], "x", "--hash is of one file"),
        (["-i", "urls.txt", "--resume-from", "urls.txt"], "x", "--resume-from is of one file"),
        (["--glob", "http://x.example/"], "x", "name it with --input-file"),
    ],
)
def test_a_list_that_cannot_be_read_is_a_mistake(rheo: Rheo, words: list[str], text: str, sentence: str) -> None:
    written(text)

    ran = rheo(*words)

    assert ran.code == 2
    assert sentence in ran.err
    assert [path.name for path in Path.cwd().iterdir()] == ["urls.txt"]


def test_a_line_whose_file_fails_blocks_nobody(two: tuple[str, str], origin: Origin, rheo: Rheo) -> None:
    origin.serve("/gone", Status(404))
    written(f"{origin.url('/gone')}\n{two[0]}\n")

    ran = rheo("-i", "urls.txt", "--retry", "0")

    assert ran.code == 3
    assert Path("a.iso").read_bytes() == DATA


def test_a_character_that_no_path_can_have_is_the_mistake_of_its_line_alone(two: tuple[str, str], rheo: Rheo) -> None:
    bad = [{"url": two[0], "out": "a\0b"}, {"url": two[0], "dir": "\ud800"}, {"url": f"{two[0]}\ud800"}]
    written("\n".join(map(json.dumps, [*bad, two[1]])), "urls.jsonl")

    ran = rheo("-i", "urls.jsonl")

    assert (ran.code, ran.err.count("  failed: urls.jsonl, line ")) == (3, 3)
    assert Path("b.iso").read_bytes() == DATA


def test_a_line_of_very_many_folders_harms_nobody(two: tuple[str, str], rheo: Rheo) -> None:
    written(f"{two[0]}\n  dir={'d/' * 1500}\n{two[1]}\n")

    assert rheo("-i", "urls.txt").code == 0
    assert Path("d/" * 1500, "a.iso").read_bytes() == Path("b.iso").read_bytes() == DATA
    subprocess.run(["rm", "-r", "d"], check=True)  # Python's own way is as deep as they are


def test_hosts_that_are_down_take_no_time_from_the_others(two: tuple[str, str], origin: Origin, rheo: Rheo) -> None:
    for number in range(60):
        origin.serve(f"/{number}.iso", File(DATA))
    with socket.socket() as closed, socket.create_server(("127.0.0.4", 0), backlog=100) as silent:
        closed.bind(("127.0.0.3", 0))
        ports = closed.getsockname()[1], silent.getsockname()[1]
        written(
            "".join(
                f"http://127.0.0.{3 + n % 2}:{ports[n % 2]}/{n // 2}\n{origin.url(f'/{n}.iso')}\n" for n in range(60)
            )
        )

        ran = rheo("-i", "urls.txt", "--first-byte-timeout", "500ms", "--retry", "2")

    assert ran.code == 3
    assert all(Path(f"{number}.iso").read_bytes() == DATA for number in range(60))
    assert "60 of 120 done, 60 failed" in ran.err
    last = f"failed: http://127.0.0.3:{ports[0]}/29: no connection: connection refused"
    assert re.search(rf"{last}, [0-9]+ tries in [0-9]+ s; not asked again for this file", ran.err)
