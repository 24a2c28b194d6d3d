"""Whatever files take, give back and wait for: no more than the budget is held, and everybody gets something."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rheo.engine.limits.budget import KEPT_FREE, KEPT_MOST, Budget

MOST = 1000


class Holdings(RuleBasedStateMachine):
    """Files that come and go, some of them on a slow disk, with connections that take, wait and give back."""

    def __init__(self):
        super().__init__()
        self.budget = Budget(MOST)
        self.files = []
        self.granted = {}
        """What each file was given, by what we know of it."""

    @rule(slow=st.booleans())
    def begin(self, slow):
        holding = self.budget.holding()
        holding.slow = slow
        self.files.append(holding)
        self.granted[holding] = 0

    @precondition(lambda self: self.files)
    @rule(data=st.data(), size=st.integers(1, MOST // 8))
    def take_or_wait(self, data, size):
        holding = data.draw(st.sampled_from(self.files))
        if holding.take(size):
            self.granted[holding] += size
        else:
            who = data.draw(st.integers(0, 3))
            holding.wait((holding, who), size, lambda granted: self._grant(holding, granted))

    def _grant(self, holding, granted):
        self.granted[holding] += granted

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def give_back(self, data):
        holding = data.draw(st.sampled_from(self.files))
        size = data.draw(st.integers(0, self.granted[holding]))
        self.granted[holding] -= size
        holding.give_back(size)

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def end(self, data):
        holding = data.draw(st.sampled_from(self.files))
        self.files.remove(holding)
        del self.granted[holding]
        holding.close()
        holding.give_back(7)
        assert not holding.take(1)

    @invariant()
    def no_more_is_held_than_the_budget(self):
        assert sum(self.granted.values()) == sum(holding.held for holding in self.files) == self.budget.held
        assert self.budget.held <= self.budget.peak <= MOST

    @invariant()
    def nobody_waits_where_nothing_is_held(self):
        assert self.budget.held or not self.budget.waiting

    def teardown(self):
        """Whoever gives back what he has been given has all others served."""
        while self.budget.held:
            for holding in self.files:
                size, self.granted[holding] = self.granted[holding], 0
                holding.give_back(size)
        assert self.budget.waiting == 0


TestHoldings = Holdings.TestCase


@given(files=st.integers(1, 30), chunk=st.integers(1, 10))
def test_each_of_several_files_gets_as_much_as_the_others_and_something_is_left(files, chunk):
    budget = Budget(MOST)
    holdings = [budget.holding() for _ in range(files)]
    while sum(holding.take(chunk) for holding in holdings):
        pass

    held = [holding.held for holding in holdings]
    assert max(held) - min(held) <= chunk
    assert min(held) >= MOST / (files + 1) - 2 * chunk
    assert budget.free >= min(held) - chunk


@given(stalled=st.integers(1, 500))
def test_disks_that_stand_still_leave_something_to_those_that_do_not(stalled):
    budget = Budget(MOST)
    for _ in range(stalled):
        holding = budget.holding()
        holding.slow = True
        while holding.take(1):
            pass

    assert budget.holding().take(MOST // KEPT_FREE)


def test_who_waits_longest_is_served_first_and_only_while_there_is_room():
    budget, told = Budget(MOST), []
    full, first, second = budget.holding(), budget.holding(), budget.holding()
    full.add(MOST)
    first.wait("first", 60, lambda size: told.append(("first", size)))
    second.wait("second", 60, lambda size: told.append(("second", size)))

    full.give_back(100)

    assert told == [("first", 60)]
    assert (first.held, second.held, budget.waiting) == (60, 0, 1)


def test_what_races_keep_leaves_room_for_what_flows():
    budget = Budget(MOST)
    for _ in range(200):
        holding = budget.holding()
        holding.keep(holding.room_to_keep)

    assert budget.kept == MOST // KEPT_MOST
    assert holding.take(MOST // 4)
    assert budget.holding().take(MOST // 4)


def test_what_is_kept_to_be_compared_is_held_until_it_is_not_kept():
    budget = Budget(MOST)
    holding = budget.holding()

    holding.keep(300)
    holding.keep(100)

    assert (holding.held, budget.kept, budget.peak) == (100, 100, 300)

    holding.close()

    assert (budget.held, budget.kept) == (0, 0)
