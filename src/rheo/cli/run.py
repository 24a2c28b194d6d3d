"""Run downloads to their end, or until somebody interrupts: the engine on its thread, this one shows what it says."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final

from rheo.application.bus import Outbox
from rheo.application.manager import Manager
from rheo.cli.exit_codes import KILLED, ExitCode, code_of, code_of_run
from rheo.cli.interrupts import Interrupts
from rheo.cli.logs import logs_shown
from rheo.cli.presenters.base import Ending, Presenter
from rheo.cli.presenters.choice import presenter_for
from rheo.cli.tally import Failure, Tally
from rheo.domain.download import STANDARD_OUTPUT, DownloadId, DownloadRequest
from rheo.domain.errors import DiskFullError, InternalError, RheoError, StorageError
from rheo.domain.events import DownloadCompleted, DownloadFailed, DownloadPaused, Event
from rheo.domain.settings import Settings
from rheo.session import Session
from rheo.wishes import policy_for

if TYPE_CHECKING:
    from rheo.batch.batch import Batch  # loaded where there is a list
    from rheo.cli.batches import Listing
    from rheo.domain.batch.stopping import Patience, Room

OPEN_FILES: Final = 4096
"""Files and sockets that a list may need at once, as thousands of its hosts may hang."""

LONGEST_SILENCE: Final = 0.2
"""Seconds after which the presenter is asked to refresh though nothing happened."""


def run(
    requests: Sequence[DownloadRequest],
    settings: Settings,
    *,
    as_json: bool,
    listing: Listing | None = None,
    patience: Patience | None = None,
    listen: Callable[[Event], None] | None = None,
) -> int:
    """Return the exit code; raises the UsageError of a request that cannot be, before anything is asked for.

    `listing` asks for further ones, as there is room; what is wrong with one of them is told. `patience` is how much
    may fail before no more is tried; None: all.
    `listen` is told all that happens, in this thread.
    BrokenPipeError means that nobody reads our standard output any more.
    """
    tally = Tally()
    streams = any(request.output == STANDARD_OUTPUT for request in requests)
    presenter = presenter_for(
        tally, verbosity=settings.verbosity, as_json=as_json, streams=streams, now=time.monotonic()
    )
    if listing is not None:
        from rheo.storage.open_files import allow_open  # noqa: PLC0415  (few have a list)

        allow_open(OPEN_FILES)
    with logs_shown(settings.verbosity), closing(presenter):
        session = Session(settings, policy_for(settings, patient=False))
        return _Run(session, tally, presenter, listen, patience).run(requests, listing)


class _Run:
    """One session, what it tells, and who shows that."""

    def __init__(
        self,
        session: Session,
        tally: Tally,
        presenter: Presenter,
        listen: Callable[[Event], None] | None,
        patience: Patience | None,
    ) -> None:
        self._patience = patience
        self._session = session
        self._listen = listen
        self._tally = tally
        self._presenter = presenter
        self._batch: Batch | None = None
        self._broken: StorageError | None = None
        """Why the ledger takes no more; None as long as it does."""
        self._room: Room | None = None
        """None without a list."""
        self._bell: SimpleQueue[None] = SimpleQueue()
        """Rung when there is something to do, also by signal handlers: its `put` takes no lock."""

    def run(self, requests: Sequence[DownloadRequest], listing: Listing | None) -> int:
        """Return the exit code once nothing is left to do, or somebody interrupted."""
        began = time.monotonic()
        with Interrupts(self._ring) as interrupts:
            try:
                self._go_through(requests, listing, interrupts, began=began)
            finally:
                self._close_ledger(listing)
            ending = self._ending(interrupts.received, seconds=time.monotonic() - began)
            self._presenter.end(ending)
        return ending.exit_code

    def _go_through(
        self, requests: Sequence[DownloadRequest], listing: Listing | None, interrupts: Interrupts, *, began: float
    ) -> None:
        self._session.open()
        with closing(self._session), ExitStack() as stack:
            outbox = self._session.subscribe(self._ring)
            self._add(requests)
            if listing is not None:
                from rheo.domain.batch.stopping import Room  # noqa: PLC0415  (few have a list)

                self._room = Room()
                self._batch = stack.enter_context(closing(listing.batch(self._add, self._ring, now=began)))
                self._tally.listed.remembered = listing.book is not None
            self._show(outbox)
            while self._goes_on and interrupts.received is None:
                if not self._session.running:
                    raise InternalError("the engine has ended by itself, which is a bug in rheo")
                if not self._step():
                    self._wait()
                self._show(outbox)
        self._show(outbox)  # what closing did

    def _ring(self) -> None:
        self._bell.put(None)

    def _close_ledger(self, listing: Listing | None) -> None:
        """Have all written that waits: the summary is told after that."""
        if listing is not None and listing.book is not None:
            try:
                listing.book.close()
            except StorageError as error:
                self._break_off(error)

    def _break_off(self, error: StorageError) -> None:
        """Write nothing down any more, and ask for nothing: what is not in the ledger is asked for again."""
        self._broken, self._batch = error, None

    @property
    def _goes_on(self) -> bool:
        return self._lost is None and self._left

    @property
    def _left(self) -> bool:
        """Whether anything is left to do; of a list that is still coming nobody knows."""
        return self._tally.left > 0 or (self._batch is not None and not self._batch.ended)

    @property
    def _lost(self) -> str | None:
        """Why no more is tried; None as long as more is."""
        if self._broken is not None:
            return self._broken.message
        why = None if self._room is None else self._room.lost
        if why is None and self._patience is not None:
            why = self._patience.lost(failed=self._tally.failed, finished=self._tally.ended)
        return None if why is None else f"{why}; run it again to go on"

    def _step(self) -> bool:
        """Ask for more of the list, if there is room; return whether lines were told of, so that there may be more."""
        if self._batch is None:
            return False
        try:
            told = self._batch.step(time.monotonic())
        except StorageError as error:
            self._break_off(error)
            return False
        self._tally.whole, self._tally.listed.unasked = self._batch.read, self._batch.waiting
        for one in told:
            if one.error is not None:
                self._refuse(one.fed.place, one.error)
            elif one.left is not None:
                self._tally.leave(one.left)
                if one.result is not None:
                    self._presenter.double(one.fed.place, one.result)
        return bool(told)

    def _add(self, requests: Sequence[DownloadRequest]) -> Sequence[DownloadId]:
        return self._session.call(Manager.add, requests, kept=False).result() if requests else []

    def _refuse(self, place: str, error: RheoError) -> None:
        failure = Failure(place, datetime.now(UTC), error)
        self._tally.refuse(failure)
        self._presenter.refuse(failure)

    def _wait(self) -> None:
        try:
            self._bell.get(timeout=LONGEST_SILENCE)
        except Empty:
            return

    def _show(self, outbox: Outbox) -> None:
        now = time.monotonic()
        for event in outbox.take():
            if isinstance(event, DownloadFailed):
                _check_pipe(event)
            if self._batch is not None:
                try:
                    self._batch.take(event, now)
                except StorageError as error:
                    self._break_off(error)
            if isinstance(event, DownloadFailed) and self._is_of_ledger(event.error):
                event = DownloadPaused(event.id, event.at)  # noqa: PLW2901  (its file stays without a name)
            self._tally.take(event)
            if self._room is not None:
                _note_room(self._room, event)
            if self._listen is not None:
                self._listen(event)
            self._presenter.tell(event)
        self._presenter.refresh(now)

    def _is_of_ledger(self, error: RheoError) -> bool:
        """Whether a download failed only as the ledger takes no more: it is left for the next run, as others are."""
        return self._broken is not None and (error.code, error.message) == (self._broken.code, self._broken.message)

    def _ending(self, signal: int | None, *, seconds: float) -> Ending:
        counts = self._session.connections
        if signal is not None and self._left and self._broken is None:
            return Ending(exit_code=KILLED + signal, seconds=seconds, interrupted=True, connections=counts)
        return Ending(exit_code=self._code, seconds=seconds, interrupted=False, lost=self._lost, connections=counts)

    @property
    def _code(self) -> ExitCode:
        if self._broken is not None:
            return code_of(self._broken)
        if self._room is not None and self._room.gone:
            return ExitCode.DISK
        unread = 0 if self._tally.whole else 1  # of a list that was given up
        total = self._tally.total + self._tally.listed.left_alone.total() + unread
        return code_of_run([failure.error for failure in self._tally.failures], total=total)


def _note_room(room: Room, event: Event) -> None:
    if isinstance(event, DownloadFailed):
        room.note(refused=isinstance(event.error, DiskFullError))
    elif isinstance(event, DownloadCompleted):
        room.note(refused=False)


def _check_pipe(event: DownloadFailed) -> None:
    if isinstance(event.error.__cause__, BrokenPipeError):
        raise event.error.__cause__
