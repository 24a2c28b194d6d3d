"""The one pen: what may change, and who is told."""

import itertools
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rheo.application.records import Records
from rheo.domain.download import TRANSITIONS, DownloadRequest, DownloadState, Trigger, next_state
from rheo.domain.errors import InvalidTransitionError, RheoError, UnknownDownloadError
from rheo.domain.events import (
    DownloadAdded,
    DownloadFailed,
    DownloadFollowed,
    DownloadPaused,
    DownloadQueued,
    DownloadRemoved,
    DownloadStarted,
)
from rheo.domain.url import parse_url

NOW = datetime(2026, 11, 24, tzinfo=UTC)


class Told:
    """A bus that remembers."""

    def __init__(self):
        self.events = []

    def publish(self, event):
        self.events.append(event)


def request(url="http://a.example/x", **more):
    return DownloadRequest(url=parse_url(url), directory=Path("/downloads"), **more)


def test_the_state_is_changed_before_anyone_is_told():
    """Invariant 5."""
    seen = []

    class Asks:
        def publish(self, event):
            seen.append(records[event.id].state)

    records = Records(Asks(), lambda: NOW)
    download, _ = records.add(request())
    records.change(download, Trigger.START)

    assert seen == [DownloadState.QUEUED, DownloadState.RUNNING]


def test_every_change_is_told_once():
    bus = Told()
    records = Records(bus, lambda: NOW)
    download, _ = records.add(request())
    records.change(download, Trigger.START)
    records.change(download, Trigger.PAUSE)
    records.remove(download)

    assert [type(event) for event in bus.events] == [DownloadAdded, DownloadStarted, DownloadPaused, DownloadRemoved]


def test_an_impossible_trigger_changes_and_tells_nothing():
    bus = Told()
    records = Records(bus, lambda: NOW)
    download, _ = records.add(request())

    with pytest.raises(InvalidTransitionError, match="cannot complete a queued download"):
        records.change(download, Trigger.COMPLETE)

    assert download.state is DownloadState.QUEUED
    assert len(bus.events) == 1


def test_the_same_url_and_target_is_one_download_until_it_is_finished():
    records = Records(Told(), lambda: NOW)
    first, _ = records.add(request())
    again, fresh = records.add(request())
    other, _ = records.add(request(output="y"))

    assert again is first
    assert not fresh
    assert other is not first

    records.change(first, Trigger.CANCEL)
    after, fresh = records.add(request())
    assert fresh
    assert after is not first


def test_an_unknown_id_is_an_error():
    with pytest.raises(UnknownDownloadError):
        Records(Told(), lambda: NOW)[7]


@pytest.mark.parametrize(("state", "trigger"), list(itertools.product(DownloadState, Trigger)))
def test_every_pair_of_state_and_trigger_is_decided(state, trigger):
    if (state, trigger) in TRANSITIONS:
        assert next_state(state, trigger) is TRANSITIONS[state, trigger]
    else:
        with pytest.raises(InvalidTransitionError):
            next_state(state, trigger)


def test_a_completed_download_is_final_and_every_state_is_reachable():
    assert not [trigger for state, trigger in TRANSITIONS if state is DownloadState.COMPLETED]
    assert set(TRANSITIONS.values()) == set(DownloadState)


def test_a_followed_download_is_the_first_file_and_the_same_for_both_urls():
    bus = Told()
    records = Records(bus, lambda: NOW)
    metalink, iso, guide = (request(f"http://a.example/{name}") for name in ("x.meta4", "a.iso", "b.pdf"))
    known, _ = records.add(guide)
    download, _ = records.add(metalink)
    records.change(download, Trigger.START)
    bus.events.clear()

    assert records.follow(download, [iso, guide], notes=("a note",)) == [download], "the other one was there already"

    assert (download.request, download.state) == (iso, DownloadState.QUEUED)
    assert records.add(metalink) == records.add(iso) == (download, False)
    queued, followed = bus.events
    assert isinstance(queued, DownloadQueued)
    told = DownloadFollowed(
        download.id, NOW, "http://a.example/a.iso", "http://a.example/x.meta4", (download.id, known.id), ("a note",)
    )
    assert followed == told

    records.change(download, Trigger.START)
    records.change(download, Trigger.CANCEL)
    assert records.add(metalink)[1]
    assert records.add(iso)[1]


def test_what_is_not_kept_is_forgotten_with_its_end_and_nothing_is_told_of_that():
    bus = Told()
    records = Records(bus, lambda: NOW)
    download, _ = records.add(request(), kept=False)
    records.change(download, Trigger.START)
    assert list(records.all()) == [download]
    records.change(download, Trigger.FAIL, error=RheoError("no"))

    assert list(records.all()) == []
    with pytest.raises(UnknownDownloadError):
        records[download.id]
    assert [type(event) for event in bus.events] == [DownloadAdded, DownloadStarted, DownloadFailed]
    assert records.add(request(), kept=False)[1]


def test_the_files_of_a_metalink_that_is_not_kept_are_not_kept_either():
    records = Records(Told(), lambda: NOW)
    metalink, iso, guide = (request(f"http://a.example/{name}") for name in ("x.meta4", "a.iso", "b.pdf"))
    download, _ = records.add(metalink, kept=False)
    records.change(download, Trigger.START)

    files = records.follow(download, [iso, guide], notes=())
    for file in files:
        records.change(file, Trigger.CANCEL)

    assert len(files) == 2
    assert list(records.all()) == []


def test_each_end_is_told_once_after_its_event_whatever_it_was():
    bus, ended = Told(), []
    records = Records(bus, lambda: NOW)
    records.on_end = lambda download: ended.append((download.state, len(bus.events)))
    kept, _ = records.add(request())
    records.change(kept, Trigger.CANCEL)
    passing, _ = records.add(request(), kept=False)
    records.change(passing, Trigger.CANCEL)
    records.remove(passing)

    assert ended == [(DownloadState.CANCELLED, 2), (DownloadState.CANCELLED, 4)]
    assert list(records.all()) == [kept]
