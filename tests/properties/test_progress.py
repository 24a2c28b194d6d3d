"""Speeds and times that a person can believe."""

import math

from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.progress import Progress, SpeedMeter

STEPS = st.lists(st.tuples(st.floats(0.001, 60), st.integers(0, 10**10)), min_size=1, max_size=30)


@given(STEPS)
def test_a_smoothed_speed_lies_between_the_slowest_and_the_fastest_sample(steps):
    meter, now, received = SpeedMeter(), 0.0, 0
    meter.sample(0, 0.0)
    seen = []
    for elapsed, more in steps:
        before = now
        now, received = now + elapsed, received + more
        seen.append(more / (now - before))
        speed = meter.sample(received, now)
        assert min(seen) * 0.999 - 1e-6 <= speed <= max(seen) * 1.001 + 1e-6


@given(st.floats(1, 1e9), st.integers(2, 50))
def test_a_steady_speed_is_shown_right_from_the_second_sample_on(rate, count):
    meter = SpeedMeter()
    meter.sample(0, 0.0)
    for step in range(1, count):
        assert math.isclose(meter.sample(round(rate * step), float(step)), rate, rel_tol=0.5, abs_tol=1)


@given(st.integers(0, 10**12), st.none() | st.integers(0, 10**12), st.floats(0, 1e10))
def test_nothing_is_claimed_of_an_unknown_size(received, total, speed):
    progress = Progress(received=received, total=total, speed=speed)

    assert (progress.fraction is None) == (total is None)
    assert progress.fraction is None or 0 <= progress.fraction <= 1
    assert (progress.eta is None) == (total is None or speed <= 0)
    assert progress.eta is None or progress.eta >= 0
