"""A token bucket never gives more than its burst and its rate, and gives no less to who takes all it has."""

from hypothesis import given
from hypothesis import strategies as st

from rheo.engine.limits.bucket import BURST, Bucket

RATES = st.floats(1, 1e9)
TIMES = st.lists(st.floats(0, 5), min_size=1, max_size=60)


@given(rate=RATES, pauses=TIMES, appetites=st.lists(st.floats(0, 3), min_size=1))
def test_no_more_is_taken_than_burst_and_rate_allow(rate, pauses, appetites):
    bucket, now, taken = Bucket(rate, at=0.0), 0.0, 0.0
    history = [(0.0, 0.0)]
    for number, pause in enumerate(pauses):
        now += pause
        size = max(0.0, min(bucket.fill(now), appetites[number % len(appetites)] * rate * BURST))
        bucket.take(size)
        taken += size
        for since, before in history:
            assert taken - before <= rate * (BURST + now - since) * (1 + 1e-9)
        history.append((now, taken))


@given(rate=RATES, ticks=st.lists(st.floats(0, BURST), min_size=1, max_size=200))
def test_who_takes_all_in_time_gets_the_whole_rate(rate, ticks):
    bucket, now, taken = Bucket(rate, at=0.0), 0.0, 0.0
    for tick in ticks:
        now += tick
        size = bucket.fill(now)
        bucket.take(size)
        taken += size
    assert abs(taken - rate * now) <= 1e-6 * rate * (now + 1)


@given(rate=RATES, chunk=st.floats(1, 16384), ticks=st.lists(st.floats(0.01, BURST), min_size=1, max_size=200))
def test_what_was_taken_too_much_is_paid_back(rate, chunk, ticks):
    bucket, now, taken = Bucket(rate, at=0.0), 0.0, 0.0
    for tick in ticks:
        now += tick
        if bucket.fill(now) > 0:
            bucket.take(chunk)
            taken += chunk
        assert taken <= rate * (now + BURST) + chunk


@given(before=RATES, after=RATES, owed=st.floats(-1e6, 1e9), waited=st.floats(0, 10))
def test_another_rate_holds_from_its_moment_on(before, after, owed, waited):
    bucket = Bucket(before, at=0.0)
    bucket.take(owed)
    bucket.change(after, 1.0)
    assert 0 <= bucket.tokens <= after * BURST
    assert bucket.fill(1.0 + waited) <= after * BURST
    assert bucket.tokens >= min(after * waited, after * BURST) - 1e-6 * after


def test_a_clock_that_stands_still_fills_nothing():
    bucket = Bucket(100.0, at=5.0)
    assert bucket.fill(5.0) == 0.0
    assert bucket.fill(4.0) == 0.0
    assert bucket.fill(5.05) == 100 * (5.05 - 5.0)
