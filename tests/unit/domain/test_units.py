"""Sizes, speeds and durations, written and read."""

from __future__ import annotations

import pytest

from rheo.domain.units import format_duration, format_size, format_speed, parse_duration


@pytest.mark.parametrize(
    ("size", "written"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1023.7, "1.0 KiB"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (1024**2 - 1, "1.0 MiB"),
        (5 * 1024**3, "5.0 GiB"),
        (1024**4, "1.0 TiB"),
        (1024**5, "1.0 PiB"),
        (1024**6, "1.0 EiB"),
        (1024**7, "1024.0 EiB"),
    ],
)
def test_a_size_has_the_largest_unit_that_leaves_one(size: float, written: str) -> None:
    assert format_size(size) == written


def test_a_speed_is_a_size_per_second() -> None:
    assert format_speed(1.5 * 1024**2) == "1.5 MiB/s"
    assert format_speed(0.0) == "0 B/s"


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0.0s"),
        (4.2, "4.2s"),
        (9.94, "9.9s"),
        (9.96, "10s"),
        (59.4, "59s"),
        (59.7, "1m00s"),
        (75.2, "1m15s"),
        (3599.7, "1h00m"),
        (7380, "2h03m"),
        (86_399, "23h59m"),
        (86_400 * 3 + 3600 * 4, "3d04h"),
    ],
)
def test_a_duration_has_at_most_two_units(seconds: float, written: str) -> None:
    assert format_duration(seconds) == written


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90", 90.0),
        ("1.5", 1.5),
        ("1m30s", 90.0),
        ("2h", 7200.0),
        ("500ms", 0.5),
        ("3d04h", 273_600.0),
        ("1.5h", 5400.0),
        ("1m", 60.0),
        ("1m500ms", 60.5),
        (" 4.2s ", 4.2),
        ("0", 0.0),
    ],
)
def test_a_duration_can_be_written_with_units_or_without(written: str, seconds: float) -> None:
    assert parse_duration(written) == seconds


@pytest.mark.parametrize(
    "rubbish",
    [
        "",
        " ",
        "-1",
        "-1s",
        "inf",
        "nan",
        "1e3",
        "1_000",
        "s",
        "ms",
        "5 s",
        "1s1m",
        "1m1",
        "1,5",
        ".",
        "\u0661",
        "9" * 400,
        "9" * 400 + "d",
    ],
)
def test_what_is_no_duration_is_refused(rubbish: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(rubbish)
