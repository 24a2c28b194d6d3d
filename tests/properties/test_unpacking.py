"""However a coded body is cut into chunks, and whatever a disk has room for: the file's bytes, each once."""

import gzip

from hypothesis import given
from hypothesis import strategies as st

from rheo.domain.resource import Resource
from rheo.domain.url import parse_url
from rheo.engine.answers.gatekeeper import Ask, Take
from rheo.engine.clock import SystemClock
from rheo.engine.limits.budget import Budget
from rheo.engine.planning.planner import ENDLESS, Planner
from rheo.engine.planning.proof import Seams
from rheo.engine.requests.connection import Connection, Intake
from rheo.engine.requests.unpacking import Unpacking
from rheo.transport.base import Flow, Head

CONTENT = b"".join(number.to_bytes(4, "big") * 20 for number in range(4000))
CODED = gzip.compress(CONTENT, mtime=0)
ASK = Ask(url=parse_url("http://a/"), ranged=False, coding="gzip, deflate")


class Disk:
    """A file that has room when chance says so."""

    def __init__(self, rooms):
        self.holding = Budget(1 << 20).holding()
        self.seams = Seams()
        self.there = bytearray()
        self._rooms = rooms

    def has_room(self, _tell):
        return self._rooms.pop() if self._rooms else True

    def write(self, offset, chunks):
        assert offset == len(self.there)
        self.there += b"".join(chunks)
        self.holding.give_back(sum(map(len, chunks)))


class Nothing:
    def resume(self):
        pass


@given(
    sizes=st.lists(st.integers(1, 3000), min_size=1),
    rooms=st.lists(st.booleans(), max_size=60),
    growing=st.integers(0, 500),
    coding=st.sampled_from(["gzip", None]),
)
def test_every_byte_arrives_once_however_often_it_had_to_wait(sizes, rooms, growing, coding):
    disk = Disk(rooms)
    plan, segment = Planner.whole(ENDLESS, min_split=None, window=None)
    intake = Intake(disk, plan, segment, coding=coding)
    connection = Connection(ASK, known=None, accept=lambda *_: intake, clock=SystemClock())
    connection.gathering = 100
    unpacking = Unpacking(connection)
    assert unpacking.begin(Head("1.1", 200, {}), Nothing()) is Flow.GO_ON
    assert connection.verdict == Take(0, None, Resource())

    position, number = 0, 0
    while position < len(CODED):
        size = sizes[number % len(sizes)]
        while unpacking.chunk(CODED[position : position + size]) is Flow.PAUSE:
            size += growing  # it comes again as a whole, perhaps with what came meanwhile
        position, number = position + size, number + 1
    unpacking.finish()
    connection.end()

    assert disk.there == (CODED if coding is None else CONTENT)
    assert connection.brought == len(disk.there)
