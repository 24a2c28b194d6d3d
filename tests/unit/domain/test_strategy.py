"""Which source gets the next connection, with the dice as an argument."""

from __future__ import annotations

from collections import Counter

from rheo.domain.strategy import AGAIN, Candidate, Fastest, InOrder, MirrorStrategy, Random, strategy_named
from rheo.domain.url import parse_url

STEPS = 1000


def candidate(rank: int, speed: float | None, connections: int = 1) -> Candidate:
    url = parse_url(f"http://mirror-{rank}.example/a")
    return Candidate(url=url, rank=rank, connections=connections, speed=speed)


def test_who_was_not_measured_goes_first_and_of_those_who_is_not_asked_yet() -> None:
    several = [candidate(0, 9e6), candidate(1, None, connections=1), candidate(2, None, connections=0)]
    assert {Fastest().choose(several, step / STEPS).rank for step in range(STEPS)} == {2}


def test_the_quickest_is_preferred_and_the_others_are_measured_again_now_and_then() -> None:
    several = [candidate(0, 1e6), candidate(1, 4e6), candidate(2, 2e6)]

    chosen = Counter(Fastest().choose(several, step / STEPS).rank for step in range(STEPS))

    assert set(chosen) == {0, 1, 2}
    assert chosen[1] >= STEPS * (1 - AGAIN)


def test_of_equals_the_first_given_is_preferred() -> None:
    several = [candidate(2, 1e6), candidate(1, 1e6)]
    assert Fastest().choose(several, 0.5).rank == 1


def test_the_others_ask_in_order_or_anybody() -> None:
    several = [candidate(1, 4e6), candidate(0, 1e6)]
    assert {InOrder().choose(several, step / STEPS).rank for step in range(STEPS)} == {0}
    assert {Random().choose(several, step / STEPS).rank for step in range(STEPS)} == {0, 1}


def test_each_name_has_its_strategy() -> None:
    kinds = {name: type(strategy_named(name)) for name in MirrorStrategy}
    assert kinds == {MirrorStrategy.FASTEST: Fastest, MirrorStrategy.IN_ORDER: InOrder, MirrorStrategy.RANDOM: Random}
