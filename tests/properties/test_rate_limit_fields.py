"""What holds for whatever a head says of quotas."""

from hypothesis import example, given
from hypothesis import strategies as st

from rheo.transport.rate_limit_fields import FIELDS, used_up_for

TEXTS = st.text(st.characters(codec="latin-1"), max_size=80) | st.from_regex(r'"[a-z]*";r=[0-9]{0,3};t=[0-9.]{0,20}')


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), TEXTS), st.floats(0, 4e9))
@example({"ratelimit-remaining": "0\x1f"}, 0.0)  # for `str.strip` that is a blank, and for `float` not
def test_any_text_is_a_wait_or_none(fields, unix):
    wait = used_up_for(fields, unix)
    assert wait is None or wait >= 0


@given(st.integers(1, 10**9), st.integers(0, 10**6))
def test_what_is_left_closes_nothing(left, reset):
    assert used_up_for({"ratelimit": f'"a";r={left};t={reset}'}, 0.0) is None
    assert used_up_for({"x-ratelimit-remaining": str(left), "x-ratelimit-reset": str(reset)}, 0.0) is None
