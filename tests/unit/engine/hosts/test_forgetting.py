"""What of a hundred thousand hosts is remembered."""

from types import SimpleNamespace

import pytest

from rheo.domain.url import Origin
from rheo.engine.hosts.forgetting import MOST, Forgetting
from rheo.engine.hosts.host import Hosts
from rheo.engine.politeness.line import Lines
from rheo.engine.politeness.outage import SEVERAL

FIRST = Origin("https", "first.example", 443)


class Memory:
    """Hosts that are asked one after the other, in time that is only counted."""

    def __init__(self):
        self.now = 1000.0
        self.hosts = Hosts()
        clock = SimpleNamespace(monotonic=lambda: self.now)
        self.lines = Lines(lambda origin: self.hosts[origin].gate, clock, dice=lambda: 0.5)
        self.forgetting = Forgetting(self.hosts, self.lines)

    def ask(self, origin):
        line = self.lines[origin]
        line.gate.ended(line.go())

    def ask_many(self, count):
        for number in range(count):
            self.now += 0.001
            self.ask(Origin("https", f"host{number}.example", 443))
            self.forgetting.look(self.now)
        return {origin.host for origin in self.hosts}


def test_so_many_are_remembered_and_no_more_those_that_were_asked_last():
    known = Memory().ask_many(10 * MOST)
    assert len(known) <= MOST
    assert {f"host{10 * MOST - n}.example" for n in range(1, MOST // 2)} <= known


def busy(memory):
    memory.hosts[FIRST].add()


def crowded(memory):
    memory.hosts[FIRST].transfers += 1


def asked(memory):
    memory.lines[FIRST].go()


def rests(memory):
    memory.hosts[FIRST].rest.until = memory.now + 1e6


def closed(memory):
    memory.hosts[FIRST].gate.used_up(memory.now, 3600.0, jitter=0.0)


def slowed(memory):
    gate = memory.hosts[FIRST].gate
    for _ in range(9):
        gate.go(memory.now)
    gate.refused(memory.now, memory.now, status=429, wait=None, jitter=0.0)
    gate.under_way = 0
    assert gate.limit.at(memory.now) is not None


def down(memory):
    for download in range(SEVERAL):
        memory.lines[FIRST].outage.failed(download, memory.now)


def stood_for(memory):
    memory.lines[FIRST].on_change = lambda: None


@pytest.mark.parametrize("state", [busy, crowded, asked, rests, closed, slowed, down, stood_for])
def test_who_is_in_use_or_is_to_be_left_alone_is_not_forgotten(state):
    memory = Memory()
    memory.ask(FIRST)
    state(memory)
    assert FIRST.host in memory.ask_many(3 * MOST)


def test_a_host_is_forgotten_where_a_single_download_found_nobody():
    memory = Memory()
    memory.ask(FIRST)
    memory.lines[FIRST].outage.failed(1, memory.now)
    assert FIRST.host not in memory.ask_many(3 * MOST)


def test_a_host_that_keeps_its_delay_is_forgotten_like_any_other():
    memory = Memory()
    memory.hosts.delay_of = lambda _: 0.5
    memory.ask(FIRST)
    assert len(memory.ask_many(10 * MOST)) <= 2 * MOST
    assert FIRST not in memory.hosts._hosts
