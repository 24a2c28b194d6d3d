"""Ctrl-C and SIGTERM stop in order and say how to go on; a second one stops at once; a pipe may break."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from cli.command import Rheo, Start, ended
from origin import File, Generated, Origin, gated

CONTENT = Generated(8_000_000)
STOPPED = "stopped: 0 of 1 done, 1 left; run the same command again to go on\n"
SOME_STOPPED = "stopped: 1 of 2 done, 1 left; run the same command again, with --skip-existing, to fetch what is left\n"


@pytest.fixture
def stuck(origin: Origin) -> Iterator[str]:
    """A URL that sends a third of its file, and then nothing as long as the test lasts."""
    gate = threading.Event()
    origin.serve("/a.iso", gated(File(CONTENT), gate, after=3_000_000))
    yield origin.url("/a.iso")
    gate.set()


def held(origin: Origin) -> bool:
    return origin.held == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_stops_in_order(origin: Origin, stuck: str, number: signal.Signals, code: int, start: Start) -> None:
    process = start(stuck)
    origin.wait_for(held, 10)
    process.send_signal(number)
    ran = ended(process)
    assert (ran.code, ran.out, ran.err) == (code, "", STOPPED)
    assert Path("a.iso.part").exists()
    assert not Path("a.iso").exists()


def test_what_is_done_is_told_apart_from_what_is_left(origin: Origin, stuck: str, start: Start) -> None:
    origin.serve("/b.iso", File(b"12345"))
    process = start(stuck, origin.url("/b.iso"), "--sync", "full")
    assert process.stderr is not None
    assert process.stderr.readline().startswith("b.iso: 5 B")
    origin.wait_for(held, 10)
    process.send_signal(signal.SIGINT)
    ran = ended(process)
    assert (ran.code, ran.err) == (130, SOME_STOPPED)


def test_json_has_a_summary_of_it(origin: Origin, stuck: str, start: Start) -> None:
    process = start(stuck, "--json")
    origin.wait_for(held, 10)
    process.send_signal(signal.SIGTERM)
    ran = ended(process)
    *_, paused, summary = map(json.loads, ran.out.splitlines())
    assert (paused["type"], paused["id"]) == ("paused", 1)
    assert (summary["type"], summary["interrupted"], summary["exit_code"], summary["left"]) == ("summary", True, 143, 1)
    assert (ran.code, ran.err) == (143, "")


def has_open(process: subprocess.Popen[str], path: Path) -> bool:
    with suppress(FileNotFoundError):  # one that is closed meanwhile
        return path in {opened.resolve() for opened in Path(f"/proc/{process.pid}/fd").iterdir()}
    return False


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="nothing else tells which files a process reads")
def test_a_large_file_that_is_there_is_not_read_to_its_end(origin: Origin, start: Start) -> None:
    there = Path("a.iso").resolve()
    there.touch()
    os.truncate(there, 1_000_000_000_000)
    process = start(origin.url("/a.iso"), "--hash", f"sha256:{'0' * 64}", "--skip-existing", "hash")
    while not has_open(process, there):
        assert process.poll() is None
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert ended(process).code == 130
    assert time.monotonic() - began < 8  # closing waits no longer than ten seconds for whatever does not end


def test_quiet_stays_quiet(origin: Origin, stuck: str, start: Start) -> None:
    process = start(stuck, "-q")
    origin.wait_for(held, 10)
    process.send_signal(signal.SIGINT)
    assert ended(process).err == ""


CLOSING_LASTS = """
import threading, rheo.session
rheo.session.Session.close = lambda self: threading.Event().wait(60)
from rheo.__main__ import main
main()
"""


def test_a_second_stops_at_once(origin: Origin, stuck: str) -> None:
    with subprocess.Popen([sys.executable, "-c", CLOSING_LASTS, stuck], stderr=subprocess.PIPE, text=True) as process:
        origin.wait_for(held, 10)
        began = time.monotonic()
        while process.poll() is None:  # two at once may count as one
            process.send_signal(signal.SIGINT)
            try_to_wait(process)
        assert process.stderr is not None
        assert (process.returncode, process.stderr.read()) == (130, "")
        assert time.monotonic() - began < 5


def test_a_reader_that_stands_still_holds_up_nothing(origin: Origin, start: Start) -> None:
    origin.serve("/a.iso", File(CONTENT))
    origin.serve("/small", File(CONTENT.read(0, 900_000)))
    for target in ("/a.iso", "/small"):
        reading, writing = os.pipe()
        process = start(origin.url(target), "-o", "-", out=writing)
        os.close(writing)
        os.read(reading, 1)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert time.monotonic() - began < 2
        os.close(reading)


def try_to_wait(process: subprocess.Popen[str]) -> None:
    try:
        process.wait(0.1)
    except subprocess.TimeoutExpired:
        return


def test_names_that_hang_in_the_lookup_do_not_delay_it(rheo: Rheo, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    interrupted: list[float] = []

    def hang(*_: object, **__: object) -> list[object]:
        interrupted.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)
        gate.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    ran = rheo("http://hangs.example/")
    assert time.monotonic() - interrupted[0] < 1
    assert (ran.code, ran.err) == (130, STOPPED)
    gate.set()


def test_a_signal_that_the_caller_ignores_stays_ignored(origin: Origin, start: Start) -> None:
    gate = threading.Event()
    origin.serve("/a.iso", gated(File(b"12345"), gate, after=3))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = start(origin.url("/a.iso"))  # as `nohup` and `&` in scripts do
    finally:
        signal.signal(signal.SIGINT, before)
    origin.wait_for(held, 10)
    process.send_signal(signal.SIGINT)
    gate.set()
    assert ended(process).code == 0


def test_a_reader_of_json_that_leaves_ends_it_quietly(stuck: str, start: Start) -> None:
    process = start(stuck, "--json")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert (process.wait(30), process.stderr.read()) == (141, "")


def test_a_reader_of_the_file_that_leaves_ends_it_quietly(stuck: str, start: Start) -> None:
    process = start(stuck, "-o", "-")
    assert process.stdout is not None
    os.read(process.stdout.fileno(), 1)
    process.stdout.close()
    assert process.stderr is not None
    assert (process.wait(30), process.stderr.read()) == (141, "")


@pytest.mark.parametrize("words", [["config", "show"], ["download", "--help"], ["--version"]], ids=" ".join)
def test_a_reader_of_an_answer_that_leaves_ends_it_quietly(start: Start, words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = start(*words, out=writing)
    os.close(writing)
    ran = ended(process)
    assert (ran.code, ran.err) == (141, "")


def test_a_list_that_is_still_coming_is_not_done(origin: Origin, start: Start) -> None:
    origin.serve("/a", File(b"12345"))
    process = start("-i", "-", stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write(f"{origin.url('/a')}\n{origin.url('/b')}\n")  # the first is whole where the next one begins
    process.stdin.flush()
    assert process.stderr.readline().startswith("a: 5 B")
    process.send_signal(signal.SIGINT)
    code = process.wait(30)
    assert (code, process.stderr.read()) == (
        130,
        "stopped: 1 of 1+ done, 0+ left; run the same command again to go on\n",
    )
