"""How often a subscriber is woken."""

from itertools import accumulate, repeat

from rheo.application.bus import FIRST_INTERVAL, LEAST_INTERVAL, interval_after


def test_who_is_told_much_is_woken_ever_less_often():
    intervals = list(accumulate(repeat(0.0, 6), lambda last, _: interval_after(last, silence=last), initial=0.001))

    assert intervals == [0.001, 0.002, 0.004, 0.008, 0.016, 0.02, 0.02]


def test_after_a_silence_a_subscriber_is_told_at_once_again():
    assert interval_after(LEAST_INTERVAL, silence=1.0) == FIRST_INTERVAL
