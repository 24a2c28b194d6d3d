"""Ranges behave as the set of the bytes that they cover."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.ranges import RangeSet

SIZE = 60
RANGES = st.tuples(st.integers(0, SIZE), st.integers(0, SIZE))
STEPS = st.lists(st.tuples(st.booleans(), RANGES), max_size=30)


def bytes_of(ranges):
    return {byte for start, stop in ranges for byte in range(start, stop)}


def built(steps):
    """Return the ranges after so many additions and removals, and the plain set of bytes that they should be."""
    ranges, model = RangeSet(), set()
    for adding, (start, stop) in steps:
        if adding:
            ranges.add(start, stop)
            model |= set(range(start, stop))
        else:
            ranges.remove(start, stop)
            model -= set(range(start, stop))
    return ranges, model


@given(STEPS)
def test_they_cover_what_was_added_and_not_removed(steps):
    ranges, model = built(steps)

    assert bytes_of(ranges) == model
    assert ranges.size == len(model)


@given(STEPS)
def test_they_are_sorted_apart_and_never_empty(steps):
    ranges, _ = built(steps)
    listed = list(ranges)

    assert all(start < stop for start, stop in listed)
    assert all(before[1] < after[0] for before, after in pairwise(listed))
    assert len(ranges) == len(listed)


@given(STEPS, st.integers(0, SIZE + 10))
def test_covered_and_missing_are_the_whole_file(steps, size):
    ranges, model = built(steps)
    missing = ranges.missing(size)

    assert bytes_of(missing) == set(range(size)) - model
    assert all(start < stop for start, stop in missing)


@given(STEPS, RANGES)
def test_they_know_what_they_cover(steps, asked):
    ranges, model = built(steps)
    start, stop = asked

    assert ranges.covers(start, stop) is (set(range(start, stop)) <= model)


@given(STEPS)
def test_the_first_is_what_a_list_would_begin_with(steps):
    ranges, _ = built(steps)

    assert ranges.first == next(iter(ranges), None)


@given(STEPS, st.integers(-1, SIZE + 1))
def test_they_know_the_range_that_a_byte_is_in_or_begins(steps, position):
    ranges, _ = built(steps)

    assert ranges.containing(position) == next((each for each in ranges if each[0] <= position < each[1]), None)
    assert ranges.starting_at(position) == next((each for each in ranges if each[0] == position), None)


@given(STEPS)
def test_the_prefix_ends_at_the_first_missing_byte(steps):
    ranges, model = built(steps)

    assert ranges.prefix == next(byte for byte in range(SIZE + 1) if byte not in model)


@given(STEPS, RANGES)
def test_a_copy_lives_its_own_life(steps, more):
    ranges, model = built(steps)
    copied = ranges.copy()
    copied.add(*more)

    assert bytes_of(ranges) == model
    assert copied == RangeSet([*ranges, more])
    assert copied.size == len(bytes_of(copied))
