"""What is counted in bounded memory is never far from what was."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.failure_counts import Commonest


@given(st.lists(st.integers(0, 30).map(str), max_size=300), st.integers(1, 5))
def test_counts_are_too_high_by_the_slack_at_most_and_who_came_more_often_is_there(names, most):
    commonest, true = Commonest(most), Counter(names)
    for name in names:
        commonest.add(name)

    told = dict(commonest.first(1000))
    assert len(told) <= 2 * most
    assert all(true[name] <= count <= true[name] + commonest.slack for name, count in told.items())
    assert {name for name, count in true.items() if count > commonest.slack} <= told.keys()
