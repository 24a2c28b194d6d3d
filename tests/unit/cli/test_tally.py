from hypothesis import given
from hypothesis import strategies as st

from rheo.cli.tally import FEW, KEPT, Failure, Tally
from rheo.domain.download import DownloadId
from rheo.domain.errors import BadLineError
from rheo.domain.events import DownloadPaused, DownloadQueued, Event, Lagged
from rheo.domain.failure_counts import Kind
from unit.cli.happenings import BUSY, NOON, URL, added, completed, failed, sampled, started, wait, waiting

ONE = DownloadId(1)


def tally_of(*events: Event) -> Tally:
    tally = Tally()
    for event in events:
        tally.take(event)
    return tally


def test_what_runs_is_seen_with_its_latest_sample() -> None:
    tally = tally_of(added(), started(), sampled(received=1), sampled(received=2))
    assert [progress.received for progress in tally.running.values()] == [2]
    assert (tally.total, tally.left, tally.received) == (1, 1, 2)


def test_a_sample_that_its_own_end_overtook_counts_no_more() -> None:
    assert tally_of(added(), started(), completed(), sampled(received=2)).running == {}


def test_what_waits_does_not_run() -> None:
    tally = tally_of(added(), started(), waiting())
    assert (tally.running, tally.waiting, tally.left) == ({}, {ONE: wait()}, 1)


def test_a_wait_ends_in_the_queue() -> None:
    assert tally_of(added(), started(), waiting(), DownloadQueued(ONE, NOON)).waiting == {}


def test_what_is_done_counts_with_its_bytes_and_what_was_there_without() -> None:
    tally = tally_of(added(1), added(2), completed(1), completed(2, skipped=True))
    assert (tally.done, tally.skipped, tally.size, tally.left) == (1, 1, 2048, 0)


def test_a_failure_is_kept_with_its_url() -> None:
    tally = tally_of(added(), started(), failed())
    (failure,) = tally.failures
    assert (failure.url, failure.error) == (URL, BUSY)
    assert (tally.failed, tally.last_failure) == (1, failure)


def test_of_many_failures_some_are_kept_and_all_are_counted() -> None:
    tally = tally_of()
    for number in range(1, 1001):
        tally.take(added(number, f"https://host{number % 3}.example:8443/{number}?a=/b"))
        tally.take(failed(number))
    tally.refuse(Failure("list, line 3", NOON, BadLineError("no URL")))

    assert len(tally.failures) == KEPT
    assert (tally.failed, tally.bad_lines, tally.total, tally.left) == (1001, 1, 1001, 0)
    assert tally.failure_counts.kinds == {Kind("http_status", 503): 1000, Kind("bad_line"): 1}
    assert tally.failure_counts.hosts.first(1) == [("host1.example:8443", 334)]


def test_of_what_has_ended_nothing_is_kept_but_numbers() -> None:
    before = tally_of(*map(added, range(1, 5)), completed(1), failed(2))
    after = tally_of(*map(added, range(1, 5)), completed(1), failed(2))
    for number in range(5, 10_000):
        for event in (added(number), started(number), sampled(number), completed(number)):
            after.take(event)

    assert sizes(after) == sizes(before)


def sizes(tally: Tally) -> dict[str, int]:
    return {name: len(value) for name, value in vars(tally).items() if isinstance(value, (dict, list, set))}


def test_a_name_is_the_files_or_what_the_url_ends_with() -> None:
    assert tally_of(added(), started(), sampled(name="real.iso")).name(ONE) == "real.iso"
    assert tally_of(added(), started(), sampled(name="-")).name(ONE) == "c.iso"
    assert tally_of(added(), started()).name(ONE) == "c.iso"
    assert tally_of(added(url="http://a/b/c.iso?d=/e")).name(ONE) == "c.iso"
    assert tally_of(added(url="http://a/")).name(ONE) == "a"


def test_the_end_is_foreseen_once_all_runs_and_all_sizes_are_known() -> None:
    both = (added(1), added(2), started(1), sampled(1, received=50, total=100, speed=10.0))
    assert tally_of(*both).eta is None
    assert tally_of(*both, started(2), sampled(2, received=0, speed=10.0)).eta is None
    assert tally_of(*both, started(2), sampled(2, received=0, total=50, speed=10.0)).eta == 5.0
    assert tally_of(*both, completed(2)).eta == 5.0


LIFE = st.lists(
    st.builds(lambda make, number: make(number), st.sampled_from([started, sampled, waiting]), st.integers(1, 5)),
    max_size=30,
)
ENDS = st.dictionaries(st.integers(1, 5), st.sampled_from([completed, failed]))


@given(LIFE, ENDS)
def test_every_download_is_counted_once(life: list[Event], ends: dict[int, object]) -> None:
    ending = [end(number) for number, end in ends.items() if callable(end)]
    tally = tally_of(*(added(number) for number in range(1, 6)), *life, *ending, Lagged(1))
    assert tally.done + tally.failed + tally.left == tally.total == 5
    assert not tally.running.keys() & tally.waiting.keys()
    assert not (tally.running.keys() | tally.waiting.keys()) & ends.keys()


def test_what_is_paused_is_left() -> None:
    tally = tally_of(added(), started(), sampled(received=5), DownloadPaused(ONE, NOON))
    assert (tally.left, tally.running, tally.received) == (1, {}, 0)


def test_files_that_come_between_two_samples_have_a_speed_together() -> None:
    tally = tally_of(*map(added, range(1, 4)), *map(started, range(1, 4)), sampled(3, received=1, speed=7.0))
    tally.look(0.0)
    for event in (completed(1), completed(2, resumed=1024), completed(3)):
        tally.take(event)
    tally.look(1.0)
    assert tally.speed == 2048 + 1024


def test_where_many_have_ended_the_end_is_foreseen_by_files() -> None:
    many = FEW + 1
    tally = tally_of(*map(added, range(1, 3 * many + 1)))
    tally.look(0.0)
    for number in range(1, many + 1):
        tally.take(completed(number))
    tally.look(1.0)
    assert tally.eta == 2.0
    tally.whole = False
    assert tally.eta is None


def test_nothing_is_foreseen_of_what_waits_alone() -> None:
    many = FEW + 1
    tally = tally_of(*map(added, range(1, many + 2)))
    tally.look(0.0)
    for event in (*map(completed, range(1, many + 1)), waiting(many + 1)):
        tally.take(event)
    tally.look(1.0)
    assert tally.eta is None
