"""How many connections a file gets, told with a clock of numbers."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from rheo.engine.planning.rounds import COOLING, PATIENCE, Rounds

RTT = 0.05


def run(rounds, rate_of, *, seconds=5.0, step=0.01):
    """Let time pass; `rate_of` tells what so many connections bring, in bytes per second."""
    now, received, targets = 0.0, 0.0, []
    while now < seconds:
        rounds.look(now, received=int(received), flowing=rounds.target, round_trip=RTT)
        targets.append(rounds.target)
        received += rate_of(rounds.target) * step
        now += step
    return list(dict.fromkeys(targets))


def test_a_server_that_caps_each_connection_gets_sixteen():
    assert run(Rounds(most=16), lambda connections: 1e6 * connections) == [4, 16]


def test_a_round_that_brings_nothing_is_taken_back():
    rounds = Rounds(most=16)

    assert run(rounds, lambda connections: min(4e6, 1e6 * connections)) == [4, 16]
    assert rounds.target == 4


def test_a_total_that_falls_goes_back_to_one():
    rounds = Rounds(most=16)
    rounds.look(0.0, received=0, flowing=1, round_trip=RTT)
    rounds.look(0.9, received=900_000, flowing=1, round_trip=RTT)
    rounds.look(1.0, received=1_000_000, flowing=4, round_trip=RTT)
    rounds.look(2.0, received=1_500_000, flowing=4, round_trip=RTT)

    assert rounds.target == 1


def test_what_newcomers_bring_is_not_counted_as_what_one_brings_alone():
    rounds = Rounds(most=16)
    rounds.look(0.0, received=0, flowing=1, round_trip=RTT)
    rounds.look(0.1, received=10_000, flowing=2, round_trip=RTT)
    rounds.look(1.0, received=5_000_000, flowing=3, round_trip=RTT)
    rounds.look(2.0, received=5_500_000, flowing=4, round_trip=RTT)

    assert rounds.target == 16


def test_one_newcomer_whose_packet_was_lost_holds_up_no_judgement():
    rounds = Rounds(most=16)
    rounds.look(0.0, received=0, flowing=3, round_trip=RTT)
    rounds.look(0.2, received=1_000_000, flowing=3, round_trip=RTT)

    assert rounds.target == 16


def test_a_total_that_sags_is_answered_by_one_further_round():
    rounds = Rounds(most=16)
    run(rounds, lambda connections: 4e6)
    assert (rounds.target, rounds.settled) == (4, True)

    rounds.look(10.0, received=40_000_000, flowing=4, round_trip=RTT)
    rounds.look(12.1, received=42_000_000, flowing=4, round_trip=RTT)
    assert rounds.target == 16

    rounds.look(12.2, received=42_100_000, flowing=16, round_trip=RTT)
    rounds.look(13.0, received=45_000_000, flowing=16, round_trip=RTT)
    assert (rounds.target, rounds.settled) == (16, True)


def test_a_further_round_that_brings_nothing_is_not_tried_again_at_the_same_rate():
    rounds = Rounds(most=16)
    run(rounds, lambda connections: 4e6)
    targets = []
    now, received = 10.0, 40_000_000
    while now < 60:
        rounds.look(now, received=received, flowing=rounds.target, round_trip=RTT)
        targets.append(rounds.target)
        now, received = now + 0.1, received + 100_000

    assert sum(one == 4 and other == 16 for one, other in itertools.pairwise(targets)) == 1


@given(
    most=st.integers(1, 64),
    looks=st.lists(st.tuples(st.floats(0, 10), st.integers(0, 10**8), st.integers(0, 64)), max_size=60),
)
def test_there_is_always_one_and_never_more_than_the_most(most, looks):
    rounds = Rounds(most=most)
    now, received = 0.0, 0
    for pause, brought, flowing in looks:
        now, received = now + pause, received + brought
        rounds.look(now, received=received, flowing=flowing, round_trip=RTT)
        assert 1 <= rounds.target <= most


def test_sixteen_come_after_two_round_trips_of_body():
    rounds = Rounds(most=16)
    rounds.look(0.0, received=0, flowing=4, round_trip=RTT)
    rounds.look(1.9 * RTT, received=10_000_000, flowing=4, round_trip=RTT)
    assert rounds.target == 4

    rounds.look(2.1 * RTT, received=11_000_000, flowing=4, round_trip=RTT)
    assert rounds.target == 16


def test_more_than_sixteen_where_that_is_wanted():
    assert run(Rounds(most=64), lambda connections: 1e6 * connections) == [4, 16, 64]


def test_a_fixed_number_is_taken_at_once():
    assert run(Rounds(most=7, fixed=True), lambda _connections: 1e6) == [7]


def test_what_served_the_host_well_is_where_the_next_file_begins():
    rounds = Rounds(most=16, begin_with=16)

    assert (rounds.target, rounds.settled) == (16, True)


def test_connections_that_never_deliver_hold_up_no_judgement():
    rounds = Rounds(most=16)
    rounds.look(0.0, received=0, flowing=1, round_trip=RTT)
    rounds.look(PATIENCE, received=1_000_000, flowing=1, round_trip=RTT)
    rounds.look(PATIENCE + 1, received=3_000_000, flowing=1, round_trip=RTT)

    assert rounds.target == 16


def test_a_host_that_refuses_one_more_gets_no_more_and_is_left_alone_for_a_while():
    rounds = Rounds(most=16, begin_with=16)
    rounds.refused(10.0, running=5)

    rounds.look(10.0 + COOLING * 0.9, received=0, flowing=5, round_trip=RTT)
    assert rounds.target == 5
    rounds.look(10.0 + COOLING, received=0, flowing=5, round_trip=RTT)
    assert rounds.target == 7


def test_one_that_ends_is_replaced_while_a_host_would_not_have_more():
    rounds = Rounds(most=16, begin_with=16)
    rounds.refused(10.0, running=5)

    assert rounds.target == 5
    assert rounds.may_open(10.0)


def test_losses_in_a_row_wait_longer_and_a_delivery_forgets_them():
    rounds = Rounds(most=16, fixed=True)
    rounds.broke(0.0)
    rounds.broke(0.0)
    assert not rounds.may_open(1.9)

    rounds.delivered()
    rounds.broke(10.0)
    assert rounds.may_open(11.0)


def test_a_time_that_the_server_asks_for_is_kept():
    rounds = Rounds(most=16)
    rounds.wait(60.0)

    assert not rounds.may_open(59.0)
    assert rounds.may_open(60.0)
