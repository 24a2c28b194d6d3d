"""What holds for every host that refuses, however it counts, and for every order of what it says."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rheo.engine.politeness.gate import BREAK_MOST, LONGEST, Gate
from rheo.engine.politeness.request_limit import STEP_MOST, RequestLimit
from rheo.engine.politeness.request_rate import FREE, RequestRate
from simulated_host import TRIES, Client, at_once, bucket, fixed, sliding

JITTER = st.floats(0, 0.999)
GAPS = st.lists(st.floats(0, 30), min_size=1, max_size=60)
LIMITS = st.integers(1, 60)
WAITS = st.sampled_from([None, 1.0])
STATUSES = st.sampled_from([429, 503])


@dataclass
class Asked:
    """A gate that is asked as soon as it lets somebody, and answered by whatever comes."""

    gate: Gate
    now: float = 100.0
    sent: list[float] = field(default_factory=list)

    def go(self) -> float | None:
        """Send a request if that is allowed, and return when; else None."""
        if self.gate.turn(self.now) > self.now:
            return None
        self.gate.go(self.now)
        self.sent.append(self.now)
        return self.now


@given(GAPS)
def test_a_host_that_refuses_nothing_is_never_kept_waiting_for(gaps: list[float]) -> None:
    asked = Asked(Gate())
    for gap in gaps:
        assert asked.go() is not None
        assert not asked.gate.guarded
        asked.now += gap


@given(st.floats(0.001, 10), st.lists(st.tuples(st.floats(0, 5), st.booleans()), min_size=1, max_size=60))
def test_two_requests_are_never_nearer_than_the_delay(delay: float, steps: list[tuple[float, bool]]) -> None:
    asked = Asked(Gate(delay))
    for gap, taken in steps:
        sent = asked.go()
        asked.now += gap
        if sent is not None:
            if taken:
                asked.gate.taken(sent)
            else:
                asked.gate.refused(sent, asked.now, status=429, wait=None, jitter=0.0)
            asked.gate.ended(sent)
    assert all(later - sooner >= delay * (1 - 1e-9) for sooner, later in zip(asked.sent, asked.sent[1:], strict=False))


@given(st.floats(0, 1e9), JITTER, st.sampled_from([403, 429, 500, 503]), st.floats(0, 1))
def test_retry_after_is_never_shortened_but_to_a_day(wait: float, jitter: float, status: int, took: float) -> None:
    gate = Gate()
    gate.go(100.0)
    now = 100.0 + took
    gate.refused(100.0, now, status=status, wait=wait, jitter=jitter)
    gate.ended(100.0)

    assert now + min(wait, LONGEST) <= gate.turn(now) <= now + min(wait, LONGEST) + 1


@given(st.integers(1, 64), st.lists(st.floats(0, 200), max_size=40))
def test_there_may_always_be_one_request(under_way: int, gaps: list[float]) -> None:
    limit, now = RequestLimit(), 0.0
    for gap in gaps:
        now += gap
        limit.refused(now, under_way=under_way)
        assert limit.has_room(0, now)


@given(st.integers(2, 64), st.integers(1, 63))
def test_a_volley_halves_what_may_be_under_way_once(sent: int, refused: int) -> None:
    gate = Gate()
    times = [100.0 + index / 1000 for index in range(sent)]
    for time in times:
        gate.go(time)
    for index, time in enumerate(times[:refused]):
        gate.refused(time, 101.0 + index / 1000, status=429, wait=None, jitter=0.0)

    assert gate.limit.at(101.5) == (sent + 1) // 2


@given(st.integers(1, 64), st.integers(1, 20), st.floats(0.1, 100))
def test_where_nothing_is_refused_for_long_nothing_is_limited_any_more(
    under_way: int, refusals: int, gap: float
) -> None:
    limit, rate, now = RequestLimit(), RequestRate(), 0.0
    for _ in range(refusals):
        now += gap
        rate.count(now)
        rate.count(now)
        limit.refused(now, under_way=under_way)
        rate.refused(now, now, first=True, window=1.0)

    assert limit.at(now + 64 * STEP_MOST) is None
    assert rate.at(now + 6 * 3600) is None


@given(GAPS)
def test_a_rate_is_never_above_what_limits_nothing_nor_at_nothing(gaps: list[float]) -> None:
    rate, now = RequestRate(), 0.0
    for gap in gaps:
        now += gap
        rate.count(now)
        if gap > 10:
            rate.refused(now, now, first=True, window=1.0)
        present = rate.at(now)
        assert present is None or 0 < present < FREE


@given(st.integers(1, 30))
def test_a_host_that_takes_nothing_is_tried_less_and_less_but_each_minute(refusals: int) -> None:
    asked = Asked(Gate())
    waited = 0.0
    for _ in range(refusals):
        sent = asked.go()
        assert sent is not None
        assert asked.gate.turn(asked.now) in {sent, inf}  # one alone, once it is known
        asked.gate.refused(sent, asked.now, status=429, wait=None, jitter=0.0)
        asked.gate.ended(sent)
        before, waited = waited, asked.gate.turn(asked.now) - asked.now
        assert min(before, BREAK_MOST) <= waited + 1e-9 <= BREAK_MOST + 2e-9
        asked.now += waited


@settings(max_examples=40, deadline=None)
@given(LIMITS, WAITS, STATUSES, st.randoms(use_true_random=False))
def test_all_files_come_from_any_host_that_counts_requests_and_none_is_refused_often(limit, wait, status, random):
    host = random.choice([sliding(limit), fixed(limit, offset=random.random()), bucket(limit, burst=10)])
    client = Client(host, wait=wait, status=status, dice=random.random, latency=lambda: random.uniform(0.001, 0.03))

    told = client.fetch(150)

    assert told.worst <= 2 or limit <= 2  # so slow a host is hard to tell from one with a broken URL
    assert told.seconds <= 1.6 * 150 / limit + 8


@pytest.mark.parametrize("window", [3.0, 10.0, 60.0])
@pytest.mark.parametrize("says", [1, None])
def test_a_host_that_takes_one_request_in_a_long_time_is_not_asked_again_and_again(
    window: float, says: int | None
) -> None:
    client = Client(sliding(1, window), wait=says and window)

    told = client.fetch(40)

    assert len(told.sent) <= 110
    assert sum(refusals == TRIES for refusals in told.refusals.values()) <= 1


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 7), st.randoms(use_true_random=False))
def test_all_files_come_from_a_host_that_takes_few_at_once(most, random):
    client = Client(at_once(most), status=503, dice=random.random, latency=lambda: random.uniform(0.001, 0.03))

    told = client.fetch(150)

    assert told.worst <= 2
    assert told.seconds <= 20


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10), STATUSES, st.randoms(use_true_random=False))
def test_files_that_are_always_refused_slow_the_others_of_their_host_little(broken, status, random):
    client = Client(
        lambda *_: True,
        status=status,
        broken=frozenset(random.sample(range(200), broken)),
        dice=random.random,
        latency=lambda: random.uniform(0.001, 0.03),
    )

    told = client.fetch(200)

    assert told.seconds <= 4 + 4 * broken
