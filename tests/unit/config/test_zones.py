"""A time zone is found by its name, and the machine's by its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, ZoneInfoNotFoundError

import pytest
import tzlocal

from rheo.config.zones import machine_zone, zone_named
from rheo.domain.errors import UsageError

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def make_machines(zone: tzinfo | Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def found() -> tzinfo:
        if isinstance(zone, Exception):
            raise zone
        return zone

    monkeypatch.setattr(tzlocal, "get_localzone", found)


def test_a_zone_has_one_object_so_that_timetables_are_equal() -> None:
    assert zone_named("Europe/Berlin") is zone_named("Europe/Berlin")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Europe/Atlantis", "Europe/Atlantis"),
        ("Europe", "Europe"),
        ("", ""),
        ("../x", "../x"),
        ("/etc/passwd", "/etc/passwd"),
        ("a\0b", r"a\x00b"),
        ("x" * 300, "x" * 79 + "…"),
    ],
)
def test_one_that_there_is_not_is_named(name: str, shown: str) -> None:
    with pytest.raises(UsageError) as told:
        zone_named(name)
    assert told.value.message == f"there is no time zone {shown}; write a name such as Europe/Berlin or UTC"


def test_the_machines_zone_is_known_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    make_machines(ZoneInfo("Asia/Kathmandu"), monkeypatch)
    assert zone_named(None) is machine_zone(NOW) is ZoneInfo("Asia/Kathmandu")


def unnamed() -> ZoneInfo:
    """A zone of which the machine has the rules, and no name."""
    rules = next(path for folder in TZPATH if (path := Path(folder) / "Europe/Berlin").exists())
    with rules.open("rb") as file:
        return ZoneInfo.from_file(file, key="local")


@pytest.mark.parametrize("zone", [unnamed(), UTC, ZoneInfoNotFoundError("odd")], ids=str)
def test_without_a_name_a_timetable_has_to_say_one(zone: tzinfo | Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    make_machines(zone, monkeypatch)
    with pytest.raises(UsageError) as told:
        zone_named(None)
    assert told.value.message == (
        "this machine's time zone has no name; write one at the end, as in 1M; off; in Europe/Berlin"
    )


def test_without_a_name_the_clock_still_has_its_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    zone = unnamed()
    make_machines(zone, monkeypatch)
    assert machine_zone(NOW) is zone


@pytest.fixture
def odd_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose zone is a rule that only its C library reads."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "ODD-3")
        patch.setattr("tzlocal.unix._cache_tz", None)  # what an earlier test of this process has found out
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("odd_clock")
def test_without_rules_the_clock_is_as_far_from_utc_as_now() -> None:
    assert machine_zone(NOW).utcoffset(NOW) == timedelta(hours=3)
