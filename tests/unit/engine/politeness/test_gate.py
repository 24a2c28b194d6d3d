"""What single answers do to the gate of a host."""

from collections.abc import Hashable
from math import inf
from weakref import WeakSet

import pytest

from rheo.engine.politeness.blame import REMEMBERED
from rheo.engine.politeness.gate import LONGEST_QUOTA, Gate


def refused(gate: Gate, sent: float, now: float, *, status: int = 429, wait: float | None = None) -> None:
    gate.refused(sent, now, status=status, wait=wait, jitter=0.0)
    gate.ended(sent)


def taken(gate: Gate, sent: float) -> None:
    gate.taken(sent)
    gate.ended(sent)


def burst(gate: Gate, *, served: int, turned_away: int, at: float = 100.0) -> None:
    """Send requests a millisecond apart, of which the first ones are taken; the answers come 10 ms later."""
    times = [at + index / 1000 for index in range(served + turned_away)]
    for time in times:
        gate.go(time)
    for time in times[:served]:
        taken(gate, time)
    for time in times[served:]:
        refused(gate, time, time + 0.01)


def ask(gate: Gate, sent: float, url: Hashable, *, refuses: bool, now: float | None = None) -> None:
    """Answer a request that was sent, after 10 ms where nothing else is said."""
    if refuses:
        gate.refused(sent, now or sent + 0.01, status=429, wait=None, jitter=0.0, url=url)
    else:
        gate.taken(sent, url)
    gate.ended(sent)


class Named:
    """A URL."""


def after_refusal(*, url: str, taken_next: str) -> tuple[Gate, float]:
    """Return the gate of a host that took twenty, refused one URL and took another, and when it took that."""
    gate = Gate()
    burst(gate, served=20, turned_away=0)
    gate.go(101.0)
    gate.refused(101.0, 101.1, status=503, wait=None, jitter=0.0, url=url)
    gate.ended(101.0)
    now = gate.opens
    gate.go(now)
    gate.taken(now, taken_next)
    gate.ended(now)
    return gate, now


def test_a_429_without_a_word_closes_for_a_second() -> None:
    gate = Gate()
    burst(gate, served=5, turned_away=1)

    assert gate.turn(100.1) == pytest.approx(101.015)


def test_a_503_that_everybody_gets_closes_nothing() -> None:
    gate = Gate()
    gate.go(100.0)
    refused(gate, 100.0, 100.1, status=503)

    assert gate.turn(100.2) == 100.2


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_took_some_and_takes_nothing_any_more_is_asked_less_and_less(status: int) -> None:
    gate, waits = Gate(), []
    burst(gate, served=20, turned_away=0)
    now = 101.0
    for _ in range(8):
        gate.go(now)
        refused(gate, now, now, status=status)
        waits.append(gate.turn(now) - now)
        now = gate.turn(now)

    assert waits == pytest.approx([1, 1, 2, 4, 8, 16, 32, 60])


def test_another_refusal_closes_only_where_it_asks_to_wait() -> None:
    gate = Gate()
    gate.go(100.0)
    refused(gate, 100.0, 100.0, status=403, wait=7.0)

    assert gate.turn(100.0) == 107.0
    assert gate.limit.at(100.0) is None
    assert gate.rate.at(107.0) is None


def test_after_a_wait_one_goes_alone_and_the_others_once_it_is_taken() -> None:
    gate = Gate()
    burst(gate, served=4, turned_away=4)
    now = gate.opens
    gate.go(now)

    assert gate.turn(now + 5) == inf
    gate.taken(now)
    assert gate.turn(now + 5) <= now + 5


def test_one_that_gets_no_answer_lets_another_one_try() -> None:
    gate = Gate()
    burst(gate, served=4, turned_away=4)
    now = gate.opens
    gate.go(now)
    gate.ended(now)

    assert gate.turn(now + 30) <= now + 30
    assert gate.tries


def test_the_rate_is_a_little_under_what_was_taken_in_the_last_second() -> None:
    gate = Gate()
    burst(gate, served=5, turned_away=3)

    assert gate.rate.at(gate.opens) == pytest.approx(4.5)


def test_a_host_that_refuses_everything_for_long_counts_over_as_long() -> None:
    gate = Gate()
    burst(gate, served=60, turned_away=1)
    for _ in range(6):
        now = gate.opens
        gate.go(now)
        refused(gate, now, now)
    now = gate.opens
    gate.go(now)
    taken(gate, now)
    assert now - 100 > 30
    burst(gate, served=59, turned_away=1, at=now + 1)

    rate = gate.rate.at(gate.opens)
    assert rate is not None
    assert rate < 2


def test_a_wait_in_an_answer_to_an_earlier_request_is_never_shortened_by_a_later_one() -> None:
    gate = Gate()
    for time in (100.0, 100.1):
        gate.go(time)
    refused(gate, 100.0, 100.2, wait=50.0)
    refused(gate, 100.1, 100.3, wait=5.0)

    assert gate.turn(100.3) == 150.2


def test_a_quota_is_obeyed_for_an_hour() -> None:
    gate = Gate()
    gate.go(100.0)
    gate.used_up(100.0, 1e6, jitter=0.0)
    taken(gate, 100.0)

    assert gate.turn(101.0) == 100.0 + LONGEST_QUOTA


def test_what_is_over_guards_nothing() -> None:
    gate = Gate()
    gate.go(100.0)
    gate.used_up(100.0, 5.0, jitter=0.0)
    taken(gate, 100.0)

    assert gate.guarded
    assert gate.turn(106.0) == 106.0
    assert not gate.guarded


def test_whoever_insists_has_one_request_tried() -> None:
    gate = Gate()
    gate.go(100.0)
    refused(gate, 100.0, 100.0, status=503, wait=3600.0)
    gate.insist(110.0)

    assert gate.turn(110.0) <= 110.0
    gate.go(110.0)
    assert gate.turn(111.0) == inf
    refused(gate, 110.0, 111.0, status=503, wait=3600.0)
    assert gate.turn(111.0) == 111.0 + 3600.0


def test_a_url_that_is_refused_again_though_others_are_taken_slows_nobody() -> None:
    gate, now = after_refusal(url="/broken", taken_next="/other")
    assert gate.rate.at(now) is not None

    gate.go(now + 1)
    gate.refused(now + 1, now + 1.1, status=503, wait=60.0, jitter=0.0, url="/broken")
    gate.ended(now + 1)

    assert not gate.closed(now + 1.1)
    assert gate.rate.at(now + 1.1) is None
    assert gate.limit.at(now + 1.1) is None


def test_after_a_url_was_found_broken_one_request_goes_alone_and_shows_whether_it_was_the_host() -> None:
    gate, now = after_refusal(url="/file", taken_next="/other")
    gate.go(now + 1)
    ask(gate, now + 1, "/file", refuses=True)
    gate.go(now + 2)

    assert gate.turn(now + 3) == inf
    gate.refused(now + 2, now + 2.1, status=503, wait=60.0, jitter=0.0, url="/next")
    gate.ended(now + 2)
    assert gate.turn(now + 3) == now + 62.1


def test_urls_that_were_asked_for_together_are_found_broken_together() -> None:
    gate, now = after_refusal(url="/one", taken_next="/other")
    gate.go(now + 1)
    ask(gate, now + 1, "/two", refuses=True)
    now = gate.opens
    gate.go(now)
    ask(gate, now, "/other", refuses=False)
    gate.go(now + 1)
    gate.go(now + 1.005)
    ask(gate, now + 1, "/one", refuses=True)
    ask(gate, now + 1.005, "/two", refuses=True)

    assert not gate.closed(now + 2)
    assert gate.rate.at(now + 2) is None


def test_a_url_that_is_taken_after_it_was_refused_was_one_too_many() -> None:
    gate, now = after_refusal(url="/file", taken_next="/file")

    assert gate.rate.at(now) == pytest.approx(18.0)


def test_a_late_refusal_undoes_nothing_that_has_proved_right() -> None:
    gate = Gate()
    burst(gate, served=20, turned_away=0)
    for sent in (101.0, 101.001, 101.002):
        gate.go(sent)
    ask(gate, 101.0, "/broken", refuses=True)
    ask(gate, 101.001, "/file", refuses=True)
    answers = [("/other", False), ("/broken", True), ("/file", False)]
    for now, (url, refuses) in enumerate(answers, start=103):
        gate.go(now)
        ask(gate, now, url, refuses=refuses)
    ask(gate, 101.002, "/late", refuses=True, now=106.0)
    gate.go(107.5)
    ask(gate, 107.5, "/other", refuses=False)
    gate.go(109.0)
    ask(gate, 109.0, "/late", refuses=True)

    assert gate.rate.at(109.1) is not None


def test_a_host_that_refuses_ever_new_urls_is_remembered_by_a_bounded_number_of_them() -> None:
    gate, now = Gate(), 100.0
    urls = [Named() for _ in range(3 * REMEMBERED)]
    named = WeakSet(urls)
    while urls:
        now = gate.turn(now) + 1
        gate.go(now)
        ask(gate, now, urls.pop(), refuses=True)
        now = gate.turn(now) + 1
        gate.go(now)
        ask(gate, now, "/other", refuses=False)

    assert len(named) <= 2 * REMEMBERED


def test_a_lone_request_that_is_refused_again_and_again_is_asked_no_slower_afterwards() -> None:
    gate = Gate()
    gate.go(99.9)
    taken(gate, 99.9)
    now = 100.0
    for _ in range(5):
        gate.go(now)
        refused(gate, now, now + 0.01)
        now = gate.turn(now + 0.01)
    gate.go(now)
    taken(gate, now)

    assert gate.limit.at(now) is None
    assert gate.interval(now) <= 1.2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_host_that_says_at_once_and_takes_nothing_is_asked_less_and_less(status: int) -> None:
    gate, now, waits = Gate(), 100.0, []
    for _ in range(8):
        gate.go(now)
        refused(gate, now, now, status=status, wait=0.0)
        waits.append(gate.turn(now) - now)
        now = gate.turn(now) + 0.01

    assert waits[0] == 0
    assert waits == sorted(waits)
    assert waits[-1] >= 30
