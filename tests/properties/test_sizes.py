"""Sizes follow speed and round trip, within their bounds, and never more than the memory there is."""

from hypothesis import given
from hypothesis import strategies as st

from rheo.engine.planning.sizes import (
    CLAIMED_LEAST,
    GATHERED_LEAST,
    GATHERED_MOST,
    ROUND_TRIPS,
    claim,
    gathering,
    grant,
)
from rheo.transport.reads import READ_ALLOWED, READ_LEAST, READ_MOST, read_size

SPEEDS = st.floats(1, 1e11)
ROUND_TRIPS_TAKEN = st.floats(0, 10)
MEMORY = st.integers(1 << 19, 1 << 40)
MIB = 1024 * 1024


@given(speeds=st.tuples(SPEEDS, SPEEDS))
def test_a_faster_line_has_no_smaller_gatherings_and_all_are_within_bounds(speeds):
    slow, fast = map(gathering, sorted(speeds))

    assert GATHERED_LEAST <= slow <= fast <= GATHERED_MOST


def test_a_gathering_is_a_tenth_of_a_second():
    assert gathering(5e6) == 500_000


def test_an_unknown_line_may_be_fast():
    assert gathering(0.0) == GATHERED_MOST
    assert read_size(0.0, 0.0, memory=8 * MIB, among=1) == READ_MOST


@given(speeds=st.tuples(SPEEDS, SPEEDS), round_trips=st.tuples(ROUND_TRIPS_TAKEN, ROUND_TRIPS_TAKEN))
def test_claims_grow_with_speed_and_distance_so_that_asking_costs_little(speeds, round_trips):
    (slow, fast), (near, far) = sorted(speeds), sorted(round_trips)

    assert CLAIMED_LEAST <= claim(slow, near) <= claim(fast, near) <= claim(fast, far)
    assert claim(fast, far) / fast >= ROUND_TRIPS * far * 0.999 - 1


@given(wanted=st.integers(1, 64 * 1024), gathered=st.integers(0, MIB), most=st.integers(0, MIB))
def test_a_grant_is_what_is_wanted_at_the_least_and_no_more_than_is_gathered(wanted, gathered, most):
    size = grant(wanted, gathered=gathered, most=most)

    assert size >= wanted
    assert size == wanted or gathered + size <= most


@given(speed=st.just(0.0) | SPEEDS, round_trip=ROUND_TRIPS_TAKEN, memory=MEMORY, among=st.integers(1, 100_000))
def test_what_all_reads_leave_together_is_within_their_memory(speed, round_trip, memory, among):
    size = read_size(speed, round_trip, memory=memory, among=among)

    assert size & (size - 1) == 0
    assert READ_ALLOWED <= size <= READ_MOST
    assert size * among <= memory or size == READ_ALLOWED


@given(speeds=st.tuples(SPEEDS, SPEEDS), round_trip=ROUND_TRIPS_TAKEN, memory=MEMORY, among=st.integers(1, 100_000))
def test_a_faster_line_has_no_smaller_reads(speeds, round_trip, memory, among):
    slow, fast = (read_size(speed, round_trip, memory=memory, among=among) for speed in sorted(speeds))

    assert slow <= fast


def test_a_slow_line_has_reads_of_a_chunk():
    assert read_size(50_000, 0.05, memory=8 * MIB, among=1) == READ_LEAST


def test_a_thousand_connections_have_small_reads():
    assert read_size(1e9, 0.0, memory=8 * MIB, among=1000) == 8 * 1024
