"""Run downloads to their end, or until somebody interrupts: the engine on its thread, this one shows what it says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from queue import Empty, SimpleQueue
from typing import Final

from rheo.application.bus import Outbox
from rheo.application.manager import Manager
from rheo.cli.exit_codes import KILLED, code_of_run
from rheo.cli.feed import Fed, Feed
from rheo.cli.interrupts import Interrupts
from rheo.cli.logs import logs_shown
from rheo.cli.presenters.base import Ending, Presenter
from rheo.cli.presenters.choice import presenter_for
from rheo.cli.tally import Failure, Tally
from rheo.domain.download import STANDARD_OUTPUT, DownloadRequest
from rheo.domain.errors import InternalError, RheoError
from rheo.domain.events import DownloadFailed, Event
from rheo.domain.settings import Settings
from rheo.session import Session
from rheo.wishes import policy_for

WINDOW: Final = 1000
"""Files of a list that are queued or run: more are asked for as these are finished."""

LONGEST_SILENCE: Final = 0.2
"""Seconds after which the presenter is asked to refresh though nothing happened."""


def run(
    requests: Sequence[DownloadRequest],
    settings: Settings,
    *,
    as_json: bool,
    fed: Iterable[Fed] | None = None,
    listen: Callable[[Event], None] | None = None,
) -> int:
    """Return the exit code; raises the UsageError of a request that cannot be, before anything is asked for.

    `fed` are further ones, which are asked for as there is room; what is wrong with one of them is told.
    `listen` is told all that happens, in this thread.
    BrokenPipeError means that nobody reads our standard output any more.
    """
    tally = Tally()
    streams = any(request.output == STANDARD_OUTPUT for request in requests)
    presenter = presenter_for(
        tally, verbosity=settings.verbosity, as_json=as_json, streams=streams, now=time.monotonic()
    )
    session = Session(settings, policy_for(settings, patient=False))
    with logs_shown(settings.verbosity), closing(presenter):
        return _Run(session, tally, presenter, listen).run(requests, fed)


class _Run:
    """One session, what it tells, and who shows that."""

    def __init__(
        self, session: Session, tally: Tally, presenter: Presenter, listen: Callable[[Event], None] | None
    ) -> None:
        self._session = session
        self._listen = listen
        self._tally = tally
        self._presenter = presenter
        self._bell: SimpleQueue[None] = SimpleQueue()
        """Rung when there is something to do, also by signal handlers: its `put` takes no lock."""

    def run(self, requests: Sequence[DownloadRequest], fed: Iterable[Fed] | None) -> int:
        """Return the exit code once nothing is left to do, or somebody interrupted."""
        began = time.monotonic()
        ring = partial(self._bell.put, None)
        with Interrupts(ring) as interrupts:
            self._session.open()
            with closing(self._session):
                outbox = self._session.subscribe(ring)
                self._session.call(Manager.add, requests, kept=False).result()
                feed = None if fed is None else Feed(fed, ring)
                self._tally.whole = feed is None
                self._show(outbox)
                while (self._tally.left or (feed is not None and not feed.ended)) and interrupts.received is None:
                    if not self._session.running:
                        raise InternalError("the engine has ended by itself, which is a bug in rheo")
                    self._wait()
                    self._show(outbox)
                    if feed is not None:
                        self._ask(feed.take(WINDOW - self._tally.left))
                        self._tally.whole = feed.ended
                        self._show(outbox)  # so that what was asked for counts
            self._show(outbox)  # what closing did
            ending = self._ending(interrupts.received, seconds=time.monotonic() - began)
            self._presenter.end(ending)
        return ending.exit_code

    def _ask(self, fed: Sequence[Fed]) -> None:
        """Ask for what a list asks for, and tell what of it cannot be."""
        requests = [one for one in fed if not isinstance(one, Failure)]
        for failure in (one for one in fed if isinstance(one, Failure)):
            self._refuse(failure)
        try:
            self._add(requests)
        except RheoError:  # of one of them, and then none was added
            for request in requests:
                self._add_one(request)

    def _add_one(self, request: DownloadRequest) -> None:
        try:
            self._add([request])
        except RheoError as error:
            self._refuse(Failure(request.url.text, datetime.now(UTC), error.with_traceback(None)))

    def _add(self, requests: Sequence[DownloadRequest]) -> None:
        if requests:
            self._session.call(Manager.add, requests, kept=False).result()

    def _refuse(self, failure: Failure) -> None:
        self._tally.refuse(failure)
        self._presenter.refuse(failure)

    def _wait(self) -> None:
        try:
            self._bell.get(timeout=LONGEST_SILENCE)
        except Empty:
            return

    def _show(self, outbox: Outbox) -> None:
        for event in outbox.take():
            if isinstance(event, DownloadFailed):
                _check_pipe(event)
            self._tally.take(event)
            if self._listen is not None:
                self._listen(event)
            self._presenter.tell(event)
        self._presenter.refresh(time.monotonic())

    def _ending(self, signal: int | None, *, seconds: float) -> Ending:
        tally, counts = self._tally, self._session.connections
        if signal is not None and tally.left:
            return Ending(exit_code=KILLED + signal, seconds=seconds, interrupted=True, connections=counts)
        errors = [failure.error for failure in tally.failures]
        code = code_of_run(errors, total=tally.total)
        return Ending(exit_code=code, seconds=seconds, interrupted=False, connections=counts)


def _check_pipe(event: DownloadFailed) -> None:
    if isinstance(event.error.__cause__, BrokenPipeError):
        raise event.error.__cause__
