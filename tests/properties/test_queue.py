"""The queue against a plain list that is sorted anew at every look."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rheo.application.queue import NEWCOMERS, Queue
from rheo.domain.download import DownloadId
from rheo.domain.url import Origin

IDS = st.integers(1, 12).map(DownloadId)
HOSTS = st.sampled_from([Origin("http", name, 80) for name in ("a.example", "b.example", "c.example")])


class QueueAgainstList(RuleBasedStateMachine):
    """Keeps lanes as lists beside the queue."""

    def __init__(self):
        super().__init__()
        self.queue = Queue()
        self.lanes: dict[int, list[DownloadId]] = {}
        self.hosts: dict[DownloadId, Origin] = {}

    @rule(download=IDS, priority=st.integers(-2, 2), origin=HOSTS, first=st.booleans())
    def push(self, download, priority, origin, first):
        self.queue.push(download, priority=priority, origin=origin, first=first)
        self._forget(download)
        lane = self.lanes.setdefault(priority, [])
        lane.insert(0 if first else len(lane), download)
        self.hosts[download] = origin

    @rule(download=IDS)
    def remove(self, download):
        self.queue.remove(download)
        self._forget(download)

    @rule(allowed=st.sets(HOSTS))
    def peek(self, allowed):
        assert self.queue.peek(allowed.__contains__) == self._expected(allowed)

    @rule(allowed=st.sets(HOSTS))
    def take(self, allowed):
        download = self.queue.peek(allowed.__contains__)
        assert download == self._expected(allowed)
        if download is not None:
            self.queue.remove(download)
            self._forget(download)

    @rule(times=st.integers(1, 100), priority=st.integers(-2, 2), origin=HOSTS)
    def push_and_remove_again_and_again(self, times, priority, origin):
        for _ in range(times):
            self.queue.push(DownloadId(13), priority=priority, origin=origin)
            self.queue.remove(DownloadId(13))

    @precondition(lambda self: any(self.lanes.values()))
    @rule(data=st.data(), position=st.integers(-5, 5))
    def move(self, data, position):
        lane = data.draw(st.sampled_from([lane for lane in self.lanes.values() if lane]))
        download = data.draw(st.sampled_from(lane))
        self.queue.move(download, position)
        lane.remove(download)
        lane.insert(position if position >= 0 else max(0, len(lane) + 1 + position), download)

    @invariant()
    def same_order(self):
        expected = [download for priority in sorted(self.lanes, reverse=True) for download in self.lanes[priority]]
        assert self.queue.ids() == expected
        assert len(self.queue) == len(expected)
        assert all(download in self.queue for download in expected)
        assert self.queue.peek() == (expected[0] if expected else None)

    def _expected(self, allowed):
        highest = next(
            (self.lanes[priority] for priority in sorted(self.lanes, reverse=True) if self.lanes[priority]), []
        )
        return next((download for download in highest if self.hosts[download] in allowed), None)

    def _forget(self, download):
        for lane in self.lanes.values():
            if download in lane:
                lane.remove(download)


TestQueueAgainstList = QueueAgainstList.TestCase


@given(st.lists(st.tuples(IDS, st.integers(-3, 3), HOSTS), unique_by=lambda pushed: pushed[0]))
def test_strictly_higher_priorities_come_first_and_then_the_oldest(pushes):
    queue = Queue()
    for download, priority, origin in pushes:
        queue.push(download, priority=priority, origin=origin)

    assert queue.ids() == [download for download, *_ in sorted(pushes, key=lambda pushed: -pushed[1])]


def test_who_was_passed_over_is_not_looked_at_again_for_each_that_starts():
    queue, asked = Queue(), []
    full, other = Origin("http", "full.example", 80), Origin("http", "other.example", 80)
    for number in range(1000):
        queue.push(DownloadId(number + 1), priority=0, origin=full if number < 900 else other)

    def may(origin):
        asked.append(origin)
        return origin == other

    while (download := queue.peek(may)) is not None:
        queue.remove(download)

    assert len(queue) == 900
    assert len(asked) < 900 + 3 * 101


HOST = Origin("http", "a.example", 80)


@given(
    st.lists(st.booleans(), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 11), st.integers(-12, 12)), max_size=6),
)
def test_moving_puts_newcomers_and_those_that_failed_before_where_it_says(pushes, moves):
    queue = Queue()
    for number, again in enumerate(pushes):
        queue.push(DownloadId(number), priority=0, origin=HOST, again=again)

    for number, position in moves:
        download = DownloadId(number % len(pushes))
        expected = [one for one in queue.ids() if one != download]
        expected.insert(position if position >= 0 else max(0, len(expected) + 1 + position), download)
        queue.move(download, position)
        assert queue.ids() == expected


@given(st.lists(st.sampled_from(["newcomer", "again", "start"]), max_size=60))
def test_those_that_failed_before_take_turns_with_newcomers_and_each_keeps_its_place(steps):
    queue, ids, again = Queue(), iter(range(1, 1000)), set()
    left, started = [], []
    newcomers_in_a_row = again_in_a_row = 0
    for step in [*steps, *["start"] * len(steps)]:
        if step != "start":
            download = DownloadId(next(ids))
            queue.push(download, priority=0, origin=HOST, again=step == "again")
            if step == "again":
                newcomers_in_a_row = newcomers_in_a_row if again.intersection(left) else 0
                again.add(download)
            left.append(download)
        elif (download := queue.peek()) is not None:
            queue.remove(download)
            left.remove(download)
            started.append(download)
            if download in again:
                newcomers_in_a_row, again_in_a_row = 0, again_in_a_row + 1
            else:
                newcomers_in_a_row, again_in_a_row = newcomers_in_a_row + 1, 0
            assert newcomers_in_a_row <= NEWCOMERS or not again.intersection(left)
            assert again_in_a_row <= 1 or again.issuperset(left)

    assert not left
    for kind in (again, set(started) - again):
        assert [one for one in started if one in kind] == sorted(kind)
