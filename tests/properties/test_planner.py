"""Invariant 1: every byte exactly once, under any interleaving of claim, advance, split, race and release."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from rheo.domain.ranges import RangeSet
from rheo.engine.planning.planner import Planner, Segment

SIZE = 400


def content(start, stop):
    return bytes(byte % 251 for byte in range(start, stop))


class Fetching(RuleBasedStateMachine):
    """Connections that claim, bring, race and fail in any order, on the bytes of a model file."""

    @initialize(
        min_split=st.none() | st.integers(1, 60),
        missing=st.lists(st.tuples(st.integers(0, SIZE), st.integers(0, SIZE)), min_size=1, max_size=4),
    )
    def begin(self, min_split, missing):
        self.missing = RangeSet(missing)
        self.planner = Planner(self.missing, min_split=min_split)
        self.min_split = min_split
        self.granted = RangeSet()
        self.held = []
        self.compared = 0

    @rule(window=st.none() | st.integers(1, 200), setup=st.floats(0, 5))
    def claim(self, window, setup):
        self.planner.window = window
        segment = self.planner.claim(setup=setup)
        if segment is not None:
            assert segment.rest > 0
            self.held.append(segment)

    @rule(index=st.integers(0, 20), speed=st.floats(0, 1e9))
    def measure(self, index, speed):
        if self.held:
            self.held[index % len(self.held)].speed = speed

    @rule(index=st.integers(0, 20), count=st.integers(1, 250))
    def bring(self, index, count):
        if not self.held:
            return
        segment = self.held[index % len(self.held)]
        start = segment.position
        if segment.finished:
            self.held.remove(segment)
            return
        if segment.race is None:
            wanted = slice(0, self.planner.advance(segment, count))
        else:
            wanted = self.planner.advance_raced(segment, content(start, start + count))
            assert segment.race.differs_at is None
        self.grant(start + wanted.start, start + wanted.stop)

    def grant(self, start, stop):
        before = self.granted.size
        self.granted.add(start, stop)
        assert self.granted.size == before + stop - start, "a byte was granted twice"

    @rule(index=st.integers(0, 20))
    def fail(self, index):
        if self.held:
            self.planner.release(self.held.pop(index % len(self.held)))

    @rule(speed=st.floats(1, 1e9), setup=st.floats(0, 1))
    def race(self, speed, setup):
        segment = self.planner.race(speed=speed, setup=setup)
        if segment is not None:
            self.held.append(segment)

    @rule(index=st.integers(0, 20), stop=st.integers(0, SIZE))
    def go_on(self, index, stop):
        if self.held:
            segment = self.held[index % len(self.held)]
            if segment.finished and segment.race is None:
                self.planner.extend(segment, stop=stop)

    @invariant()
    def nothing_is_lost(self):
        left = self.missing.size - self.granted.size
        assert self.planner.rest == left
        assert self.planner.finished is (left == 0)

    def teardown(self):
        """Bring whatever is left: then every byte was granted exactly once."""
        while not self.planner.finished:
            for segment in self.held:
                if not segment.finished:
                    start = segment.position
                    if segment.race is None:
                        wanted = slice(0, self.planner.advance(segment, SIZE))
                    else:
                        wanted = self.planner.advance_raced(segment, content(start, start + SIZE))
                    self.grant(start + wanted.start, start + wanted.stop)
            self.held = []
            segment = self.planner.claim()
            if segment is not None:
                self.held = [segment]
        assert self.granted == self.missing


Fetching.TestCase.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
TestFetching = Fetching.TestCase


def test_a_slow_tail_is_split_further_than_a_quick_one():
    planner = Planner([(0, 600_000)], min_split=None)
    segment = planner.claim()

    segment.speed = 1e6
    assert planner.claim() is None
    segment.speed = 1e5
    assert planner.claim().rest >= 64 * 1024


@given(st.integers(2, 10_000), st.integers(1, 1000), st.integers(1, 40))
def test_a_split_never_leaves_less_than_the_minimum(size, min_split, claims):
    planner = Planner([(0, size)], min_split=min_split)
    segments = [segment for _ in range(claims) if (segment := planner.claim()) is not None]

    assert all(segment.rest >= min_split for segment in segments) or len(segments) == 1


@given(st.integers(10**6, 10**10), st.floats(1e3, 1e9), st.floats(1e3, 1e9))
def test_both_ends_of_a_split_end_together(size, first_speed, second_speed):
    planner = Planner([(0, size), (size + 1, 2 * size)], min_split=1)
    first, second = planner.claim(), planner.claim()
    first.speed, second.speed = first_speed, second_speed

    third = planner.claim()

    victim = first if first.stop < size else second
    newcomer = (first_speed + second_speed) / 2  # the median of two
    assert victim.rest / victim.speed == pytest.approx(
        third.rest / newcomer, rel=0.01, abs=2 / newcomer + 2 / victim.speed
    )


def test_a_newcomer_takes_from_the_one_that_would_end_last_not_from_the_longest():
    planner = Planner([(0, 1000), (2000, 2100)], min_split=10)
    quick, slow = planner.claim(), planner.claim()
    quick.speed, slow.speed = 1000.0, 1.0

    tail = planner.claim()

    assert (tail.stop, quick.stop) == (2100, 1000)
    assert slow.stop == tail.position


def test_what_was_given_back_is_taken_before_anything_is_split():
    planner = Planner([(0, 100)], min_split=10)
    planner.window = 50
    first = planner.claim()
    planner.advance(first, 20)
    planner.release(first)
    planner.window = None

    again = planner.claim()

    assert (again.position, again.stop) == (20, 100)


def test_claims_that_are_bounded_come_from_the_front():
    planner = Planner([(0, 100)], min_split=10)
    planner.window = 30

    assert [(each.position, each.stop) for each in (planner.claim() for _ in range(4))] == [
        (0, 30), (30, 60), (60, 90), (90, 100)
    ]  # fmt: skip


def test_nothing_worth_a_connection_is_nothing():
    planner = Planner([(0, 100)], min_split=60)
    planner.claim()

    assert planner.claim() is None


def test_only_a_race_that_would_be_won_is_run():
    planner = Planner([(0, 100)], min_split=60)
    slow = planner.claim()
    slow.speed = 1.0

    assert planner.race(speed=1.5, setup=0.0) is None
    assert planner.race(speed=10.0, setup=60.0) is None
    assert planner.race(speed=10.0, setup=1.0) is not None
    assert planner.race(speed=10.0, setup=1.0) is None, "two are enough"


def test_the_later_copy_of_a_raced_byte_is_compared():
    planner = Planner([(0, 100)], min_split=60)
    slow = planner.claim()
    slow.speed = 0.001
    second = planner.race(speed=10.0, setup=0.0)

    assert planner.advance_raced(second, content(0, 40)) == slice(0, 40)
    assert planner.advance_raced(slow, content(0, 10) + b"\xff" * 10) == slice(20, 20)

    assert slow.race.differs_at is not None


def test_of_a_race_the_one_that_goes_on_brings_the_rest():
    planner = Planner([(0, 100)], min_split=60)
    slow = planner.claim()
    slow.speed = 0.001
    second = planner.race(speed=10.0, setup=0.0)
    planner.advance_raced(second, content(0, 40))
    planner.release(second)

    assert planner.free == 0
    assert planner.advance_raced(slow, content(0, 100)) == slice(40, 100)
    assert planner.finished


def test_a_stream_goes_on_into_what_was_given_back():
    planner = Planner([(0, 100)], min_split=10)
    stream = planner.claim()
    tail = planner.claim()
    planner.release(tail)
    planner.advance(stream, stream.rest)

    assert planner.extend(stream, stop=100)
    assert planner.advance(stream, 1000) == 100 - tail.position
    assert planner.finished


def test_a_body_without_length_ends_where_it_ends():
    planner = Planner([(0, 2**62)], min_split=10)
    stream = planner.claim()
    planner.advance(stream, 12_345)

    assert planner.claim() is None
    planner.end(stream)

    assert planner.finished
    assert isinstance(stream, Segment)
    assert stream.stop == 12_345
