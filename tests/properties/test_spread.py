"""Every line is handed over once, within the room there is, and no host keeps another one from its turn."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from rheo.domain.batch.spread import AHEAD, FEW, HANDED, HELD, MOST, READY, Spread


class _Run:
    """A list, its hosts, and those that finish what is handed over to them."""

    def __init__(self, lines, *, parks):
        self.lines = iter(enumerate(lines))
        self.spread = Spread(parks=parks, now=0.0)
        self.parked = {}
        self.handed = {}
        self.seen = []
        self.staying = frozenset()
        self.most_held = self.read = 0
        self.ended = False

    def step(self, now, *, dead=frozenset(), finishing=HANDED):
        for _ in range(self.spread.wanted(now)):
            number, host = next(self.lines, (None, None))
            if number is None:
                self.ended = True
                break
            self.spread.put(host, number, stays=number in self.staying)
            self.read += 1
        self.most_held = max(self.most_held, self.spread.held)
        self._hand_over()
        for host, number in self.spread.surplus():
            assert number not in self.staying
            self.parked.setdefault(host, []).append(number)
        for host, most in self.spread.wanted_back():
            back, self.parked[host] = self.parked[host][:most], self.parked[host][most:]
            for number in back:
                self.spread.put_back(host, number)
        for number in [number for number, host in self.handed.items() if host not in dead][:finishing]:
            self.spread.finish(self.handed.pop(number), now)

    def _hand_over(self):
        for number in self.spread.take():
            assert self.spread.handed <= MOST
            self.seen.append(number)
            self.handed[number] = self.hosts[number]


def _run(lines, *, parks=True):
    run = _Run(lines, parks=parks)
    run.hosts = lines
    return run


HOSTS = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(1, 3000)).map(lambda pair: [pair[0]] * pair[1]), max_size=8
).map(lambda parts: [host for part in parts for host in part])


@settings(max_examples=60, deadline=None)
@given(HOSTS, st.booleans(), st.integers(1, HANDED), st.sampled_from([1, 2, 1000, 10**6]))
def test_every_line_is_handed_over_once_whatever_finishes_when(lines, parks, finishing, nth):
    run, now = _run(lines, parks=parks), 0.0
    run.staying = range(0, len(lines) if parks else 0, nth)

    while not (run.ended and not run.spread.left):
        now += 0.1
        run.step(now, finishing=finishing)
        assert run.spread.held <= (READY * 3 if parks and nth > 2 else HELD)

    assert Counter(run.seen) == Counter(range(len(lines)))
    assert not run.spread._hosts


@settings(max_examples=60, deadline=None)
@given(HOSTS, st.sets(st.sampled_from("abcdef"), max_size=4))
def test_lines_of_living_hosts_are_all_fetched_beside_dead_ones(lines, dead):
    run, now = _run(lines), 0.0

    for _ in range(200):
        now += 2.0  # nothing but the dead is left, and the list moves on by as much as it can
        run.step(now, dead=dead)

    alive = [number for number, host in enumerate(lines) if host not in dead]
    assert run.ended
    assert set(alive) <= set(run.seen)


def test_a_slow_host_in_front_keeps_a_list_from_moving_by_no_more_than_its_pace():
    run, now = _run(["slow"] * 20_000 + ["fast"]), 0.0

    while 20_000 not in run.seen:
        now += 0.1
        run.step(now, finishing=1)

    assert now < 20_000 / AHEAD + 2
    assert run.most_held <= 2 * READY
    assert run.spread.parked > 15_000


def test_a_few_lines_that_cannot_be_parked_keep_no_others_from_being_parked():
    run, now = _run(["slow"] * 20_000 + ["fast"]), 0.0
    run.staying = range(0, 20_000, 100)

    while 20_000 not in run.seen:
        now += 0.1
        run.step(now, dead={"slow"})

    assert now < 20_000 / AHEAD + 2


def test_hosts_by_the_thousand_that_are_dead_keep_a_list_from_moving_for_seconds_only():
    dead = [f"dead{number}" for number in range(3000)]
    run, now = _run(["slow"] * 2000 + dead + ["fast"]), 0.0

    while 5000 not in run.seen:
        now += 0.1
        run.step(now, dead={"slow", *dead})

    assert now < 10
    assert run.most_held <= 2 * READY


def test_dead_hosts_whose_lines_are_tried_again_keep_a_list_from_moving_no_longer_than_that_shows():
    dead = MOST - HANDED
    run = _run([*(f"dead{number}" for number in range(dead)), "fast"])
    waiting = 0

    while dead not in run.seen:
        run.step(0.0, finishing=0)
        for number in run.seen[waiting:dead]:
            run.spread.wait(f"dead{number}")
        assert len(run.seen) > waiting
        waiting = len(run.seen)

    assert run.spread.handed == dead + 1


def test_a_host_that_finished_a_line_is_not_silent_where_another_one_waits():
    run = _run(["a"] * 10 * HANDED)
    run.step(0.1, finishing=1)
    for _ in range(10):
        run.spread.wait("a")
        run.step(0.1, finishing=1)

    assert run.spread.handed <= HANDED


def test_no_more_are_handed_over_than_usual_as_long_as_hosts_finish_some():
    run, now = _run(["a", "b", "c"] * 10_000), 0.0

    while run.spread.left or not run.ended:
        now += 0.1
        run.step(now, finishing=50)
        assert run.spread.handed <= HANDED


def test_a_list_of_one_quick_host_is_read_as_it_is_fetched_and_nothing_is_parked():
    run, now = _run(["quick"] * 50_000), 0.0

    while not run.ended:
        now += 0.1
        run.step(now, finishing=300)
        assert not run.spread.parked

    assert run.read - len(run.seen) <= READY


def test_parked_lines_come_back_before_their_host_runs_out_of_them():
    run, now = _run(["a"] * 6000), 0.0
    while not run.spread.parked:
        now += 2.0
        run.step(now, dead={"a"})

    while run.spread.left:
        now += 0.1
        run.step(now)
        if run.spread.parked:
            assert len(run.spread._hosts["a"].held) >= FEW - HANDED // 2

    assert len(run.seen) == 6000
