"""What has ended leaves nothing behind in memory where nobody keeps it, and no transfer where somebody does."""

import gc
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import pytest

import rheo
from origin import File
from rheo.application.bus import Outbox
from rheo.application.manager import Manager
from rheo.domain.download import Download, DownloadRequest
from rheo.domain.errors import UnknownDownloadError
from rheo.domain.settings import Settings
from rheo.domain.urgency import Urgency
from rheo.engine.transfer import Transfer
from rheo.session import Session
from rheo.transport import resolver
from rheo.wishes import policy_for, request_for

MANY = 50
ENDS = (rheo.DownloadCompleted, rheo.DownloadFailed, rheo.DownloadCancelled)


class Running:
    """A session that a test asks, and what it tells."""

    def __init__(self, settings: Settings, lookup=None) -> None:
        self.settings = settings
        self.session = Session(settings, policy_for(settings, patient=False), lookup=lookup)
        self._more = threading.Event()
        self._outbox: Outbox

    @contextmanager
    def open(self):
        self.session.open()
        with closing(self.session):
            self._outbox = self.session.subscribe(self._more.set)
            yield self

    def call(self, command, *arguments, **more):
        return self.session.call(command, *arguments, **more).result(5)

    def request(self, url, **wishes) -> DownloadRequest:
        return request_for(url, self.settings, wishes)

    def events(self, count: int, *, of=ENDS) -> list[rheo.Event]:
        """Return what is told until so many downloads have ended, or that has happened to so many."""
        told: list[rheo.Event] = []
        while sum(isinstance(event, of) for event in told) < count:
            assert self._more.wait(20)
            self._more.clear()
            told += self._outbox.take()
        return told


@pytest.fixture
def refused() -> Iterator[str]:
    """A URL at a port where nobody listens."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{nobody.getsockname()[1]}/"


def alive(kind: type) -> int:
    gc.collect()
    return sum(isinstance(thing, kind) for thing in gc.get_objects())


def test_what_ended_and_is_not_kept_means_nothing_any_more(origin, downloads, refused):
    origin.serve("/a", File(b"x"))
    with Running(Settings(directory=downloads, retry=0)).open() as running:
        urls = (origin.url("/a"), refused)
        ids = running.call(Manager.add, [running.request(url) for url in urls], kept=False)
        told = running.events(2)
        for download in ids:
            with pytest.raises(UnknownDownloadError):
                running.call(Manager.resume, download)
        assert alive(Download) == alive(Transfer) == 0

    assert {type(event) for event in told if isinstance(event, ENDS)} == {rheo.DownloadCompleted, rheo.DownloadFailed}
    assert not any(isinstance(event, rheo.DownloadRemoved) for event in told)


def test_a_failed_download_that_is_kept_keeps_no_transfer_and_no_frames(downloads, refused):
    with Running(Settings(directory=downloads, retry=0)).open() as running:
        running.call(Manager.add, [running.request(f"{refused}{number}") for number in range(MANY)])
        errors = [event.error for event in running.events(MANY) if isinstance(event, rheo.DownloadFailed)]
        assert (alive(Download), alive(Transfer)) == (MANY, 0)

    assert [error.__traceback__ for error in errors] == [None] * MANY
    causes = [error.__cause__ for error in errors if error.__cause__ is not None]
    assert causes
    assert all(cause.__traceback__ is None for cause in causes)


def test_a_run_before_a_failure_in_the_queue_is_let_go_too(downloads, refused, monkeypatch):
    monkeypatch.setattr(resolver, "REMEMBERED", 0.2)
    answers = iter([["127.0.0.1"]])

    def lookup(host):
        found = next(answers, None)
        if found is None:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return found

    with Running(Settings(directory=downloads), lookup=lookup).open() as running:
        url = refused.replace("127.0.0.1", "a.example")
        running.call(Manager.add, [running.request(f"{url}{number}") for number in range(MANY)])
        errors = [event.error for event in running.events(MANY) if isinstance(event, rheo.DownloadFailed)]
        assert alive(Transfer) == 0

    assert {type(error) for error in errors} == {rheo.ResolveError}


def test_who_is_to_be_tried_again_keeps_no_transfer_that_left_nothing(downloads, refused):
    with Running(Settings(directory=downloads)).open() as running:
        urls = [refused.replace("127.0.0.1", f"127.0.1.{number}") for number in range(1, MANY + 1)]
        running.call(Manager.add, [running.request(url) for url in urls])
        running.events(MANY, of=rheo.DownloadWaiting)
        assert alive(Download) == MANY
        assert alive(Transfer) < MANY // 2  # those of which the second try runs already


def test_nobody_looks_after_the_deadline_of_what_has_ended(origin, downloads, refused):
    origin.serve("/a", File(b"x"))
    later = datetime.now(UTC) + timedelta(hours=1)
    with Running(Settings(directory=downloads, retry=0)).open() as running:
        urls = [origin.url("/a"), refused]
        running.call(Manager.add, [running.request(url, deadline=later) for url in urls])
        running.events(2)
        assert alive(Urgency) == 0


def test_the_same_asked_for_by_somebody_who_keeps_it_is_kept(origin, downloads):
    gate = threading.Event()
    origin.serve("/a", File(b"x"))
    with Running(Settings(directory=downloads), lookup=lambda host: gate.wait(10) and ["127.0.0.1"]).open() as running:
        request = running.request(origin.url("/a").replace("127.0.0.1", "one.example"))
        (download,) = running.call(Manager.add, [request], kept=False)
        assert running.call(Manager.add, [request]) == [download]
        gate.set()
        running.events(1)
        running.call(Manager.remove, download)


def test_each_download_of_a_host_without_address_has_an_error_of_its_own(downloads):
    def lookup(host):
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    with Running(Settings(directory=downloads, retry=1), lookup=lookup).open() as running:
        running.call(Manager.add, [running.request(f"http://a.example/{number}") for number in range(MANY)])
        failures = [event.error for event in running.events(MANY) if isinstance(event, rheo.DownloadFailed)]

    assert len(failures) == MANY
    assert max(error.message.count("gave up after 2 tries") for error in failures) == 1


def test_a_manager_knows_nothing_of_what_it_does_not_keep(origin, downloads):
    origin.serve("/a", File(b"x"))
    with rheo.sync.DownloadManager(directory=downloads) as manager:
        url = origin.url("/a")
        request = request_for(url, manager.settings, {})
        told = threading.Event()
        manager.on(rheo.DownloadCompleted, lambda event: told.set())
        manager._manager._session.call(Manager.add, [request], kept=False).result(5)
        assert told.wait(10)
        assert manager._manager._views == {}
