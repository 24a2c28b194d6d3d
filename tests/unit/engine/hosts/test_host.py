"""Where a host leads, and how long it is believed to."""

from rheo.domain.url import parse_url
from rheo.engine.hosts.host import Hosts

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
