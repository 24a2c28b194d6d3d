from hypothesis import given
from hypothesis import strategies as st

from rheo.cli.tally import Tally
from rheo.domain.download import DownloadId
from rheo.domain.events import DownloadPaused, DownloadQueued, Event, Lagged
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
    (failure,) = tally_of(added(), started(), failed()).failures
    assert (failure.url, failure.error) == (URL, BUSY)


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
    assert tally.done + len(tally.failures) + tally.left == tally.total == 5
    assert not tally.running.keys() & tally.waiting.keys()
    assert not (tally.running.keys() | tally.waiting.keys()) & ends.keys()


def test_what_is_paused_is_left() -> None:
    tally = tally_of(added(), started(), sampled(received=5), DownloadPaused(ONE, NOON))
    assert (tally.left, tally.running, tally.received) == (1, {}, 0)
