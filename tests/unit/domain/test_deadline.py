"""A deadline in words: today, tomorrow, on a day, or in some time; what is past or no time is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from rheo.domain.deadline import checked_deadline, parse_deadline
from rheo.domain.errors import UsageError

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 29, 12, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("text", "deadline"),
    [
        ("18:00", "2026-11-29T17:00Z"),
        ("12:01", "2026-11-29T11:01Z"),
        ("today 18:00", "2026-11-29T17:00Z"),
        (" Tomorrow  8:30 ", "2026-11-30T07:30Z"),
        ("2026-11-30 18:00", "2026-11-30T17:00Z"),
        ("2026-07-01 18:00", None),
        ("2027-07-01 18:00", "2027-07-01T16:00Z"),
        ("2026-11-30T18:00:30", "2026-11-30T17:00:30Z"),
        ("2026-11-30T18:00Z", "2026-11-30T18:00Z"),
        ("2026-11-30t18:00z", "2026-11-30T18:00Z"),
        ("2026-11-30 18:00+05:45", "2026-11-30T12:15Z"),
        ("+2h", "2026-11-29T13:00Z"),
        ("in 1m30s", "2026-11-29T11:01:30Z"),
        ("in 90", "2026-11-29T11:01:30Z"),
    ],
)
def test_it_is_an_instant(text: str, deadline: str | None) -> None:
    if deadline is None:
        with pytest.raises(UsageError, match="is past"):
            parse_deadline(text, now=NOON, zone=BERLIN)
        return
    read = parse_deadline(text, now=NOON, zone=BERLIN)
    assert (read, read.tzinfo) == (datetime.fromisoformat(deadline), UTC)


def test_today_is_the_day_in_the_zone() -> None:
    """It is Monday in Kathmandu already."""
    late = datetime(2026, 11, 29, 19, tzinfo=UTC)
    kathmandu = ZoneInfo("Asia/Kathmandu")
    assert parse_deadline("06:00", now=late, zone=kathmandu) == datetime(2026, 11, 30, 0, 15, tzinfo=UTC)


def test_tomorrow_is_a_day_later_also_where_that_is_not_24_hours() -> None:
    now = datetime(2026, 10, 24, 18, tzinfo=BERLIN)
    assert parse_deadline("tomorrow 18:00", now=now, zone=BERLIN) - now.astimezone(UTC) == timedelta(hours=25)


def test_of_an_hour_that_comes_twice_the_first_counts_that_is_to_come() -> None:
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert parse_deadline("02:30", now=first - timedelta(hours=1), zone=BERLIN) == first
    assert parse_deadline("02:30", now=first, zone=BERLIN) == second
    with pytest.raises(UsageError, match="is past"):
        parse_deadline("02:30", now=second, zone=BERLIN)


def test_a_time_that_does_not_exist_is_as_much_later_as_the_clock_was_put_forward() -> None:
    now = datetime(2026, 3, 28, 12, tzinfo=BERLIN)
    assert parse_deadline("tomorrow 02:30", now=now, zone=BERLIN) == datetime(2026, 3, 29, 3, 30, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("11:00", "the deadline '11:00' is past: it is 2026-11-29 12:00 now; write tomorrow 11:00, "),
        ("12:00", "the deadline '12:00' is past: it is 2026-11-29 12:00 now; write tomorrow 12:00, "),
        ("2026-11-28 18:00", "the deadline '2026-11-28 18:00' is past: it is 2026-11-29 12:00 now; write T, "),
        ("+0s", "the deadline '+0s' is past: it is 2026-11-29 12:00 now; write T, "),
        ("6pm", "the deadline '6pm' is no time; write 18:00, T, "),
        ("", "the deadline '' is no time; write 18:00, T, "),
        ("24:00", "the deadline '24:00' is no time; write 18:00, T, "),
        ("18:60", "the deadline '18:60' is no time; write 18:00, T, "),
        ("2026-11-30", "the deadline '2026-11-30' is no time; write 18:00, T, "),
        ("2026-02-30 18:00", "the deadline '2026-02-30 18:00' is no time; write 18:00, T, "),
        ("9999-12-31 23:59-01:00", "the deadline '9999-12-31 23:59-01:00' is no time; write 18:00, T, "),
        ("+2x", "the deadline '+2x' is no time; write 18:00, T, "),
        ("in 99999999999999d", "the deadline 'in 99999999999999d' is no time; write 18:00, T, "),
        ("\x1b[2J", r"the deadline '\x1b[2J' is no time; write 18:00, T, "),
        ("x" * 99, f"the deadline '{'x' * 39}…' is no time; write 18:00, T, "),
    ],
)
def test_what_is_no_time_to_come_is_told_with_the_right_forms(text: str, complaint: str) -> None:
    with pytest.raises(UsageError) as told:
        parse_deadline(text, now=NOON, zone=BERLIN)
    assert told.value.message == f"{complaint.replace('T, ', 'tomorrow 18:00, ')}2026-11-30 18:00 or +2h"


def test_a_time_that_is_given_as_one_is_that_instant_and_a_naive_one_the_walls() -> None:
    aware = datetime(2026, 11, 30, 18, tzinfo=timezone(timedelta(hours=-8)))
    naive = datetime(2026, 11, 30, 18)  # noqa: DTZ001  (the subject)
    assert checked_deadline(aware, now=NOON, zone=BERLIN) == datetime(2026, 12, 1, 2, tzinfo=UTC)
    assert checked_deadline(naive, now=NOON, zone=BERLIN) == datetime(2026, 11, 30, 17, tzinfo=UTC)


def test_a_time_that_is_given_as_one_must_be_to_come_and_within_the_calendar() -> None:
    with pytest.raises(UsageError, match=r"^the deadline '2026-11-29 12:00' is past: it is 2026-11-29 12:00 now; "):
        checked_deadline(NOON, now=NOON, zone=BERLIN)
    with pytest.raises(UsageError, match=r"^the deadline '9999-12-31 23:59' is beyond what a calendar has$"):
        checked_deadline(datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))), now=NOON, zone=BERLIN)
