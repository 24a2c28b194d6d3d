"""Deadlines, with the time as an argument."""

from rheo.domain.errors import FirstByteTimeoutError, StallError
from rheo.transport.base import Deadlines
from rheo.transport.watch import Watch

DEADLINES = Deadlines(connect=10, first_byte=30, stall=20)


def look(watch, now, *, sent=True, answered=True, received=0, paused=False):
    return watch.look(now, sent=sent, answered=answered, received=received, paused=paused)


def test_connecting_is_not_ours_to_time():
    watch = Watch(DEADLINES)

    assert look(watch, 0, sent=False, answered=False) is None
    assert look(watch, 1000, sent=False, answered=False) is None


def test_the_first_byte_is_due_from_when_the_request_was_sent():
    watch = Watch(DEADLINES)
    look(watch, 5, sent=False, answered=False)
    look(watch, 6, answered=False)

    assert look(watch, 36, answered=False) is None
    assert isinstance(look(watch, 36.1, answered=False), FirstByteTimeoutError)


def test_a_trickle_does_not_reset_the_stall():
    watch = Watch(DEADLINES)

    errors = [look(watch, second, received=second * 40) for second in range(22)]

    assert errors[:21] == [None] * 21
    assert isinstance(errors[21], StallError)


def test_a_kibibyte_is_progress():
    watch = Watch(DEADLINES)

    assert all(look(watch, second, received=second * 1024 // 20) is None for second in range(400))


def test_the_clock_stands_still_while_we_hold_the_connection():
    watch = Watch(DEADLINES)
    look(watch, 0)
    for second in range(1, 100):
        assert look(watch, second, paused=True) is None

    assert look(watch, 118) is None
    assert isinstance(look(watch, 120), StallError)
