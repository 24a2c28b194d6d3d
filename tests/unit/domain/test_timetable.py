"""What a timetable says at an instant: in weeks, at night, and on days on which the clock is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rheo.domain.errors import UsageError
from rheo.domain.timetable import Timetable
from rheo.domain.timetable_text import parse_timetable

MEBIBYTE = 1024 * 1024
WORKDAYS = "Mon-Fri 08:00-18:00 1M; Sat,Sun 10:00-12:00 500K; off; in Europe/Berlin"


def read(text: str) -> Timetable:
    return parse_timetable(text, zone_named=lambda name: ZoneInfo(name or "Europe/Berlin"))


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))


def changes(timetable: Timetable, begin: datetime, end: datetime) -> list[str]:
    """Return the times, in UTC, at which the limit becomes another one, looking once a minute."""
    found, minute = [], timedelta(minutes=1)
    now = begin.astimezone(UTC)
    while now < end:
        if timetable.limit_at(now) != timetable.limit_at(now - minute):
            found.append(f"{now:%d %H:%M}")
        now += minute
    return found


@pytest.mark.parametrize(
    ("when", "limit"),
    [
        ("2026-11-27 07:59:59", None),  # a Friday
        ("2026-11-27 08:00", MEBIBYTE),
        ("2026-11-27 17:59:59.999999", MEBIBYTE),
        ("2026-11-27 18:00", None),
        ("2026-11-28 11:00", 500 * 1024),
        ("2026-11-29 12:00", None),
    ],
)
def test_an_entry_holds_from_its_begin_on_and_until_its_end(when: str, limit: int | None) -> None:
    assert read(WORKDAYS).limit_at(berlin(when)) == limit


def test_the_time_may_be_said_in_any_zone() -> None:
    """8:00 in Berlin is 7:00 in UTC in winter, and 6:00 in summer."""
    timetable = read(WORKDAYS)
    assert timetable.limit_at(datetime(2026, 11, 27, 6, 59, tzinfo=UTC)) is None
    assert timetable.limit_at(datetime(2026, 11, 27, 7, 0, tzinfo=UTC)) == MEBIBYTE
    assert timetable.limit_at(datetime(2026, 7, 24, 6, 0, tzinfo=UTC)) == MEBIBYTE


def test_a_span_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    timetable = read("Fri 22:00-06:00 1M")
    assert timetable.limit_at(berlin("2026-11-28 05:59")) == MEBIBYTE
    assert timetable.limit_at(berlin("2026-11-27 05:59")) is None
    assert timetable.limit_at(berlin("2026-11-28 06:00")) is None


def test_the_week_goes_round() -> None:
    timetable = read("Sun 23:00-01:00 1M; Mon 01:00-02:00 2M; 3M")
    assert timetable.limit_at(berlin("2026-11-30 00:30")) == MEBIBYTE
    assert timetable.limit_at(berlin("2026-11-30 01:00")) == 2 * MEBIBYTE


def test_a_span_that_begins_in_the_hour_that_does_not_exist_begins_when_that_hour_would_be_over() -> None:
    """On 2026-03-29 the clock in Berlin goes from 02:00 to 03:00, which is 01:00 in UTC."""
    timetable = read("Sun 02:30-04:00 1M")
    assert changes(timetable, berlin("2026-03-28 12:00"), berlin("2026-03-29 12:00")) == ["29 01:00", "29 02:00"]


def test_a_span_within_the_hour_that_does_not_exist_is_left_out_that_day() -> None:
    timetable = read("Sun 02:10-02:50 1M")
    assert changes(timetable, berlin("2026-03-28 12:00"), berlin("2026-03-29 12:00")) == []


def test_a_span_within_the_hour_that_comes_twice_comes_twice() -> None:
    """On 2026-10-25 the clock in Berlin goes back from 03:00 to 02:00, which is 01:00 in UTC."""
    timetable = read("Sun 02:15-02:45 1M")
    found = changes(timetable, berlin("2026-10-24 12:00"), berlin("2026-10-25 12:00"))
    assert found == ["25 00:15", "25 00:45", "25 01:15", "25 01:45"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("5M", "5M"),
        (" 5 MiB/s ", "5M"),
        ("1.5m", "1536K"),
        ("1000B", "1000"),
        ("none", "off"),
        ("Mon-Fri 8:00-18:00 1M", "Mon-Fri 08:00-18:00 1M; off; in Europe/Berlin"),
        ("in Asia/Kathmandu; Mon 1M;", "Mon 1M; off; in Asia/Kathmandu"),
        ("5M; in Asia/Kathmandu", "5M"),
        ("monday,WED , fri 1M", "Mon,Wed,Fri 1M; off; in Europe/Berlin"),
        ("Fri-Mon 1M", "Mon,Fri-Sun 1M; off; in Europe/Berlin"),
        ("Mon-Sun 1M", "00:00-24:00 1M; off; in Europe/Berlin"),
        ("22:00-00:00 off; 1M", "22:00-24:00 off; 1M; in Europe/Berlin"),
        ("22:00-06:00 1M", "22:00-06:00 1M; off; in Europe/Berlin"),
    ],
)
def test_there_are_many_ways_to_say_it_and_one_to_write_it(text: str, written: str) -> None:
    assert str(read(text)) == written


def test_no_zone_is_asked_for_where_there_are_no_times() -> None:
    def asked(name: str | None) -> ZoneInfo:
        raise AssertionError(name)

    assert parse_timetable("5M", zone_named=asked) == Timetable(5 * MEBIBYTE)


NO_RATE = "is no rate; write bytes per second such as 500K, 5M or 1.5G, or off"
EXAMPLE = "Mon-Fri 08:00-18:00 1M; off"
APART = "let one end where the other begins"
NO_SPAN = "is no span of a day; write times from 00:00 to 24:00, as in 08:00-18:00"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("5X", f"'5X' {NO_RATE}"),
        ("-1", f"'-1' {NO_RATE}"),
        ("Mon-Fri", f"'Mon-Fri' {NO_RATE}"),
        ("Mon 08:00-18:00", f"'08:00-18:00' {NO_RATE}"),
        ("9" * 400 + "P", f"'{'9' * 39}…' {NO_RATE}"),
        ("0", "'0' lets nothing through; unlimited is written off"),
        ("Mon 0K", "'0K' lets nothing through; unlimited is written off"),
        ("9P", "'9P' is more than any line has; unlimited is written off"),
        ("", "there is no rate; write one such as 5M, or a timetable such as Mon-Fri 08:00-18:00 1M; off"),
        (";in UTC;", "there is no rate; write one such as 5M, or a timetable such as Mon-Fri 08:00-18:00 1M; off"),
        ("Foo 1M", "'Foo' is no day; days are Mon, Tue, Wed, Thu, Fri, Sat, Sun, as in Mon-Fri or Sat,Sun"),
        ("Mon-Foo 1M", "'Foo' is no day; days are Mon, Tue, Wed, Thu, Fri, Sat, Sun, as in Mon-Fri or Sat,Sun"),
        ("25:00-26:00 1M", f"'25:00-26:00' {NO_SPAN}"),
        ("08:00-18:60 1M", f"'08:00-18:60' {NO_SPAN}"),
        ("08:00-24:01 1M", f"'08:00-24:01' {NO_SPAN}"),
        ("24:00-06:00 1M", f"'24:00-06:00' {NO_SPAN}"),
        ("8-18 1M", f"'8-18' {NO_SPAN}"),
        ("08:00-08:00 1M", "08:00-08:00 is empty; all of a day is written 00:00-24:00"),
        (
            "1M; Mon 5M; off",
            "more than one entry has neither days nor times; only one may, as off in Mon-Fri 08:00-18:00 1M; off",
        ),
        (
            "Mon 1M; in UTC; in Asia/Gaza",
            f"there is more than one time zone; write one at the end, as in {EXAMPLE}; in Europe/Berlin",
        ),
        (
            "Mon-Fri 08:00-18:00 1M; Wed,Thu 17:00-20:00 2M",
            f"'Mon-Fri 08:00-18:00 1M' and 'Wed,Thu 17:00-20:00 2M' overlap on Wed 17:00; {APART}",
        ),
        (
            "Sun 22:00-06:00 1M; Mon 1M",
            f"'Sun 22:00-06:00 1M' and 'Mon 1M' overlap on Mon 00:00; {APART}",
        ),
        ("Mon 1M; Mon 1M", f"'Mon 1M' and 'Mon 1M' overlap on Mon 00:00; {APART}"),
    ],
)
def test_what_cannot_be_is_told_with_the_right_form(text: str, complaint: str) -> None:
    with pytest.raises(UsageError) as told:
        read(text)
    assert told.value.message == complaint
