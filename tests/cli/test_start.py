"""What starts often starts fast: modules are loaded when they are needed, counted here because times are not stable."""

import subprocess
import sys
from collections.abc import Set as AbstractSet
from importlib.util import find_spec
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


def assert_unneeded(modules: AbstractSet[str], *arguments: str) -> None:
    """A name that is no module's any more would prove nothing."""
    assert [name for name in modules if find_spec(name) is None] == []
    assert loaded_by(*arguments) & modules == set()


def test_the_version_needs_next_to_nothing() -> None:
    assert_unneeded(HEAVY | {"typer", "dataclasses", "inspect", "typing", "re", "collections"}, "--version")


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
    assert_unneeded(HEAVY, *arguments)


def test_settings_need_no_engine() -> None:
    assert_unneeded(HEAVY, "config", "show")


def test_without_a_terminal_rich_stays_unloaded() -> None:
    assert_unneeded({"rich"}, "http://127.0.0.1:1/", "--retry", "0")


def test_a_download_loads_nothing_of_what_only_looks() -> None:
    domain = {"rheo.domain.information", "rheo.domain.tls_session"}
    looking = {"rheo.engine.info.probing", "rheo.engine.info.information", "rheo.cli.information"}
    assert_unneeded(domain | looking, "http://127.0.0.1:1/", "--retry", "0")


def test_a_download_loads_nothing_of_lists_that_it_has_not() -> None:
    lists = {
        "rheo.domain.checksum_list",
        "rheo.engine.sources.document",
        "rheo.engine.promises.neighbours",
        "rheo.engine.metalinks.listing",
    }
    assert_unneeded(lists, "http://127.0.0.1:1/", "--retry", "0")


def test_a_download_loads_nothing_of_limits_and_time_zones_that_it_does_not_need() -> None:
    words = ["http://127.0.0.1:1/", "--retry", "0"]
    limits, zones = {"rheo.domain.timetable_text", "rheo.domain.deadline"}, {"zoneinfo", "tzlocal"}
    assert_unneeded(limits | zones, *words)
    assert_unneeded(zones, *words, "--limit-rate", "5M")


def test_a_small_file_loads_nothing_of_what_large_unfinished_and_damaged_ones_need(origin: Origin) -> None:
    origin.serve("/a", File(b"12345"))
    connections = {f"crew.{name}" for name in ("asking", "belief", "crew", "member", "supplier", "suppliers")}
    connections |= {"planning.pace", "planning.rounds"}
    parts = {"aside", "blocks", "claim", "inspection", "live_file", "logbook", "part_state", "owner", "remains", "sums"}
    seldom = {"rheo.config.netrc", "rheo.storage.host_records", "rheo.transport.curl.meaning"}
    seldom |= {f"rheo.domain.{name}" for name in ("announced_digest", "cookies", "link", "pieces")}
    unneeded = {f"rheo.engine.{name}" for name in connections | {"looking", "file.salvage"}} | seldom
    unneeded |= {f"rheo.storage.parts.{name}" for name in parts} | {"json", "hashlib", "secrets"}
    assert_unneeded(unneeded, origin.url("/a"))
    assert Path("a").read_bytes() == b"12345"


def test_a_list_that_is_new_loads_nothing_of_what_looks_copies_and_parks(origin: Origin) -> None:
    origin.serve("/a", File(b"12345"))
    Path("urls.txt").write_text(origin.url("/a"))
    unneeded = {"rheo.batch.doubling", "rheo.batch.looking", "rheo.storage.doubling", "json", "secrets", "tempfile"}
    assert_unneeded(unneeded, "-i", "urls.txt")
    assert Path("a").read_bytes() == b"12345"


def test_hashing_needs_nothing_of_networks() -> None:
    Path("a").write_bytes(b"")
    for words in (["hash", "a"], ["verify", "a", "--hash", "md5:d41d8cd98f00b204e9800998ecf8427e"]):
        assert_unneeded(HEAVY - {"rheo.storage"}, *words)


def test_standard_streams_that_are_closed_do_no_harm(origin: Origin) -> None:
    origin.serve("/a", File(b"12345"))
    line = ["sh", "-c", '"$0" -m rheo "$1" <&- >&- 2>&-', sys.executable, origin.url("/a")]
    assert subprocess.run(line, timeout=30, check=False).returncode == 0
    assert Path("a").read_bytes() == b"12345"


@pytest.mark.parametrize("line", [["-m", "rheo"], ["-c", "from rheo.__main__ import main; main()"]])
def test_the_version_is_told(line: list[str]) -> None:
    outcome = subprocess.run([sys.executable, *line, "--version"], capture_output=True, text=True, check=True)
    assert outcome.stdout == f"rheo {rheo.__version__}\n"
