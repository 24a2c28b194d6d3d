"""Who gets a slot where several hosts want one: simulated, a slot at a time."""

from hypothesis import given
from hypothesis import strategies as st

from rheo.application.queue import Queue
from rheo.application.slots import MOST_LENT, Slots
from rheo.domain.download import DownloadId
from rheo.domain.settings import Settings
from rheo.domain.url import Origin

HOSTS = [Origin("https", f"{name}.example", 443) for name in "abc"]


class Simulation:
    """Downloads that hold a slot until they are ended."""

    def __init__(self, most=None):
        self.slots = Slots(Settings(max_concurrent=most), worth=lambda: None)
        self.queue = Queue()
        self.running = []
        self._hosts = {}

    def queue_up(self, origin, count=1, *, priority=0):
        for _ in range(count):
            download = DownloadId(len(self._hosts) + 1)
            self._hosts[download] = origin
            self.queue.push(download, priority=priority, origin=origin)

    def fill(self):
        while self.slots.any_left:
            download = self.queue.peek(self.slots.has_share) or self.queue.peek(self.slots.left_for)
            if download is None:
                return
            self.queue.remove(download)
            self.slots.take(self._hosts[download])
            self.running.append(self._hosts[download])

    def end(self, origin):
        self.running.remove(origin)
        self.slots.give_back(origin, lent=False)


def test_a_host_alone_has_all_slots():
    one = Simulation()
    one.queue_up(HOSTS[0], 1000)
    one.fill()
    assert one.running == [HOSTS[0]] * 8


def test_a_host_has_half_of_the_slots_where_others_wait():
    two = Simulation()
    two.queue_up(HOSTS[0], 1000)
    two.queue_up(HOSTS[1], 1000)
    two.fill()
    assert two.running == [HOSTS[0]] * 4 + [HOSTS[1]] * 4


def test_what_others_do_not_want_goes_to_whoever_does():
    two = Simulation()
    two.queue_up(HOSTS[0], 1000)
    two.queue_up(HOSTS[1], 2)
    two.fill()
    assert two.running.count(HOSTS[0]) == 6


def test_a_host_that_hangs_leaves_half_of_the_slots_to_the_others():
    two = Simulation()
    two.queue_up(HOSTS[0], 100)
    two.queue_up(HOSTS[1], 100)
    two.fill()
    for _ in range(96):
        two.end(HOSTS[1])
        two.fill()
    assert len(two.queue) == 96
    assert two.running == [HOSTS[0]] * 4 + [HOSTS[1]] * 4


def test_a_higher_priority_goes_first_whatever_its_host_has():
    two = Simulation()
    two.queue_up(HOSTS[0], 10, priority=1)
    two.queue_up(HOSTS[1], 10)
    two.fill()
    assert two.running == [HOSTS[0]] * 8


def test_streams_of_one_connection_are_shared_the_same_way():
    two = Simulation()
    for host in HOSTS[:2]:
        two.slots.multiplexes(host)
    two.queue_up(HOSTS[0], 100)
    two.fill()
    assert len(two.running) == 64
    two.queue_up(HOSTS[1], 100)
    for _ in range(40):
        two.end(HOSTS[0])
        two.fill()
    assert two.running.count(HOSTS[0]) == two.running.count(HOSTS[1]) == 32


def test_what_a_host_lends_serves_others_and_not_itself():
    one = Simulation()
    one.queue_up(HOSTS[0], 1000)
    one.fill()
    for _ in range(8):
        one.slots.lend(HOSTS[0])
    one.fill()
    assert one.running == [HOSTS[0]] * 8
    one.queue_up(HOSTS[1], 3)
    one.fill()
    assert one.running.count(HOSTS[1]) == 3
    for _ in range(8):
        one.slots.take_back(HOSTS[0])
    assert one.slots.taken == 11
    assert not one.slots.any_left


def test_nothing_is_lent_where_connections_are_counted_nor_without_end():
    counted = Slots(Settings(max_connections=4), worth=lambda: None)
    assert not counted.may_lend
    lavish = Slots(Settings(), worth=lambda: None)
    for _ in range(MOST_LENT):
        assert lavish.may_lend
        lavish.lend(HOSTS[0])
    assert not lavish.may_lend


def test_fewer_are_lent_where_the_process_may_have_few_files_open():
    slots = Slots(Settings(), worth=lambda: None, open_files=lambda: 8)
    for _ in range(2):
        assert slots.may_lend
        slots.lend(HOSTS[0])
    assert not slots.may_lend


def test_a_host_that_had_all_slots_lends_what_is_above_its_share_to_one_that_comes_later():
    one = Simulation()
    one.slots.enter(HOSTS[0])
    one.queue_up(HOSTS[0], 100)
    one.fill()
    assert not one.slots.has_more_than_share(HOSTS[0], lends=False)
    one.slots.enter(HOSTS[1])
    one.queue_up(HOSTS[1], 100)
    lent = 0
    while one.slots.has_more_than_share(HOSTS[0], lends=False):
        one.slots.lend(HOSTS[0])
        lent += 1
    one.fill()
    assert lent == one.running.count(HOSTS[1]) == 4
    assert one.slots.has_more_than_share(HOSTS[0], lends=True)


def test_nobody_has_more_than_the_user_says():
    slots = Slots(Settings(max_concurrent=4), worth=lambda: None)
    for host in HOSTS[:2]:
        slots.enter(host)
    for _ in range(4):
        slots.take(HOSTS[0])
    assert not slots.has_more_than_share(HOSTS[0], lends=False)


def test_who_ends_while_its_slot_is_lent_leaves_none_behind():
    slots = Slots(Settings(), worth=lambda: None)
    slots.take(HOSTS[0])
    slots.lend(HOSTS[0])
    slots.give_back(HOSTS[0], lent=True)
    assert (slots.taken, slots.lent) == (0, 0)


@given(
    most=st.integers(1, 9),
    acts=st.lists(st.tuples(st.sampled_from(["queue", "end"]), st.sampled_from(HOSTS), st.integers(1, 5)), max_size=60),
)
def test_no_slot_is_idle_while_anybody_waits_and_no_host_that_has_too_little_waits_for_one_that_began_later(most, acts):
    several = Simulation(most)
    for act, origin, count in acts:
        if act == "queue":
            several.queue_up(origin, count)
        elif origin in several.running:
            several.end(origin)
            before, waited = list(several.running), {several._hosts[download] for download in several.queue.ids()}
            poor = [host for host in HOSTS if host in waited and before.count(host) < max(1, most // 2)]
            several.fill()
            began = several.running[len(before) :]
            assert not poor or (began and began[0] in poor)
            continue
        several.fill()
        assert len(several.running) == most or not len(several.queue)
