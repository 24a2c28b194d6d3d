"""What holds for every size and duration."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.units import exact_size, format_duration, format_size, format_speed, parse_duration, parse_size

FACTORS = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4, "PiB": 1024**5, "EiB": 1024**6}


@given(st.integers(0, 2**63))
def test_a_size_is_written_to_a_twentieth_of_its_unit(size: int) -> None:
    amount, unit = format_size(size).split()
    assert float(amount) * FACTORS[unit] == pytest.approx(size, abs=0.051 * FACTORS[unit])
    assert float(amount) < 1024


@given(st.floats(0, 1e18))
def test_a_speed_is_short_whatever_it_is(speed: float) -> None:
    assert len(format_speed(speed)) <= len("1023.9 MiB/s")


@given(st.integers(0, 99))
def test_tenths_of_a_short_duration_are_the_same_after_writing_and_reading(tenths: int) -> None:
    assert parse_duration(format_duration(tenths / 10)) == tenths / 10


@given(
    st.integers(10, 3599)
    | st.integers(60, 60 * 24 - 1).map(lambda minutes: minutes * 60)
    | st.integers(24, 10_000).map(lambda hours: hours * 3600)
)
def test_a_duration_without_smaller_parts_is_the_same_after_writing_and_reading(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == seconds


@given(st.floats(0, 1e9))
def test_a_duration_loses_less_than_its_smaller_unit(seconds: float) -> None:
    read = parse_duration(format_duration(seconds))
    smaller = 1 if seconds < 3599 else 60 if seconds < 86_399 else 3600
    assert abs(read - seconds) <= smaller


@given(st.text() | st.from_regex(re.compile(r"[0-9.]{1,5}[dhms]{0,2}[0-9]{0,3}[ms]?"), fullmatch=True))
def test_any_text_is_a_duration_or_a_value_error(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except ValueError:
        return
    assert 0 <= seconds < float("inf")


@given(st.integers(0, 2**53))
def test_an_exact_size_is_read_as_the_same_bytes(size: int) -> None:
    assert parse_size(exact_size(size)) == size


@pytest.mark.parametrize(
    ("size", "written"), [(0, "0"), (1000, "1000"), (65536, "64K"), (1 << 20, "1M"), (1 << 60, "1024P")]
)
def test_an_exact_size_is_short(size: int, written: str) -> None:
    assert exact_size(size) == written
