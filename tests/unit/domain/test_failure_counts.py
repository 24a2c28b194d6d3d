"""Counting what failed, in bounded memory."""

from rheo.domain.errors import ConnectError, HttpStatusError, NeedsNewUrlError
from rheo.domain.failure_counts import MOST_HOSTS, Commonest, FailureCounts, Kind, kind_of


def test_errors_are_counted_by_code_and_status():
    counts = FailureCounts()
    for error in (ConnectError("no"), HttpStatusError("no", status=404), HttpStatusError("other words", status=404)):
        counts.add(error, host="a.example")

    assert counts.total == 3
    assert {str(kind): count for kind, count in counts.kinds.items()} == {"connect_failed": 1, "http_status 404": 2}
    assert kind_of(NeedsNewUrlError("expired", status=403)) == Kind("needs_new_url", 403)


def test_the_worst_of_a_million_hosts_is_named_though_few_are_kept():
    hosts = Commonest(MOST_HOSTS)
    for number in range(50_000):
        hosts.add(f"{number}.example")
        if number % 5 == 0:
            hosts.add("bad.example")

    ((name, count),) = hosts.first(1)
    assert name == "bad.example"
    assert 10_000 <= count <= 10_000 + hosts.slack
    assert len(hosts.first(10**9)) <= 2 * MOST_HOSTS


def test_where_no_host_stands_out_of_too_many_none_is_named():
    counts = FailureCounts()
    for number in range(5000):
        counts.add(ConnectError("no"), host=f"{number}.example")
    assert counts.worst_hosts(5) == []

    for _ in range(100):
        counts.add(ConnectError("no"), host="bad.example")
    ((host, least),) = counts.worst_hosts(5)
    assert host == "bad.example"
    assert 90 < least <= 100


def test_counts_are_exact_and_equal_ones_in_the_order_of_their_coming_as_long_as_there_are_few():
    hosts = Commonest(2)
    for name in "abcab":
        hosts.add(name)

    assert (hosts.slack, hosts.first(5)) == (0, [("a", 2), ("b", 2), ("c", 1)])
