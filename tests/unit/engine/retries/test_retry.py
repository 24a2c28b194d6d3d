"""The retry policy, by examples."""

import pytest

from rheo.domain.errors import (
    CertificateError,
    ConnectError,
    ConnectionLostError,
    DiskFullError,
    HttpStatusError,
    NetworkError,
    ResolveError,
    StallError,
)
from rheo.engine.retries.retry import GiveUp, Pause, RetryPolicy, retry_rules


def decide(policy, error, *, failures=1, failing_for=0.0, jitter=1.0):
    return policy.next(error, failures=failures, failing_for=failing_for, jitter=jitter)


def test_backoff_doubles_up_to_its_ceiling():
    policy = RetryPolicy(attempts=100, max_time=1e9, base=1, ceiling=60)

    delays = [decide(policy, StallError("slow"), failures=count).delay for count in range(1, 9)]

    assert delays == [1, 2, 4, 8, 16, 32, 60, 60]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524])
def test_these_statuses_are_tried_again(status):
    assert isinstance(decide(RetryPolicy(), HttpStatusError("busy", status=status)), Pause)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 410, 416, 418, 451, 501, 505, 511])
def test_these_statuses_are_not(status):
    assert decide(RetryPolicy(), HttpStatusError("no", status=status)) == GiveUp()


def test_names_that_do_not_exist_are_not_asked_for_again():
    assert isinstance(decide(RetryPolicy(), ResolveError("no such name", transient=False)), GiveUp)
    assert isinstance(decide(RetryPolicy(), ResolveError("no answer", transient=True)), Pause)


def test_a_policy_can_be_told_by_status_class_code_and_callable():
    statuses, errors = retry_rules(["404", "!503", "certificate_rejected"])
    policy = RetryPolicy(statuses=statuses, errors={**errors, ConnectError: False})

    assert policy.transient(HttpStatusError("gone for now", status=404))
    assert not policy.transient(HttpStatusError("busy", status=503))
    assert policy.transient(CertificateError("expired"))
    assert not policy.transient(ConnectError("refused"))
    assert policy.transient(ConnectionLostError("reset"))
    assert not RetryPolicy(decide=lambda error: False).transient(StallError("slow"))
    assert RetryPolicy(decide=lambda error: None).transient(StallError("slow"))


def test_a_class_is_told_apart_from_its_parent():
    policy = RetryPolicy(errors={NetworkError: False, StallError: True})

    assert policy.transient(StallError("slow"))
    assert not policy.transient(ConnectError("refused"))


def test_a_command_does_not_begin_a_wait_that_the_server_asks_for_but_the_user_does_not_allow():
    error = HttpStatusError("busy", status=429, retry_after=3600)

    hasty = decide(RetryPolicy(patient=False, max_time=600), error)
    patient = decide(RetryPolicy(patient=True, max_time=600), error)

    assert hasty == GiveUp("the server asks to wait 3600 s, retry_max_time allows 600 s")
    assert isinstance(patient, Pause)


def test_giving_up_says_after_how_much():
    assert decide(RetryPolicy(attempts=2), StallError("slow"), failures=3) == GiveUp("gave up after 3 tries")
    late = decide(RetryPolicy(max_time=10), StallError("slow"), failing_for=9.5)
    assert late == GiveUp("gave up after failing for 10 s")


def test_what_would_do_harm_is_not_tried_again_whatever_the_policy_says():
    error = DiskFullError("full")
    error.repeatable = False
    eager = RetryPolicy(errors={"disk_full": True}, decide=lambda _error: True, waits_for_room=True)

    assert decide(eager, DiskFullError("full")) != GiveUp()
    assert decide(eager, error) == GiveUp()
