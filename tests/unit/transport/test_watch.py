"""Deadlines, with the time as an argument."""

import pytest

from rheo.domain.errors import AttemptTimeoutError, ConnectTimeoutError, FirstByteTimeoutError, StallError
from rheo.transport.base import Deadlines
from rheo.transport.watch import Stage, Watch

DEADLINES = Deadlines(connect=10, tls=5, first_byte=30, stall=20)


def look(watch, now, stage=Stage.ANSWERED, *, moved=0, paused=False):
    return watch.look(now, stage, moved=moved, paused=paused)


@pytest.mark.parametrize(
    ("stage", "seconds", "error"),
    [
        (Stage.CONNECTING, 10, ConnectTimeoutError),
        (Stage.SECURING, 5, ConnectTimeoutError),
        (Stage.ASKED, 30, FirstByteTimeoutError),
    ],
)
def test_each_stage_has_a_time_of_its_own_from_when_it_began(stage, seconds, error):
    watch = Watch(DEADLINES)
    look(watch, 90, Stage.CONNECTING)
    look(watch, 100, stage)
    began = 90 if stage is Stage.CONNECTING else 100

    assert look(watch, began + seconds, stage) is None
    assert isinstance(look(watch, began + seconds + 0.1, stage), error)


def test_a_trickle_does_not_reset_the_stall():
    watch = Watch(DEADLINES)

    errors = [look(watch, second, moved=second * 40) for second in range(22)]

    assert errors[:21] == [None] * 21
    assert isinstance(errors[21], StallError)


def test_a_kibibyte_is_progress():
    watch = Watch(DEADLINES)

    assert all(look(watch, second, moved=second * 1024 // 20) is None for second in range(400))


def test_more_may_be_wanted_than_a_kibibyte():
    watch = Watch(DEADLINES._replace(least=20_000))

    errors = [look(watch, second, moved=second * 900) for second in range(22)]

    assert isinstance(errors[21], StallError)


def test_the_clock_stands_still_while_we_hold_the_connection():
    watch = Watch(DEADLINES)
    look(watch, 0)
    for second in range(1, 100):
        assert look(watch, second, paused=True) is None

    assert look(watch, 118) is None
    assert isinstance(look(watch, 120), StallError)


def test_an_answer_is_waited_for_from_when_what_we_send_last_moved():
    watch = Watch(DEADLINES)
    for second in range(100):
        assert look(watch, second, Stage.ASKED, moved=second * 10) is None

    assert look(watch, 129, Stage.ASKED, moved=990) is None
    assert isinstance(look(watch, 129.1, Stage.ASKED, moved=990), FirstByteTimeoutError)


def test_an_attempt_ends_in_its_time_whatever_comes():
    watch = Watch(DEADLINES._replace(total=60))

    errors = [look(watch, second, moved=second * 10_000) for second in range(62)]

    assert errors[:61] == [None] * 61
    assert isinstance(errors[61], AttemptTimeoutError)
