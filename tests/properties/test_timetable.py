"""A timetable has one answer at every instant, wherever the clock is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rheo.domain.errors import UsageError
from rheo.domain.text import printable
from rheo.domain.timetable import DAY, DAYS, Entry, Timetable
from rheo.domain.timetable_text import parse_timetable
from timetables import ZONES, entries, overlap, timetables

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MOVES = [
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
]
"""When clocks in Europe and on Lord Howe are moved."""

instants = st.timedeltas(timedelta(), timedelta(days=365)).map(NEW_YEAR.__add__)
near_moves = st.builds(
    lambda move, away: move + timedelta(seconds=away), st.sampled_from(MOVES), st.integers(-100_000, 100_000)
)

ODD = "Mon-Sat 02:15-02:45 1M; Sun 01:50-03:10 2M; Fri-Mon 22:00-00:30 3M; Tue,Thu 12:00-18:00 off; 4M"
"""With edges in the hours that clocks leave out or show twice."""


def read(text: str) -> Timetable:
    return parse_timetable(text, zone_named=lambda name: ZoneInfo(name or "Asia/Kathmandu"))


def as_written(timetable: Timetable, when: datetime) -> list[int | None]:
    """Return the limits of all entries that hold, read from the clock on the wall as a person does."""
    local = when.astimezone(timetable.zone)
    yesterday = local.replace(tzinfo=None) - timedelta(days=1)
    clock = f"{local:%H:%M}"
    found = []
    for entry in timetable.entries:
        begin, end = f"{entry.begin // 60:02}:{entry.begin % 60:02}", f"{entry.end // 60:02}:{entry.end % 60:02}"
        rest = f"{max(0, entry.end - DAY) // 60:02}:{max(0, entry.end - DAY) % 60:02}"
        days = {DAYS[day] for day in entry.days}
        if (f"{local:%a}" in days and begin <= clock < end) or (f"{yesterday:%a}" in days and clock < rest):
            found.append(entry.limit)
    return found


@given(timetables(), instants | near_moves)
@example(read(f"{ODD}; in Europe/Berlin"), datetime(2026, 3, 29, 0, 59, 59, 999_999, tzinfo=UTC))
@example(read(f"{ODD}; in Australia/Lord_Howe"), datetime(2026, 4, 4, 14, 59, 59, 999_999, tzinfo=UTC))
def test_at_every_instant_holds_the_entry_of_that_weekday_and_time_or_else_what_holds_otherwise(
    timetable: Timetable, when: datetime
) -> None:
    assert [timetable.limit_at(when)] == (as_written(timetable, when) or [timetable.otherwise])


@pytest.mark.parametrize("zone", ZONES)
def test_a_year_has_an_answer_at_every_instant(zone: str) -> None:
    timetable = read(f"{ODD}; in {zone}")
    now, answers = NEW_YEAR, set()
    while now < NEW_YEAR + timedelta(days=365):
        limit = timetable.limit_at(now)
        assert [limit] == (as_written(timetable, now) or [timetable.otherwise])
        now += 15 * MINUTE
        answers.add(limit)
    assert answers == {1 << 20, 2 << 20, 3 << 20, None, 4 << 20}


@given(timetables())
def test_what_is_written_is_read_as_the_same(timetable: Timetable) -> None:
    assert read(str(timetable)) == timetable


@given(st.lists(entries(), min_size=1, max_size=3))
def test_entries_are_refused_exactly_where_two_of_them_hold_in_the_same_minute(several: list[Entry]) -> None:
    text = "; ".join(map(str, several))
    if not overlap(several):
        assert read(text).entries == tuple(several)
        return
    with pytest.raises(UsageError, match=r"^'.*' and '.*' overlap on .*; let one end where the other begins$"):
        read(text)


words = st.sampled_from(["Mon", "Fri-Mon", "Foo", "08:00-18:00", "22:00-6:00", "99:99-0:0", "5M", "off", "in UTC", "0"])
lines = st.builds(lambda glue, several: glue.join(several), st.sampled_from([" ", "; "]), st.lists(words))


@given(st.text() | lines)
def test_any_text_is_a_timetable_or_told_on_one_harmless_line(text: str) -> None:
    answer = answered(text)
    if isinstance(answer, Timetable):
        assert answer.limit_at(NEW_YEAR) != 0
        return
    assert printable(answer) == answer
    assert len(answer) < 200


def answered(text: str) -> Timetable | str:
    """The timetable, or what is said against the text."""
    try:
        return parse_timetable(text, zone_named=lambda _: ZoneInfo("UTC"))
    except UsageError as error:
        return error.message
