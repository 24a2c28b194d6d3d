"""How fast a download must be for its deadline, and when to say that it will not be in time."""

from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.urgency import MARGIN, PATIENCE, Urgency

TOTAL = 10_000_000


def run(speed, *, deadline, total=TOTAL, step=0.5):
    """Return the looks at a download that comes so fast, until it is whole or long late."""
    urgency, now, received, looks = Urgency(), 0.0, 0.0, []
    while received < total and now < deadline + 5:
        looks.append(
            (now, urgency.look(now, brought=int(received), missing=total - int(received), left=deadline - now))
        )
        now += step
        received = min(total, received + speed * step)
    return looks


@given(received=st.integers(0, TOTAL), left=st.floats(0.001, 1e6))
def test_what_is_needed_brings_the_rest_in_time_and_little_more(received, left):
    least = Urgency().look(0.0, brought=received, missing=TOTAL - received, left=left).least
    assert TOTAL - received <= least * left * (1 + 1e-9)
    assert least * left <= (TOTAL - received) * MARGIN * (1 + 1e-9)


@given(seconds=st.floats(15, 120))
def test_one_that_is_fast_enough_is_never_said_to_be_late(seconds):
    assert not any(look.late for _, look in run(1.2 * TOTAL / seconds, deadline=seconds))


@given(seconds=st.floats(40, 300), part=st.floats(0.1, 0.8))
def test_one_that_is_too_slow_is_said_to_be_late_early_and_once_before_its_time(seconds, part):
    said = [now for now, look in run(part * TOTAL / seconds, deadline=seconds) if look.late]
    assert len(said) == 1
    assert said[0] <= PATIENCE + 2


def test_one_that_recovers_and_falls_back_is_said_to_be_late_again():
    urgency, said, received = Urgency(), [], 0
    speeds = [10_000] * 40 + [1_000_000] * 8 + [0] * 60
    for number, speed in enumerate(speeds):
        now = number / 2
        if urgency.look(now, brought=received, missing=TOTAL - received, left=100 - now).late:
            said.append(now)
        received += speed // 2
    assert len(said) == 2


def test_of_one_whose_size_nobody_knows_nothing_is_asked_and_its_lateness_told_when_the_time_is_over():
    urgency = Urgency()
    assert urgency.look(0.0, brought=0, missing=None, left=10.0) == (0.0, False, None)
    assert urgency.look(11.0, brought=5, missing=None, left=-1.0).late
    assert not urgency.look(12.0, brought=5, missing=None, left=-2.0).late
