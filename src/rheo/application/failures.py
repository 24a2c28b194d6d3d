"""What follows a run that failed: another try after a while, a new link, or the end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Final

from rheo.application.records import Records
from rheo.application.time_limits import TimeLimits
from rheo.domain.download import Download, DownloadId, Trigger, Wait
from rheo.domain.errors import HostClosedError, HttpStatusError, RheoError
from rheo.engine.clock import Clock, Timer
from rheo.engine.politeness.gate import SLOWED, Gate
from rheo.engine.retries.retry import PROGRESS, GiveUp, Pause, RetryPolicy

logger = logging.getLogger(__name__)

SPARED: Final = 2
"""Refusals in a row that are no failures of a download, where its host takes others and is asked more slowly now."""


class Failures:
    """Asks the policy, and keeps the timers of those that are tried again."""

    def __init__(
        self,
        records: Records,
        policy: RetryPolicy,
        limits: TimeLimits,
        clock: Clock,
        *,
        dice: Callable[[], float],
        due: Callable[[Download], None],
    ) -> None:
        """`dice` returns random numbers in [0, 1); `due` is told of a download whose wait is over."""
        self._records = records
        self._policy = policy
        self._limits = limits
        self._clock = clock
        self._dice = dice
        self._due = due
        self._timers: dict[DownloadId, Timer] = {}

    def count(self, download: Download, error: RheoError, *, gate: Gate, received: int, furthest: int) -> bool:
        """Note a failure of a run that had so many bytes; return whether it went further than those before.

        The same bytes once more are no progress. `gate` is that of the host which was asked.
        """
        further = received - furthest >= PROGRESS
        if not further and self._spares(download, error, gate):
            return False
        anew = further or download.failing_since is None
        since = self._clock.monotonic() if anew or download.failing_since is None else download.failing_since
        failures = 1 if anew else download.failures + 1
        self._records.count_failure(download, failures=failures, since=since, furthest=max(received, furthest))
        return further

    def postpone(self, download: Download, error: RheoError) -> bool:
        """Have it tried again later, and return True; where policy or limits are against that, the error says why."""
        since = download.failing_since
        failing_for = 0.0 if since is None else self._clock.monotonic() - since
        verdict = self.verdict_on(error, failures=download.failures, failing_for=failing_for)
        if isinstance(verdict, Pause) and not self._limits.allows(download, verdict.delay):
            verdict = GiveUp("max_time ends before another try could begin")
        if isinstance(verdict, GiveUp):
            if verdict.because is not None:
                error.add_note(verdict.because)
            return False
        until = self._clock.now() + timedelta(seconds=verdict.delay)
        wait = Wait(reason=verdict.reason, until=until, error=error)
        self._timers[download.id] = self._clock.call_later(verdict.delay, partial(self._end_wait, download))
        self._records.change(download, Trigger.POSTPONE, wait=wait)
        return True

    def forget_wait(self, download: DownloadId) -> None:
        """Wait no more for its time."""
        timer = self._timers.pop(download, None)
        if timer is not None:
            timer.cancel()

    def _end_wait(self, download: Download) -> None:
        self.forget_wait(download.id)
        self._due(download)

    def verdict_on(self, error: RheoError, *, failures: int, failing_for: float) -> Pause | GiveUp:
        """Ask the policy, of which a part may be the caller's own code, after so many failures in so many seconds."""
        try:
            return self._policy.next(error, failures=failures, failing_for=failing_for, jitter=self._dice())
        except Exception as bug:
            logger.exception("the retry policy failed")
            return GiveUp(f"the retry policy failed: {type(bug).__name__}: {bug}")

    def _spares(self, download: Download, error: RheoError, gate: Gate) -> bool:
        """Whether an error is no failure of the download, but of how fast all of them asked.

        Nobody was refused by a host that was not asked, unless that takes nothing at all; and where nothing is tried
        again, nothing is spared.
        """
        if isinstance(error, HostClosedError):
            return not error.vain
        slowed = isinstance(error, HttpStatusError) and error.status in SLOWED and gate.guarded and gate.vain == 0
        if slowed and download.spared < SPARED and self._policy.attempts > 0:
            self._records.spare(download)
            return True
        return False
