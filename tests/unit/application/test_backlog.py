"""A slow listener loses samples first, then everything, and is told."""

from datetime import UTC, datetime

from rheo.application.backlog import Backlog
from rheo.domain.download import DownloadId
from rheo.domain.events import DownloadPaused, Lagged, ProgressSampled
from rheo.domain.progress import Progress

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def sample(number):
    return ProgressSampled(DownloadId(number), NOW, Progress())


def paused(number):
    return DownloadPaused(DownloadId(number), NOW)


def everything(backlog):
    events = []
    while (event := backlog.take()) is not None:
        events.append(event)
    return events


def test_events_come_in_order():
    backlog = Backlog(bound=5)
    for number in range(5):
        backlog.put(paused(number))

    assert everything(backlog) == [paused(number) for number in range(5)]


def test_samples_make_room_for_what_matters():
    backlog = Backlog(bound=3)
    for event in (sample(1), paused(2), sample(3), paused(4)):
        backlog.put(event)

    assert everything(backlog) == [paused(2), paused(4)]


def test_who_lags_is_told_how_much_is_missing():
    backlog = Backlog(bound=3)
    for number in range(8):
        backlog.put(paused(number))

    assert everything(backlog) == [Lagged(6), paused(6), paused(7)]


def test_the_bound_holds():
    backlog = Backlog(bound=10)
    for number in range(1000):
        backlog.put(sample(number) if number % 3 else paused(number))
        assert len(backlog) <= 11
