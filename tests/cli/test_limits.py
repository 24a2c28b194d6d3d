"""`--limit-rate` and its like, and `--deadline`: what the command does, and says of it."""

import json
import time
from pathlib import Path

import pytest

from cli.command import Rheo, masked
from origin import File, Generated, Origin

SIZE = 1_500_000
DATA = Generated(SIZE)


def lines_of(out: str, kind: str) -> list[dict[str, object]]:
    return [line for line in map(json.loads, out.splitlines()) if line["type"] == kind]


@pytest.mark.parametrize(
    "words",
    [
        ("--limit-rate", "1M"),
        ("--limit-rate", "Mon-Sun 00:00-24:00 1M; off"),
        ("--limit-rate-per-download", "512K"),
        ("--max-overall-download-limit", "1M"),
    ],
)
def test_all_files_together_take_as_long_as_the_limit_says(origin: Origin, rheo: Rheo, words: tuple[str, str]) -> None:
    for name in "ab":
        origin.serve(f"/{name}", File(Generated(SIZE // 2)))
    began = time.monotonic()
    ran = rheo(origin.url("/a"), origin.url("/b"), *words)
    assert ran.code == 0
    assert time.monotonic() - began >= SIZE / 1024**2 - 0.15
    assert Path("a").stat().st_size == Path("b").stat().st_size == SIZE // 2


def test_a_host_may_have_a_limit_in_the_settings(origin: Origin, rheo: Rheo, home: Path) -> None:
    config = home / ".rheo" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[host."127.0.0.1"]\nlimit_rate = "1M"\n')
    config.chmod(0o600)
    origin.serve("/a", File(DATA))
    began = time.monotonic()
    assert rheo(origin.url("/a")).code == 0
    assert time.monotonic() - began >= SIZE / 1024**2 - 0.15


def test_a_host_may_have_none_where_all_others_have_one(origin: Origin, rheo: Rheo, home: Path) -> None:
    config = home / ".rheo" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('limit_rate_per_download = "100K"\n[host."127.0.0.1"]\nlimit_rate_per_download = "off"\n')
    config.chmod(0o600)
    origin.serve("/a", File(DATA))
    began = time.monotonic()
    assert rheo(origin.url("/a")).code == 0
    assert time.monotonic() - began < SIZE / (100 * 1024) / 2


def test_programs_are_told_that_a_limit_and_not_the_line_is_slow(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(DATA))
    ran = rheo(origin.url("/a"), "--json", "--limit-rate", "1M")
    assert lines_of(ran.out, "progress")[-1]["limited"] is True


def test_a_deadline_that_cannot_be_met_is_told_at_once_to_people_and_programs(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(DATA))
    ran = rheo(origin.url("/a"), "--limit-rate", "500K", "--deadline", "+2s")
    assert ran.code == 0
    assert masked(ran.lines[0]) == "a will not be ready by CLOCK: at this speed it takes until CLOCK"
    told = rheo(origin.url("/a"), "--limit-rate", "500K", "--deadline", "+2s", "--json", "--on-exists", "overwrite")
    (endangered,) = lines_of(told.out, "deadline_endangered")
    assert str(endangered["expected"]) > str(endangered["deadline"])


def test_one_that_is_met_is_not_spoken_of(origin: Origin, rheo: Rheo) -> None:
    origin.serve("/a", File(DATA))
    ran = rheo(origin.url("/a"), "--deadline", "+1h")
    assert len(ran.lines) == 1
