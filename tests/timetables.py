"""Timetables for property tests: entries that may overlap, and timetables that are right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from rheo.domain.timetable import DAY, WEEK, Entry, Timetable

ZONES = [
    "UTC",
    "Europe/Berlin",
    "Europe/Dublin",  # its winter is the exception
    "America/New_York",
    "America/St_Johns",  # half an hour off
    "America/Santiago",  # moves the clock at midnight
    "Antarctica/Troll",  # by two hours
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Chatham",  # at a quarter to
    "Pacific/Kiritimati",  # the first to have a day
    "Pacific/Pago_Pago",  # the last
    "Africa/Casablanca",  # goes back for Ramadan
    "Asia/Gaza",
    "Asia/Kathmandu",
]

limits = st.none() | st.integers(1, 2**53) | st.sampled_from([1, 64 << 10, 1 << 20])
minutes = st.integers(0, DAY - 1) | st.sampled_from([hour * 60 for hour in range(24)])


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    days = tuple(sorted(draw(st.sets(st.integers(0, 6), min_size=1))))
    begin = draw(minutes)
    length = draw(st.integers(1, DAY - 1) | st.sampled_from([1, 60, 8 * 60])) if begin else draw(st.integers(1, DAY))
    return Entry(days, begin, begin + length, draw(limits))


def covered(several: Iterable[Entry]) -> Counter[int]:
    """Return how many entries hold in each minute of a week."""
    begun = ((day * DAY, entry) for entry in several for day in entry.days)
    return Counter((midnight + minute) % WEEK for midnight, entry in begun for minute in range(entry.begin, entry.end))


def overlap(several: Iterable[Entry]) -> bool:
    return max(covered(several).values(), default=0) > 1


@st.composite
def timetables(draw: st.DrawFn) -> Timetable:
    kept: list[Entry] = []
    for entry in draw(st.lists(entries(), max_size=4)):
        if not overlap([*kept, entry]):
            kept.append(entry)
    zone = ZoneInfo(draw(st.sampled_from(ZONES))) if kept else None
    return Timetable(draw(limits), tuple(kept), zone)
