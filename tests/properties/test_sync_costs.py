"""When a file system is synced as a whole, whatever that and its alternative cost."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from rheo.storage.sync_costs import FACTOR, LEAST_FILES, REPAID, SWEEPS, UNNOTICED, SyncCosts

MANY = st.integers(LEAST_FILES, 1000)
SECONDS = st.floats(0, 100)


class Life(RuleBasedStateMachine):
    """Groups that are synced as it is said, and take their time."""

    def __init__(self):
        super().__init__()
        self.costs = SyncCosts()
        self.of_one = None
        self.in_a_row = 0
        self.due = 0.0

    @rule(files=MANY, seconds=SECONDS)
    def sync(self, files, seconds):
        if self.costs.worth_a_sweep(files):
            assert self.of_one is not None, "who never measured the other way knows nothing"
            assert self.due <= 1e-9, "a sweep that took too long was not made up for"
            self.costs.swept(files, seconds)
            self.in_a_row += 1
            self.due = REPAID * max(0.0, seconds - max(UNNOTICED, FACTOR * files * self.of_one))
        else:
            self.costs.synced_one_by_one(files, seconds)
            self.of_one = seconds / files
            self.in_a_row = 0
            self.due -= min(self.due, seconds)

    @rule(files=st.integers(0, LEAST_FILES - 1), seconds=SECONDS)
    def sync_few(self, files, seconds):
        assert not self.costs.worth_a_sweep(files)
        self.costs.synced_one_by_one(files, seconds)

    @invariant()
    def both_ways_are_measured_again_and_again(self):
        assert self.in_a_row <= SWEEPS

    @invariant()
    def what_may_be_swept_does_not_depend_on_how_many_more_there_are(self):
        assert self.costs.worth_a_sweep(LEAST_FILES) == self.costs.worth_a_sweep(1000)


TestLife = Life.TestCase


@given(MANY, st.lists(st.tuples(MANY, st.floats(0, UNNOTICED)), max_size=SWEEPS - 1))
def test_sweeps_that_nobody_notices_go_on(files, sweeps):
    costs = SyncCosts()
    costs.synced_one_by_one(files, 0.0)
    for swept, seconds in sweeps:
        costs.swept(swept, seconds)

    assert costs.worth_a_sweep(files)


def test_one_that_took_a_second_too_long_costs_ten_seconds_of_syncing_file_by_file():
    costs = SyncCosts()
    costs.synced_one_by_one(200, 0.05)
    costs.swept(200, UNNOTICED + 1.0)

    costs.synced_one_by_one(200, 9.9)
    assert not costs.worth_a_sweep(200)
    costs.synced_one_by_one(200, 0.2)
    assert costs.worth_a_sweep(200)
