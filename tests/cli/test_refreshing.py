"""`--refresh-command`: a program is asked for a new URL where one has expired, and ended with what it started."""

import json
import os
import shlex
import signal
import sys
import time
from pathlib import Path

import pytest

from cli.command import Rheo, Start, ended
from origin import File, Generated, Origin, Status, cut, page

SIZE = 3_000_000
DATA = Generated(SIZE)
HALF = 1_500_000


@pytest.fixture
def program(tmp_path):
    """Return what makes a program of Python text, as it is named on the command line."""

    def make(text: str) -> str:
        path = tmp_path / "find a link.py"
        path.write_text(text)
        return shlex.join([sys.executable, str(path)])

    return make


def tagged(**more):
    return File(DATA, etag='"one"', **more)


def dying(origin: Origin, last=None) -> str:
    """Serve a link that brings half a file and then dies; return its URL."""
    origin.serve("/a.bin", [cut(tagged(), after=HALF), last or Status(403)])
    return origin.url("/a.bin?signature=opensesame")


@pytest.fixture
def dead(origin, rheo: Rheo) -> str:
    """A URL that brought half a file to the folder `downloads`, and has died since."""
    url = dying(origin)
    assert rheo(url, "-d", "downloads", "-x", "1", "--retry", "0").code == 4
    return url


def is_gone(number: int) -> bool:
    """Whether a process has ended; one that nobody has waited for yet has, too."""
    try:
        stat = Path(f"/proc/{number}/stat").read_text()
    except FileNotFoundError:
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"


def soon(condition):
    """Wait until a condition holds that no event tells of."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("last", [Status(403), Status(410), page()], ids=["403", "410", "page"])
def test_a_program_is_told_what_is_known_and_answers_with_a_url(origin, rheo: Rheo, program, downloads, last):
    url = dying(origin, last)
    origin.serve("/b", tagged())
    told = downloads.parent / "told"
    command = program(f"import sys; open({str(told)!r}, 'w').write(sys.stdin.read()); print({origin.url('/b')!r})")

    ran = rheo(url, "-d", str(downloads), "-x", "1", "--refresh-command", command)

    assert ran.code == 0, ran.err
    assert (downloads / "a.bin").read_bytes() == DATA.read(0, SIZE)
    facts = json.loads(told.read_text())
    assert set(facts) == {"url", "final_url", "error", "message", "status", "size", "received"}
    assert (facts["url"], facts["final_url"]) == (url, url)
    assert (facts["size"], facts["received"]) == (SIZE, HALF)
    assert facts["status"] == getattr(last, "status", None)
    assert facts["error"] == ("no_file" if facts["status"] is None else "http_status")


def test_it_may_answer_with_headers_which_nobody_else_gets(origin, rheo: Rheo, program, downloads):
    url = dying(origin)
    origin.serve("/b", tagged())
    answer = json.dumps({"url": origin.url("/b"), "headers": {"X-Key": "opensesame"}})

    ran = rheo(url, "-d", str(downloads), "-x", "1", "-v", "--refresh-command", program(f"print({answer!r})"))

    assert ran.code == 0, ran.err
    assert {request.headers.get("x-key") for request in origin.requests_for("/b")} == {"opensesame"}
    assert {request.headers.get("x-key") for request in origin.requests_for("/a.bin")} == {None}
    assert "opensesame" not in ran.err
    assert "asks for a new URL until" in ran.err


def test_programs_read_why_it_waits_and_why_it_failed(origin, rheo: Rheo, program, downloads):
    url = dying(origin)

    ran = rheo(url, "-d", str(downloads), "-x", "1", "--json", "--refresh-command", program(""))

    lines = [json.loads(line) for line in ran.out.splitlines()]
    reasons = [line["reason"] for line in lines if line["type"] == "waiting"]
    assert reasons == ["backoff", "refreshing"]
    error = next(line["error"] for line in lines if line["type"] == "failed")
    assert (error["code"], error["status"], ran.code) == ("needs_new_url", 403, 5)


def test_without_a_program_it_says_how_to_go_on_and_so_it_does(origin, rheo: Rheo, downloads):
    url = dying(origin)

    ran = rheo(url, "-d", str(downloads), "-x", "1")

    part = downloads / "a.bin.part"
    assert ran.code == 5
    assert "the link, or its login, has expired: status 403: forbidden" in ran.err
    assert f"a new URL goes on with what has come: --resume-from {part}" in ran.err
    assert "opensesame" not in ran.err.replace(url, "")
    origin.serve("/b", tagged())
    ran = rheo(origin.url("/b"), "--resume-from", str(part))
    assert ran.code == 0, ran.err
    assert (downloads / "a.bin").read_bytes() == DATA.read(0, SIZE)
    assert "range" in origin.requests_for("/b")[0].headers


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "import sys; sys.exit('no such page\\n\\x1b[2Jtry later')",
            "ended with code 1: no such page \\x1b[2Jtry later",
        ),
        ("", "no new one was found"),
        ("print('{}')", "no new one was found"),
        ("print('{\"url\": 5}')", "gave no URL"),
        ("print('{\"url\"')", "answered what begins as JSON and is none"),
        ("print('a\\nb')", "gave no URL"),
        ("print('x' * 100_000)", "answered more than 65536 bytes"),
        ("print('ftp://x.example/')", "rheo fetches http and https"),
        ('print(\'{"url": "http://x.example/", "headers": {"X": 1}}\')', "names and values, both str"),
        ("import os; os.close(0); print(end='')", "no new one was found"),
    ],
)
def test_what_a_program_cannot_give_is_said_and_the_part_is_kept(dead, rheo: Rheo, program, text, said):
    ran = rheo(dead, "-d", "downloads", "--refresh-command", program(text))

    assert ran.code == 5
    assert said in ran.err
    assert sorted(path.name for path in Path("downloads").iterdir()) == ["a.bin.part", "a.bin.part.json"]


HANGS = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with open({path!r} + ".new", "w") as file:
    file.write(f"{{os.getpid()}} {{child.pid}}")
os.rename({path!r} + ".new", {path!r})
time.sleep(600)
"""


LEAVES = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
with open({path!r}, "w") as file:
    file.write(str(child.pid))
time.sleep(600)
"""


def test_a_program_that_hangs_is_ended_with_its_children(dead, rheo: Rheo, program, tmp_path):
    told = tmp_path / "told"
    command = program(HANGS.format(path=str(told)))

    ran = rheo(dead, "-d", "downloads", "--refresh-command", command, "--refresh-timeout", "2")

    assert ran.code == 5
    assert "did not end within 2 s" in ran.err
    soon(lambda: all(is_gone(int(number)) for number in told.read_text().split()))


def test_a_child_that_left_the_group_and_kept_the_pipes_is_not_waited_for(dead, rheo: Rheo, program, tmp_path):
    told = tmp_path / "told"
    command = program(LEAVES.format(path=str(told)))

    ran = rheo(dead, "-d", "downloads", "--refresh-command", command, "--refresh-timeout", "2")

    os.kill(int(told.read_text()), signal.SIGKILL)
    assert ran.code == 5
    assert "did not end within 2 s" in ran.err
    assert "Traceback" not in ran.err


def test_ctrl_c_ends_a_program_with_its_children(dead, start: Start, program, tmp_path):
    told = tmp_path / "told"
    process = start(dead, "-d", "downloads", "--refresh-command", program(HANGS.format(path=str(told))))
    soon(told.exists)

    os.kill(process.pid, signal.SIGINT)
    ran = ended(process)

    assert ran.code == 130
    soon(lambda: all(is_gone(int(number)) for number in told.read_text().split()))
    assert Path("downloads/a.bin.part").exists()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("no-such-program --x", "there is no program no-such-program"),
        ("echo 'x", "a program and its arguments"),
        ("''", "is no program"),
    ],
)
def test_what_is_no_program_is_refused_before_anything_is_asked(origin, rheo: Rheo, command, said):
    ran = rheo(origin.url("/a"), "--refresh-command", command)

    assert ran.code == 2
    assert said in ran.err
    assert origin.requests == []


def test_no_shell_reads_the_command(origin, dead, rheo: Rheo, program, tmp_path):
    origin.serve("/b", tagged())
    told = tmp_path / "told"
    command = program(
        f"import json, sys; json.dump(sys.argv[1:], open({str(told)!r}, 'w')); print({origin.url('/b')!r})"
    )

    ran = rheo(dead, "-d", "downloads", "--refresh-command", f"{command} $HOME '`id`; exit' *")

    assert ran.code == 0, ran.err
    assert json.loads(told.read_text()) == ["$HOME", "`id`; exit", "*"]
