"""Nothing but errors."""

from __future__ import annotations

from rheo.cli import wording
from rheo.cli.presenters.base import Ending
from rheo.cli.tally import Failure, Tally
from rheo.cli.terminal import say
from rheo.domain.events import DownloadFailed, Event
from rheo.domain.result import DownloadResult


class Quiet:
    """Says why a download failed, when it does."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def tell(self, event: Event) -> None:
        """Say a failure."""
        if isinstance(event, DownloadFailed) and self._tally.last_failure is not None:
            say(wording.failed(self._tally.last_failure))

    def refuse(self, failure: Failure) -> None:
        """Say it."""
        say(wording.failed(failure))

    def double(self, place: str, result: DownloadResult) -> None:
        """Say nothing."""

    def refresh(self, now: float) -> None:
        """Say nothing."""

    def end(self, ending: Ending) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Do nothing: no terminal was drawn on."""
