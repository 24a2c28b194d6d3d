"""Whether and when to try again: exponential backoff with full jitter, within bounds, and Retry-After obeyed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from rheo.domain.download import WaitReason
from rheo.domain.errors import DiskFullError, HostClosedError, HttpStatusError, RheoError

PROGRESS: Final = 64 * 1024
"""Bytes beyond those of earlier attempts that make one count as progress: whatever failed before is forgotten."""

DISK_FULL_INTERVAL: Final = 30.0
"""Seconds between two looks whether there is room again."""

_MOST_DOUBLINGS: Final = 32
"""Beyond this a float would overflow; the ceiling holds long before."""


class Pause(NamedTuple):
    """Wait so many seconds, then try again."""

    delay: float
    reason: WaitReason


class GiveUp(NamedTuple):
    """Do not try again; `because` ends the error's sentence, None where the error says it all."""

    because: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Which errors are tried again, how often, for how long, and with which waits (seconds)."""

    attempts: int = 5
    """Tries after the first one that bring no progress."""
    max_time: float = 600.0
    """From the first of these failures; a wait that would end later is not begun."""
    base: float = 1.0
    ceiling: float = 60.0
    statuses: dict[int, bool] = field(default_factory=dict)
    """Whether a status is transient, where the default is not wanted."""
    errors: dict[str | type[RheoError], bool] = field(default_factory=dict)
    """The same by an error's class or code; an error's own class before its parents."""
    decide: Callable[[RheoError], bool | None] | None = None
    """Asked first; None leaves the decision to the rest."""
    patient: bool = True
    """Whether a Retry-After is waited for even beyond `max_time`, as a manager does and a command does not."""
    waits_for_room: bool = False
    """Whether a full disk is looked at again and again, as a manager does and a command does not."""
    waits_for_url: bool = False
    """Whether a download whose link died waits for a new one, as in a manager; in a command it fails."""

    def next(self, error: RheoError, *, failures: int, failing_for: float, jitter: float) -> Pause | GiveUp:
        """Decide after the nth failure in a row; `jitter` is a random number in [0, 1]."""
        if self.waits_for_room and error.repeatable and isinstance(error, DiskFullError):
            return Pause(DISK_FULL_INTERVAL, WaitReason.DISK_FULL)
        if not (error.repeatable and self.transient(error)):
            return GiveUp()
        if failures > self.attempts:
            return GiveUp(f"gave up after {failures} tries" if failures > 1 else None)
        pause = self._pause(error, failures=failures, jitter=jitter)
        told = pause.reason is WaitReason.RETRY_AFTER
        if failing_for + pause.delay > self.max_time and not (told and self.patient):
            if told:
                closed = isinstance(error, HostClosedError)  # by whose wish, it does not say
                wait = "it is asked again in" if closed else "the server asks to wait"
                return GiveUp(f"{wait} {error.retry_after:.0f} s, retry_max_time allows {self.max_time:.0f} s")
            return GiveUp(f"gave up after failing for {failing_for:.0f} s")
        return pause

    def transient(self, error: RheoError) -> bool:
        """Whether trying again may help, by this policy."""
        decided = self.decide(error) if self.decide is not None else None
        if decided is not None:
            return decided
        if isinstance(error, HttpStatusError) and error.status in self.statuses:
            return self.statuses[error.status]
        for kind in type(error).__mro__:
            for key in (kind, getattr(kind, "code", None)):
                if key in self.errors:
                    return self.errors[key]
        return error.transient

    def _pause(self, error: RheoError, *, failures: int, jitter: float) -> Pause:
        backoff = jitter * min(self.ceiling, self.base * 2.0 ** min(failures - 1, _MOST_DOUBLINGS))
        if error.retry_after is None:
            return Pause(backoff, WaitReason.BACKOFF)
        # Never shortened; a little later spreads those who were told the same second.
        return Pause(error.retry_after + jitter * min(1.0, error.retry_after / 10), WaitReason.RETRY_AFTER)


def retry_rules(words: Sequence[str]) -> tuple[dict[int, bool], dict[str | type[RheoError], bool]]:
    """Return statuses and error codes from words like `404`, `!503` and `certificate_rejected`."""
    statuses: dict[int, bool] = {}
    errors: dict[str | type[RheoError], bool] = {}
    for word in words:
        name, wanted = word.removeprefix("!"), not word.startswith("!")
        if name.isdigit():
            statuses[int(name)] = wanted
        else:
            errors[name] = wanted
    return statuses, errors
