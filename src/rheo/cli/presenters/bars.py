"""A terminal: bars for what runs, and above them the lines that stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rheo.cli.presenters.base import Ending
from rheo.cli.presenters.lines import Lines
from rheo.cli.tally import Failure, Tally
from rheo.cli.terminal import say
from rheo.domain.events import Event
from rheo.domain.result import DownloadResult

if TYPE_CHECKING:
    from rheo.cli.presenters.screen import Screen

DELAY: Final = 0.3
"""Seconds until the first picture: what is done by then needs no bars, nor the 60 ms that Rich takes to load."""
INTERVAL: Final = 0.2
"""Seconds between two pictures."""


class Bars:
    """Draws how far everything is, a few times a second."""

    def __init__(self, tally: Tally, *, verbose: bool, now: float) -> None:
        self._tally = tally
        self._lines = Lines(tally, self._say, verbose=verbose, waits=False)
        self._screen: Screen | None = None
        self._said: list[str] = []
        """Lines for the next picture: each costs one of its own, and hundreds may come at once."""
        tally.look(now)
        self._due = now + DELAY

    def tell(self, event: Event) -> None:
        """Say an event, if it is worth a line; the picture shows the others."""
        self._lines.tell(event)

    def refuse(self, failure: Failure) -> None:
        """Say it."""
        self._lines.refuse(failure)

    def double(self, place: str, result: DownloadResult) -> None:
        """Say it, if it is worth a line."""
        self._lines.double(place, result)

    def refresh(self, now: float) -> None:
        """Draw, five times a second at most."""
        if now < self._due:
            return
        self._due = now + INTERVAL
        if self._screen is None:
            from rheo.cli.presenters.screen import Screen  # noqa: PLC0415  (only here Rich is needed)

            self._screen = Screen()
        self._tally.look(now)
        self._let_pass(self._screen)
        self._screen.draw(self._tally)

    def end(self, ending: Ending) -> None:
        """Take the bars away and say how it ended."""
        self.close()
        self._lines.end(ending)

    def close(self) -> None:
        """Take the bars away."""
        screen, self._screen = self._screen, None
        if screen is not None:
            self._let_pass(screen)
            screen.close()

    def _say(self, line: str) -> None:
        if self._screen is None:
            say(line)
        else:
            self._said.append(line)

    def _let_pass(self, screen: Screen) -> None:
        if self._said:
            screen.say(self._said)
            self._said.clear()
