"""What holds for every error, attempt and moment when a policy decides."""

from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.download import WaitReason
from rheo.domain.errors import CertificateError, ChecksumMismatchError, HttpStatusError, StallError
from rheo.engine.retries.retry import GiveUp, Pause, RetryPolicy

FAILURES = st.integers(1, 10_000)
JITTER = st.floats(0, 1)
SECONDS = st.floats(0, 1e6)


@given(FAILURES, SECONDS, JITTER)
def test_a_permanent_error_is_never_tried_again(failures, failing_for, jitter):
    for error in (
        CertificateError("self-signed"),
        ChecksumMismatchError("differs", expected="a", actual="b"),
        HttpStatusError("not found", status=404),
    ):
        verdict = RetryPolicy(attempts=10**9).next(error, failures=failures, failing_for=failing_for, jitter=jitter)
        assert isinstance(verdict, GiveUp)


@given(FAILURES, JITTER, st.integers(0, 20_000))
def test_a_backoff_stays_between_nothing_and_the_ceiling_at_any_attempt(failures, jitter, attempts):
    policy = RetryPolicy(attempts=attempts, max_time=float("inf"), ceiling=60)

    verdict = policy.next(StallError("slow"), failures=failures, failing_for=0, jitter=jitter)

    assert isinstance(verdict, GiveUp) == (failures > attempts)
    if isinstance(verdict, Pause):
        assert 0 <= verdict.delay <= 60
        assert verdict.reason is WaitReason.BACKOFF


@given(st.floats(0, 3.2e9), JITTER, st.booleans(), SECONDS)
def test_retry_after_is_never_shortened(retry_after, jitter, patient, failing_for):
    error = HttpStatusError("busy", status=429, retry_after=retry_after)
    policy = RetryPolicy(patient=patient, max_time=600)

    verdict = policy.next(error, failures=1, failing_for=failing_for, jitter=jitter)

    if isinstance(verdict, Pause):
        assert verdict.delay >= retry_after
        assert verdict.reason is WaitReason.RETRY_AFTER
        assert patient or failing_for + verdict.delay <= 600
    else:
        assert not patient
        assert failing_for + retry_after + 1 > 600


@given(FAILURES, JITTER, SECONDS)
def test_no_backoff_is_begun_that_would_outlast_the_time_allowed(failures, jitter, failing_for):
    policy = RetryPolicy(attempts=10**9, max_time=600)

    verdict = policy.next(StallError("slow"), failures=failures, failing_for=failing_for, jitter=jitter)

    if isinstance(verdict, Pause):
        assert failing_for + verdict.delay <= 600
