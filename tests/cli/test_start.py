"""What starts often starts fast: modules are loaded when they are needed, counted here because times are not stable."""

import subprocess
import sys
from pathlib import Path

import pytest

import rheo
from origin import File, Origin

HEAVY = {"asyncio", "pycurl", "rich", "rheo.session", "rheo.transport", "rheo.storage", "rheo.application"}


def loaded_by(*arguments: str) -> set[str]:
    code = (
        "import sys; from rheo.cli.app import run; run(sys.argv[1:]); sys.stdout.write('\\n' + ' '.join(sys.modules))"
    )
    line = [sys.executable, "-c", code, *arguments]
    outcome = subprocess.run(line, capture_output=True, text=True, timeout=30, check=True)
    return set(outcome.stdout.splitlines()[-1].split())


def test_the_version_needs_next_to_nothing() -> None:
    assert not loaded_by("--version") & (HEAVY | {"typer", "dataclasses", "inspect", "typing", "re", "collections"})


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["download", "--help"],
        ["info", "--help"],
        ["download"],
        ["info"],
        ["ftp://example.com/"],
        ["http://a/", "--nonsense"],
    ],
    ids=" ".join,
)
def test_help_and_mistakes_need_no_engine(arguments: list[str]) -> None:
    assert not loaded_by(*arguments) & HEAVY


def test_settings_need_no_engine() -> None:
    assert not loaded_by("config", "show") & HEAVY


def test_without_a_terminal_rich_stays_unloaded() -> None:
    assert "rich" not in loaded_by("http://127.0.0.1:1/", "--retry", "0")


def test_a_download_loads_nothing_of_what_only_looks() -> None:
    looking = {"domain.information", "domain.tls_session", "engine.probing", "engine.information", "cli.information"}
    assert not loaded_by("http://127.0.0.1:1/", "--retry", "0") & {f"rheo.{name}" for name in looking}


def test_a_download_loads_nothing_of_lists_that_it_has_not() -> None:
    lists = {"rheo.domain.checksum_list", "rheo.engine.document", "rheo.engine.neighbours", "rheo.engine.listing"}
    assert not loaded_by("http://127.0.0.1:1/", "--retry", "0") & lists


def test_a_download_loads_nothing_of_limits_and_time_zones_that_it_does_not_need() -> None:
    words = ["http://127.0.0.1:1/", "--retry", "0"]
    limits, zones = {"rheo.domain.timetable_text", "rheo.domain.deadline"}, {"zoneinfo", "tzlocal"}
    assert not loaded_by(*words) & (limits | zones)
    assert not loaded_by(*words, "--limit-rate", "5M") & zones


def test_a_small_file_loads_nothing_of_what_large_unfinished_and_damaged_ones_need(origin: Origin) -> None:
    origin.serve("/a", File(b"12345"))
    connections = {"asking", "belief", "crew", "member", "pace", "rounds", "supplier", "suppliers"}
    parts = {"aside", "blocks", "claim", "inspection", "live_file", "logbook", "part_state", "owner", "remains", "sums"}
    seldom = {"rheo.config.netrc", "rheo.storage.host_records", "rheo.transport.curl.meaning"}
    seldom |= {f"rheo.domain.{name}" for name in ("announced_digest", "cookies", "link", "pieces")}
    unneeded = {f"rheo.engine.{name}" for name in connections | {"looking", "salvage"}} | seldom
    unneeded |= {f"rheo.storage.{name}" for name in parts} | {"json", "hashlib", "secrets"}
    assert not loaded_by(origin.url("/a")) & unneeded
    assert Path("a").read_bytes() == b"12345"


def test_a_list_that_is_new_loads_nothing_of_what_looks_copies_and_parks(origin: Origin) -> None:
    origin.serve("/a", File(b"12345"))
    Path("urls.txt").write_text(origin.url("/a"))
    unneeded = {"rheo.batch.doubling", "rheo.batch.looking", "rheo.storage.doubling", "json", "secrets", "tempfile"}
    assert not loaded_by("-i", "urls.txt") & unneeded
    assert Path("a").read_bytes() == b"12345"


def test_hashing_needs_nothing_of_networks() -> None:
    Path("a").write_bytes(b"")
    for words in (["hash", "a"], ["verify", "a", "--hash", "md5:d41d8cd98f00b204e9800998ecf8427e"]):
        assert not loaded_by(*words) & (HEAVY - {"rheo.storage"})


def test_standard_streams_that_are_closed_do_no_harm(origin: Origin) -> None:
    origin.serve("/a", File(b"12345"))
    line = ["sh", "-c", '"$0" -m rheo "$1" <&- >&- 2>&-', sys.executable, origin.url("/a")]
    assert subprocess.run(line, timeout=30, check=False).returncode == 0
    assert Path("a").read_bytes() == b"12345"


@pytest.mark.parametrize("line", [["-m", "rheo"], ["-c", "from rheo.__main__ import main; main()"]])
def test_the_version_is_told(line: list[str]) -> None:
    outcome = subprocess.run([sys.executable, *line, "--version"], capture_output=True, text=True, check=True)
    assert outcome.stdout == f"rheo {rheo.__version__}\n"
