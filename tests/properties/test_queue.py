"""The queue against a plain list that is sorted anew at every look."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rheo.application.queue import Queue
from rheo.domain.download import DownloadId

IDS = st.integers(1, 12).map(DownloadId)


class QueueAgainstList(RuleBasedStateMachine):
    """Keeps lanes as lists beside the queue."""

    def __init__(self):
        super().__init__()
        self.queue = Queue()
        self.lanes: dict[int, list[DownloadId]] = {}

    @rule(download=IDS, priority=st.integers(-2, 2), first=st.booleans())
    def push(self, download, priority, first):
        self.queue.push(download, priority=priority, first=first)
        self._forget(download)
        lane = self.lanes.setdefault(priority, [])
        lane.insert(0 if first else len(lane), download)

    @rule(download=IDS)
    def remove(self, download):
        self.queue.remove(download)
        self._forget(download)

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
        assert self.queue.peek() == (expected[0] if expected else None)

    def _forget(self, download):
        for lane in self.lanes.values():
            if download in lane:
                lane.remove(download)


TestQueueAgainstList = QueueAgainstList.TestCase


@given(st.lists(st.tuples(IDS, st.integers(-3, 3)), unique_by=lambda pair: pair[0]))
def test_strictly_higher_priorities_come_first_and_then_the_oldest(pushes):
    queue = Queue()
    for download, priority in pushes:
        queue.push(download, priority=priority)

    assert queue.ids() == [download for download, _ in sorted(pushes, key=lambda pair: -pair[1])]
