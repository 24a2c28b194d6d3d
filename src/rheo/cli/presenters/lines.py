"""The lines that stay on the screen: for each failure, for each finished file if they are few, and the summary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from rheo.cli import wording
from rheo.cli.presenters.base import Ending
from rheo.cli.tally import FEW, Failure, Tally
from rheo.domain.events import (
    DeadlineEndangered,
    DownloadCompleted,
    DownloadFailed,
    DownloadFollowed,
    DownloadWaiting,
    Event,
)
from rheo.domain.result import DownloadResult


class Lines:
    """Says what people want to find again after the run."""

    def __init__(self, tally: Tally, say: Callable[[str], None], *, verbose: bool, waits: bool) -> None:
        """Take where to say it; with `waits` each wait is said, too, which who shows them otherwise leaves out."""
        self._tally = tally
        self._say = say
        self._verbose = verbose
        self._waits = waits or verbose
        self._here = Path.cwd()

    def tell(self, event: Event) -> None:
        """Say an event, if it is worth a line."""
        teller = self._TELLERS.get(type(event))
        if teller is not None:
            teller(self, event)

    def refuse(self, failure: Failure) -> None:
        """Say one that never came to be."""
        self._say(wording.failed(failure))

    def double(self, place: str, result: DownloadResult) -> None:
        """Say one whose file was made of another line's."""
        if self._each:
            self._say(wording.doubled(place, result, here=self._here))

    def end(self, ending: Ending) -> None:
        """Say how several downloads ended; one alone has its line already. The curious hear of connections, too."""
        if ending.interrupted:
            self._say(wording.stopped(self._tally))
        elif self._tally.total > 1:
            for line in wording.summary(self._tally, seconds=ending.seconds):
                self._say(line)
        if self._tally.listed.left_alone:
            self._say(wording.left_alone(self._tally.listed.left_alone))
        if ending.lost is not None:
            self._say(f"given up: {ending.lost}")
        if self._verbose:
            self._say(wording.connections(ending.connections))

    @property
    def _each(self) -> bool:
        return self._verbose or self._tally.total <= FEW

    def _wait(self, event: DownloadWaiting) -> None:
        if self._waits and self._each:
            name, url = self._tally.name(event.id), self._tally.url(event.id)
            self._say(wording.waiting(name, event.wait, url=url, now=event.at))

    def _complete(self, event: DownloadCompleted) -> None:
        if event.result.content_suspicious:
            self._say(wording.suspicious(event.result, here=self._here))
        if self._each:
            self._say(wording.completed(event.result, here=self._here))
        if self._verbose:
            for line in wording.details(event.result):
                self._say(line)

    def _fail(self, _event: DownloadFailed) -> None:
        if self._tally.last_failure is not None:
            self._say(wording.failed(self._tally.last_failure))

    def _follow(self, event: DownloadFollowed) -> None:
        for note in event.notes:
            self._say(f"{event.metalink}: {note}")

    def _endanger(self, event: DeadlineEndangered) -> None:
        if self._each:
            name = self._tally.name(event.id)
            self._say(wording.endangered(name, event.deadline, expected=event.expected, now=event.at))

    _TELLERS: ClassVar[Mapping[type, Callable[[Lines, Any], None]]] = {
        DownloadWaiting: _wait,
        DownloadCompleted: _complete,
        DownloadFailed: _fail,
        DownloadFollowed: _follow,
        DeadlineEndangered: _endanger,
    }
