"""Lines for a log, a pipe or a terminal that cannot be drawn on: what happened, and now and then how far it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from rheo.cli import wording
from rheo.cli.presenters.base import Ending
from rheo.cli.presenters.lines import Lines
from rheo.cli.tally import FEW, Failure, Tally
from rheo.cli.terminal import say
from rheo.domain.events import Event
from rheo.domain.result import DownloadResult

INTERVAL: Final = 5.0
"""Seconds between two lines that say how far it is."""


class Plain:
    """Says what happens in lines, sparsely."""

    def __init__(self, tally: Tally, *, verbose: bool, now: float) -> None:
        self._tally = tally
        self._lines = Lines(tally, say, verbose=verbose, waits=True)
        tally.look(now)
        self._due = now + INTERVAL

    def tell(self, event: Event) -> None:
        """Say an event, if it is worth a line."""
        self._lines.tell(event)

    def refuse(self, failure: Failure) -> None:
        """Say it."""
        self._lines.refuse(failure)

    def double(self, place: str, result: DownloadResult) -> None:
        """Say it, if it is worth a line."""
        self._lines.double(place, result)

    def refresh(self, now: float) -> None:
        """Say how far it is, every few seconds."""
        if now >= self._due:
            self._due = now + INTERVAL
            self._tally.look(now)
            for line in self._standing():
                say(line)

    def end(self, ending: Ending) -> None:
        """Say how it ended."""
        self._lines.end(ending)

    def close(self) -> None:
        """Do nothing: no terminal was drawn on."""

    def _standing(self) -> list[str]:
        """Return how far it is; what waits alone has said so already."""
        tally = self._tally
        if tally.total == 1:
            return [wording.progress(tally.name(download), tally.running[download]) for download in tally.running]
        return [wording.standing(tally), *self._first_wait()]

    def _first_wait(self) -> list[str]:
        """Return the wait that ends first, where there are too many downloads for each to say its own."""
        tally = self._tally
        if not tally.waiting or tally.total <= FEW:
            return []
        ends = {download: wait.until for download, wait in tally.waiting.items() if wait.until is not None}
        download = min(ends, key=ends.__getitem__, default=next(iter(tally.waiting)))
        wait = tally.waiting[download]
        name, url = tally.name(download), tally.url(download)
        return [f"  {wording.waiting(name, wait, url=url, now=datetime.now(UTC))}"]
