"""How long each download may take in all: every try, and every wait between two of them."""

from __future__ import annotations

from collections.abc import Callable

from rheo.domain.download import Download, DownloadId
from rheo.domain.errors import TimeLimitError
from rheo.domain.settings import Settings
from rheo.engine.clock import Clock, Timer


class TimeLimits:
    """Knows when each download's time is over; it begins with the first run."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._anywhere = settings.max_time is not None or any("max_time" in host for host in settings.hosts.values())
        self._ends: dict[DownloadId, float] = {}
        """In monotonic seconds."""
        self._alarms: dict[DownloadId, Timer] = {}

    def begin_run(self, download: Download, expire: Callable[[], None]) -> None:
        """Call `expire` if the download's time is over before its run is."""
        limit = self._limit(download) if self._anywhere else None
        if limit is not None:
            now = self._clock.monotonic()
            end = self._ends.setdefault(download.id, now + limit)
            self._alarms[download.id] = self._clock.call_later(max(0.0, end - now), expire)

    def end_run(self, download: Download) -> None:
        """Call nobody any more."""
        alarm = self._alarms.pop(download.id, None)
        if alarm is not None:
            alarm.cancel()

    def forget(self, download: Download) -> None:
        """Let its time begin anew, if it ever runs again."""
        self._ends.pop(download.id, None)

    def allows(self, download: Download, delay: float) -> bool:
        """Whether there is time left after a wait of so many seconds."""
        end = self._ends.get(download.id)
        return end is None or self._clock.monotonic() + delay < end

    def error(self, download: Download) -> TimeLimitError:
        """Return what ends a download whose time is over."""
        return TimeLimitError(f"{download.request.url.origin}: not done within {self._limit(download):g} s (max_time)")

    def _limit(self, download: Download) -> float | None:
        return self._settings.for_host(download.request.url.host).max_time
