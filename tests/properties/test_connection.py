"""Whatever a disk has room for, and however an answer is cut into chunks: every byte once, where it belongs."""

from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.resource import Resource
from rheo.domain.url import parse_url
from rheo.engine.answers.gatekeeper import Ask, Take
from rheo.engine.limits.budget import Budget
from rheo.engine.planning.planner import Planner
from rheo.engine.planning.proof import Seams
from rheo.engine.requests.connection import Connection, Intake
from rheo.transport.base import Flow

CONTENT = bytes(number % 251 for number in range(3000))


class Disk:
    """A file that has room when chance says so, and writes when it is told to what waits for that."""

    def __init__(self, rooms, *, seams, budget, slow):
        self.holding = budget.holding()
        self.holding.slow = slow
        self.waiting = 0
        self.seams = Seams()
        self.seams.ahead = 40 if seams else 0
        self.there = bytearray(len(CONTENT))
        self.times = [0] * len(CONTENT)
        self._rooms = rooms

    def has_room(self, _tell):
        return self._rooms.pop() if self._rooms else True

    def write(self, offset, chunks):
        self.waiting += sum(map(len, chunks))
        if not self.holding.slow:
            self.written()
        for byte in b"".join(chunks):
            self.there[offset] = byte
            self.times[offset] += 1
            offset += 1

    def written(self):
        size, self.waiting = self.waiting, 0
        self.holding.give_back(size)


class Nothing:
    resumed = False

    def resume(self):
        self.resumed = True


@given(
    sizes=st.lists(st.integers(1, 700), min_size=1),
    rooms=st.lists(st.booleans(), max_size=60),
    window=st.none() | st.integers(1, 900),
    skipped=st.integers(0, 200),
    seams=st.booleans(),
    memory=st.tuples(st.lists(st.integers(0, 1000), max_size=20), st.booleans()),
)
def test_every_byte_is_written_once_where_it_belongs(sizes, rooms, window, skipped, seams, *, memory):
    budget, (others, slow) = Budget(1000), memory
    disk = Disk(rooms, seams=seams, budget=budget, slow=slow)
    other = budget.holding()
    plan, segment = Planner.whole(len(CONTENT), min_split=None, window=window)
    connection = Connection(Ask(url=parse_url("http://a/")), known=None, accept=lambda *_: None, clock=None)
    connection.verdict = Take(0, len(CONTENT), Resource(size=len(CONTENT)), skipped)
    connection.intake, connection.exchange, connection._skip = Intake(disk, plan, segment), Nothing(), skipped
    connection.gathering = 100
    sent = bytes(skipped) + CONTENT

    position, flow, number = 0, Flow.GO_ON, 0
    while position < len(sent) and flow is not Flow.STOP:
        other.keep(min(others.pop(), budget.free) if others else 0)
        chunk = sent[position : position + sizes[number % len(sizes)]]
        flow = connection.chunk(chunk)
        while flow is Flow.PAUSE:
            disk.written()
            other.keep(0)
            flow = connection.chunk(chunk)  # it comes again as a whole (transport/base.py)
        assert budget.held <= budget.most
        position, number = position + len(chunk), number + 1
    connection.end()
    disk.written()
    other.close()

    assert budget.held == 0
    assert budget.peak <= budget.most
    brought = connection.brought
    assert disk.there[:brought] == CONTENT[:brought]
    assert disk.times == [1] * brought + [0] * (len(CONTENT) - brought)
    assert plan.rest == len(CONTENT) - brought


def test_who_waits_behind_many_whose_disk_stands_still_goes_on_by_the_next_tick():
    budget = Budget(1000)
    standing, last = budget.holding(), budget.holding()
    standing.slow = True
    standing.add(500)
    last.add(500)
    for number in range(100):
        standing.wait(number, 400, lambda _size: None)
    disk, exchange = Disk([], seams=False, budget=budget, slow=False), Nothing()
    connection = Connection(Ask(url=parse_url("http://a/")), known=None, accept=lambda *_: None, clock=None)
    plan, segment = Planner.whole(len(CONTENT), min_split=None, window=None)
    connection.intake, connection.exchange = Intake(disk, plan, segment), exchange

    assert connection.chunk(CONTENT[:100]) is Flow.PAUSE
    last.close()
    connection.tick(0.0)

    assert exchange.resumed
    assert connection.chunk(CONTENT[:100]) is Flow.GO_ON
