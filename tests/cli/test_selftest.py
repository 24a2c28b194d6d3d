"""`rheo test`: passes where rheo works, and shows in red where it does not."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from rheo.cli.commands import test as command
from rheo.selftest.behaviours import at_once
from rheo.selftest.cases import CASES
from rheo.selftest.content import Content
from rheo.selftest.run import CaseReport
from rheo.selftest.server import serving

NAMES = [case.name for case in CASES]
FILE = Content("a.iso", 100_000)


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep out what this terminal likes."""
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def url() -> Iterator[str]:
    """Where a server of one's own has the file."""
    with serving(at_once(FILE)) as address:
        yield f"{address}/a.iso"


def selftest(*arguments: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "rheo", "test", *arguments]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)


def rows(output: str) -> dict[str, str]:
    """Return the first word of each case's row by the case's name."""
    return {words[1]: words[0] for line in output.splitlines()[1:-1] if (words := line.split())}


def test_every_case_passes() -> None:
    outcome = selftest()
    assert rows(outcome.stdout) == dict.fromkeys(NAMES, "passed")
    assert re.fullmatch(r"9 of 9 passed in \d\.\d s", outcome.stdout.splitlines()[-1])
    assert (outcome.returncode, outcome.stderr) == (0, "")


@pytest.mark.parametrize("name", NAMES)
def test_a_planted_wrong_bit_turns_its_row_red_and_no_other(name: str) -> None:
    outcome = selftest("--plant-fault", name)
    assert rows(outcome.stdout) == {**dict.fromkeys(NAMES, "passed"), name: "FAILED"}
    assert outcome.stdout.splitlines()[-1].startswith("8 of 9 passed")
    assert (outcome.returncode, outcome.stderr) == (3, "")


def test_a_file_of_ones_own_passes_unless_it_is_missing_or_another_one(url: str) -> None:
    right, wrong = FILE.checksum(), f"sha256:{'0' * 64}"
    remote = [f"--remote={file}" for file in (url, f"{url}={right}", f"{url}={wrong}", f"{url}?missing")]
    outcome = selftest(*remote)
    own = {"remote-1": "passed", "remote-2": "passed", "remote-3": "FAILED", "remote-4": "FAILED"}
    assert rows(outcome.stdout) == {**dict.fromkeys(NAMES, "passed"), **own}
    assert re.findall(r"\((\w+)\)$", outcome.stdout, re.MULTILINE) == ["checksum_mismatch", "http_status"]
    assert (outcome.returncode, outcome.stderr) == (3, "")


@pytest.mark.parametrize("arguments", [("--remote", "nonsense://"), ("--plant-fault", "nonsense")])
def test_what_cannot_be_tested_is_said_before_anything_runs(arguments: tuple[str, str]) -> None:
    outcome = selftest(*arguments)
    assert outcome.stdout == ""
    assert "nonsense" in outcome.stderr
    assert outcome.returncode == 2


def shown(monkeypatch: pytest.MonkeyPatch, *reports: CaseReport) -> list[str]:
    monkeypatch.setattr(command, "run_cases", lambda **_: iter(reports))
    lines: list[str] = []
    command.run(remote=[], plant_fault=None, write=lines.append)
    return lines


def report(name: str, detail: str, *, passed: bool) -> CaseReport:
    return CaseReport(name=name, passed=passed, detail=detail, seconds=0.25, size=1536)


def test_columns_are_aligned(monkeypatch: pytest.MonkeyPatch) -> None:
    passed, failed = report("small", "a file", passed=True), report("wrong-hash", "not refused", passed=False)
    assert shown(monkeypatch, passed, failed) == [
        "result  case               size   time  what it shows",
        "passed  small           1.5 KiB   0.2s  a file",
        "FAILED  wrong-hash      1.5 KiB   0.2s  not refused",
        "1 of 2 passed in 0.5 s",
    ]


def test_a_terminal_shows_green_and_red_unless_no_color_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    passed, failed = report("small", "a file", passed=True), report("large", "lost", passed=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert [line[:5] for line in shown(monkeypatch, passed, failed)[1:3]] == ["\x1b[32m", "\x1b[31m"]
    monkeypatch.setenv("NO_COLOR", "1")
    assert [line[:6] for line in shown(monkeypatch, passed, failed)[1:3]] == ["passed", "FAILED"]


def test_text_from_outside_does_not_steer_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, report("remote-1", "\x1b[2J\nred", passed=False))[1].endswith(r"  \x1b[2J\x0ared")
