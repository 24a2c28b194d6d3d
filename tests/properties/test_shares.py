"""Shares: they keep to every limit, waste nothing, are max-min fair by weight, and let nobody starve."""

from math import inf, isclose

from hypothesis import given
from hypothesis import strategies as st

from rheo.engine.limits.shares import Want, share_out

BUDGETS = st.lists(st.floats(0, 1e7), min_size=1, max_size=4)
SLACK = 1e-6


@st.composite
def cases(draw, *, needy=True):
    budgets = draw(BUDGETS)
    limits = st.sets(st.integers(0, len(budgets) - 1), min_size=1).map(lambda chosen: tuple(sorted(chosen)))
    want = st.builds(
        Want,
        weight=st.floats(0.1, 10),
        most=st.just(inf) | st.floats(0, 1e7),
        least=st.just(0.0) | st.floats(0, 1e6) if needy else st.just(0.0),
        limits=limits,
    )
    return draw(st.lists(want, min_size=1, max_size=12)), budgets


def spent(wants, shares, budgets):
    return [sum(got for want, got in zip(wants, shares, strict=True) if k in want.limits) for k in range(len(budgets))]


def full(total, budget):
    return total >= budget * (1 - SLACK) - SLACK


@given(cases())
def test_no_limit_is_broken_and_nobody_gets_more_than_it_can_use(case):
    wants, budgets = case
    shares = share_out(wants, budgets)
    for total, budget in zip(spent(wants, shares, budgets), budgets, strict=True):
        assert total <= budget * (1 + SLACK) + SLACK
    for want, got in zip(wants, shares, strict=True):
        assert 0 <= got <= want.most * (1 + SLACK)


@given(cases())
def test_nothing_is_wasted_that_somebody_could_use(case):
    wants, budgets = case
    shares = share_out(wants, budgets)
    totals = spent(wants, shares, budgets)
    for want, got in zip(wants, shares, strict=True):
        assert got >= want.most * (1 - SLACK) or any(full(totals[k], budgets[k]) for k in want.limits)


@given(cases(needy=False))
def test_whoever_gets_less_than_it_can_use_shares_a_spent_limit_with_nobody_who_has_more_by_weight(case):
    wants, budgets = case
    shares = share_out(wants, budgets)
    totals = spent(wants, shares, budgets)
    height = [got / want.weight for want, got in zip(wants, shares, strict=True)]
    for i, want in enumerate(wants):
        if shares[i] >= want.most * (1 - SLACK):
            continue
        bottlenecks = [k for k in want.limits if full(totals[k], budgets[k])]
        assert any(
            all(height[j] <= height[i] * (1 + SLACK) + SLACK for j, other in enumerate(wants) if k in other.limits)
            for k in bottlenecks
        )


@given(cases(needy=False))
def test_nobody_starves(case):
    wants, budgets = case
    for want, got in zip(wants, share_out(wants, budgets), strict=True):
        assert got > 0 or want.most == 0 or any(budgets[k] == 0 for k in want.limits) or budgets_are_tiny(budgets)


def budgets_are_tiny(budgets):
    return any(0 < budget < 1e-300 for budget in budgets)


@given(
    budget=st.floats(1, 1e7),
    weights=st.lists(st.floats(0.1, 10), min_size=1, max_size=8),
    need=st.floats(0, 2e7),
)
def test_who_is_in_a_hurry_gets_just_what_it_needs_if_that_is_more_than_its_share(budget, weights, need):
    hurried = Want(1.0, least=need)
    shares = share_out([hurried, *(Want(weight) for weight in weights)], [budget])
    fair = budget / (1.0 + sum(weights))
    assert isclose(shares[0], min(budget, max(need, fair)), rel_tol=SLACK, abs_tol=SLACK)
    rest = budget - shares[0]
    for weight, got in zip(weights, shares[1:], strict=True):
        assert isclose(got, rest * weight / sum(weights), rel_tol=1e-4, abs_tol=1e-3)


def test_weights_of_one_and_three_share_as_one_and_three():
    assert share_out([Want(1.0), Want(3.0)], [100.0]) == [25.0, 75.0]


def test_who_cannot_use_its_share_leaves_it_to_the_others():
    assert share_out([Want(1.0, most=10.0), Want(1.0), Want(1.0)], [100.0]) == [10.0, 45.0, 45.0]


def test_a_hosts_limit_holds_its_downloads_back_and_no_others():
    all_together, slow_host = 0, 1
    wants = [Want(1.0, limits=(all_together, slow_host))] * 2 + [Want(1.0, limits=(all_together,))]
    assert share_out(wants, [100.0, 20.0]) == [10.0, 10.0, 80.0]


def test_two_who_need_more_than_there_is_get_it_in_the_proportion_of_their_needs():
    shares = share_out([Want(1.0, least=300.0), Want(5.0, least=100.0), Want(1.0)], [200.0])
    assert shares == [150.0, 50.0, 0.0]


def test_of_a_limit_that_is_owed_something_nobody_gets_anything():
    assert share_out([Want(1.0), Want(2.0)], [-5.0]) == [0.0, 0.0]


def test_without_a_limit_everybody_gets_what_it_can_use():
    assert share_out([Want(1.0, most=5.0, limits=()), Want(1.0, limits=())], []) == [5.0, inf]
