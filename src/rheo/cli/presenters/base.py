"""What a run needs of whoever shows it."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from rheo.cli.tally import Failure
from rheo.domain.connection_counts import ConnectionCounts
from rheo.domain.events import Event
from rheo.domain.result import DownloadResult


class Ending(NamedTuple):
    """How a run ended."""

    exit_code: int
    seconds: float
    """That it took."""
    interrupted: bool
    """By Ctrl-C or SIGTERM, before all was done."""
    lost: str | None = None
    """Why it was given up though more was to be done, and what helps; None where it was not."""
    connections: ConnectionCounts = ConnectionCounts()


class Presenter(Protocol):
    """Shows a run while it lasts, and how it ended; the tally that it looks at is up to date at every call."""

    def tell(self, event: Event) -> None:
        """Take one event; it shares the processor with the engine, so this costs microseconds."""

    def refuse(self, failure: Failure) -> None:
        """Take one that never came to be, as the line of a list does that says nothing."""

    def double(self, place: str, result: DownloadResult) -> None:
        """Take a line of a list whose file was made of another line's; `place` is what messages call it."""

    def refresh(self, now: float) -> None:
        """Show how things stand, if it is time to (monotonic); called after events and a few times a second."""

    def end(self, ending: Ending) -> None:
        """Say how it ended."""

    def close(self) -> None:
        """Leave the terminal as it was found, whatever happened; called last, even after an exception."""
