"""Finds out which hosts are down, by what becomes of the downloads from there, and when they are tried again."""

from __future__ import annotations

import logging
from typing import Protocol

from rheo.domain.download import Download
from rheo.domain.errors import RheoError
from rheo.domain.url import Origin
from rheo.engine.politeness.outage import NOBODY, Outage
from rheo.engine.retries.retry import GiveUp, Pause
from rheo.engine.surroundings import Surroundings

logger = logging.getLogger(__name__)


class Decide(Protocol):
    """Says whether to try again after so many failures, the first of them so many seconds ago."""

    def __call__(self, error: RheoError, *, failures: int, failing_for: float) -> Pause | GiveUp:
        """Return that for what went wrong last."""


class Outages:
    """Those of all hosts."""

    def __init__(self, around: Surroundings, decide: Decide) -> None:
        """`decide` as for one download."""
        self._around = around
        self._decide = decide

    def note(self, download: Download, error: RheoError, *, asked: Origin) -> bool:
        """Take in how a download failed that had no answer; return whether its host is given up, and it with that.

        One with mirrors tells nothing of a single host, and one that must not be repeated would give it up at once.
        """
        if download.request.mirrors or not (isinstance(error, NOBODY) and error.repeatable):
            return False
        line, now = self._around.lines[asked], self._around.clock.monotonic()
        went_down = not line.outage.down
        if not line.outage.failed(download.id, now):
            return False
        self._go_on(line.outage, error, now)
        line.look_soon()
        if went_down and not line.outage.given_up:
            logger.warning("%s; the host is down: one download tries it, the others wait", error.args[0])
        own = asked == self._around.asked(download.request.place).origin  # redirects may lead elsewhere the next time
        return own and line.outage.given_up

    def _go_on(self, outage: Outage, error: RheoError, now: float) -> None:
        """Have a host tried again, or give it up."""
        verdict = self._decide(error, failures=outage.rounds, failing_for=outage.failing_for(now))
        if isinstance(verdict, Pause):
            outage.wait(verdict.delay, now)
            return
        outage.give_up(error, now)
        if verdict.because is not None:
            error.add_note(verdict.because)
