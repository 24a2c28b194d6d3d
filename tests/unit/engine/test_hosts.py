"""What is remembered of hosts: where one leads, how long it is believed to, and of how many anything is."""

from rheo.domain.url import Origin, parse_url
from rheo.engine.clock import SystemClock
from rheo.engine.hosts import MOST, Hosts
from rheo.engine.politeness.line import Lines

START = parse_url("https://releases.example/").origin
END = parse_url("https://objects.example/").origin
OTHER = parse_url("https://elsewhere.example/").origin


def test_three_in_a_row_to_one_host_are_a_habit() -> None:
    hosts = Hosts()
    for _ in range(2):
        hosts.led(START, END)
    assert hosts.leads_to(START) is None
    hosts.led(START, END)
    assert hosts.leads_to(START) == END


def test_one_that_leads_elsewhere_or_nowhere_ends_it() -> None:
    hosts = Hosts()
    for end in (OTHER, START):
        for _ in range(3):
            hosts.led(START, END)
        hosts.led(START, end)
        assert hosts.leads_to(START) is None


def numbered(number: int) -> Origin:
    return Origin("http", f"{number}.example", 80)


def test_of_very_many_hosts_the_last_ones_are_remembered_and_those_in_use() -> None:
    hosts = Hosts()
    hosts[START].add()
    hosts[END].gate.refused(0.0, 1.0, status=503, wait=None, jitter=0.5)
    hosts[OTHER].gate.go(0.0)
    used = {origin: hosts[origin] for origin in (START, END, OTHER)}
    for number in range(5 * MOST):
        hosts[numbered(number)].level = number

    assert len(hosts._hosts) <= MOST
    assert hosts[numbered(5 * MOST - 1)].level == 5 * MOST - 1
    assert hosts[numbered(0)].level is None
    assert all(hosts[origin] is host for origin, host in used.items())


def test_a_host_that_somebody_else_needs_is_not_forgotten() -> None:
    hosts = Hosts(let_go=lambda origin: origin != START)
    start = hosts[START]
    for number in range(5 * MOST):
        assert hosts[numbered(number)]

    assert hosts[START] is start
    assert len(hosts._hosts) <= MOST


def test_where_all_are_needed_they_are_not_looked_through_for_each_new_one() -> None:
    asked = []
    hosts = Hosts(let_go=lambda origin: asked.append(origin) is not None)
    for number in range(3 * MOST):
        assert hosts[numbered(number)]

    assert len(hosts._hosts) == 3 * MOST
    assert len(asked) <= 3 * MOST


def test_line_and_gate_of_a_host_are_forgotten_together() -> None:
    hosts = Hosts()
    lines = Lines(lambda origin: hosts[origin].gate, SystemClock(), dice=lambda: 0.5)
    hosts.let_go = lines.let_go
    lines[START].on_change = lambda: None
    for number in range(3 * MOST):
        assert lines[numbered(number)].gate is hosts[numbered(number)].gate

    assert lines[START].gate is hosts[START].gate
    assert lines[numbered(0)].gate is hosts[numbered(0)].gate
    assert len(lines._lines) <= MOST
