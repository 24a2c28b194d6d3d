"""Any text is a deadline to come, or told on one harmless line; and the clock on the wall shows it then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.deadline import parse_deadline
from rheo.domain.errors import UsageError
from rheo.domain.text import printable
from timetables import ZONES

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

zones = st.sampled_from(ZONES).map(ZoneInfo)
instants = st.timedeltas(timedelta(), timedelta(days=365)).map(NEW_YEAR.__add__)
clocks = st.from_regex(r"\A(today |tomorrow |in |\+)?[0-9]{1,2}(:[0-9]{2}|[dhms])\Z")
days = st.from_regex(r"\A(20)?[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})?\Z")


def answered(text: str, now: datetime, zone: ZoneInfo) -> datetime | str:
    """The deadline, or what is said against the text."""
    try:
        return parse_deadline(text, now=now, zone=zone)
    except UsageError as error:
        return error.message


@given(st.text() | clocks | days, instants, zones)
def test_any_text_is_a_time_to_come_or_told_on_one_harmless_line(text: str, now: datetime, zone: ZoneInfo) -> None:
    answer = answered(text, now, zone)
    if isinstance(answer, datetime):
        assert (answer > now, answer.tzinfo) == (True, UTC)
        return
    assert answer.startswith("the deadline '")
    assert printable(answer) == answer
    assert len(answer) < 300


@given(instants, st.integers(2, 24 * 365), zones)
def test_the_wall_clock_shows_what_was_written(now: datetime, hours: int, zone: ZoneInfo) -> None:
    """It may show that twice, then the time is an hour or two off; times it leaves out cannot come of an instant."""
    meant = (now + hours * HOUR).astimezone(zone).replace(second=0, microsecond=0)
    deadline = parse_deadline(f"{meant:%Y-%m-%d %H:%M}", now=now, zone=zone)
    assert f"{deadline.astimezone(zone):%Y-%m-%d %H:%M}" == f"{meant:%Y-%m-%d %H:%M}"
    assert abs(deadline - meant) <= 2 * HOUR
