"""One download in the caller's hands: its state as the asynchronous manager last heard of it, and what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rheo.application.manager import Manager
from rheo.application.view import View
from rheo.domain.download import DownloadId, DownloadState, Wait
from rheo.domain.errors import RheoError
from rheo.domain.progress import Progress
from rheo.domain.result import DownloadResult
from rheo.wishes.http import Pairs
from rheo.wishes.limits import Rate, limit_from
from rheo.wishes.links import link_from

if TYPE_CHECKING:
    from rheo.aio import DownloadManager


class DownloadHandle:
    """One download, as its manager last heard of it."""

    def __init__(self, manager: DownloadManager, download: DownloadId, url: str) -> None:
        self._manager = manager
        self.id = download
        self.url = url
        """As given, without user info and fragment."""

    def __repr__(self) -> str:
        return f"<DownloadHandle {self.id} {self.state.value} {self.url}>"

    @property
    def state(self) -> DownloadState:
        """Where the download is in its life."""
        return self._view.state

    @property
    def progress(self) -> Progress:
        """How far it is; as of the last sample."""
        return self._view.progress

    @property
    def speed(self) -> float:
        """Bytes per second, smoothed; 0.0 unless it runs."""
        return self.progress.speed if self.state is DownloadState.RUNNING else 0.0

    @property
    def eta(self) -> float | None:
        """Seconds until the end at the present speed; None where nobody can know."""
        return self.progress.eta if self.state is DownloadState.RUNNING else None

    @property
    def waiting_for(self) -> Wait | None:
        """Why it waits and until when; None unless it is WAITING."""
        return self._view.wait

    @property
    def error(self) -> RheoError | None:
        """What ended it; None unless it is FAILED."""
        return self._view.error

    @property
    def files(self) -> tuple[DownloadHandle, ...]:
        """The downloads of all files of the Metalink that its URL led to: itself is the first; empty before that."""
        return tuple(self._manager._handle(download) for download in self._view.files)  # noqa: SLF001

    def outcome(self) -> DownloadResult | None:
        """Return the result, raise the RheoError that ended it, or return None as long as it may go on."""
        return self._view.outcome(closed=self._manager._closed)  # noqa: SLF001

    async def wait(self) -> DownloadResult:
        """Return the result, or raise the RheoError that ended the download; of a Metalink, that of its first file.

        Being cancelled while waiting does not cancel the download. A paused one is waited for; it raises
        DownloadPausedError when the manager closes before it is resumed. Where a new URL is needed, NeedsNewUrlError
        says so: `replace_url` goes on, and then it can be waited for again.
        """
        return await self._manager._wait(self.id)  # noqa: SLF001  (one unit in two classes)

    async def pause(self) -> None:
        """Let it stand still, its part kept; raises InvalidTransitionError where it is finished."""
        await self._manager._call(Manager.pause, self.id)  # noqa: SLF001

    async def resume(self) -> None:
        """Queue it again after a pause, a failure or a cancel; end a wait at once."""
        await self._manager._call(Manager.resume, self.id)  # noqa: SLF001

    async def replace_url(self, url: str, headers: Pairs = ()) -> None:
        """Go on from another URL with what has come, if that proves to be of the same file.

        The headers, and a login in the URL, go to its origin alone. For a download that waits, is paused or failed;
        raises InvalidTransitionError in other states, and UsageError for what can be no URL or header.
        """
        await self._manager._call(Manager.replace_url, self.id, link_from(url, headers))  # noqa: SLF001

    async def cancel(self) -> None:
        """End it and remove its part; `wait` raises DownloadCancelledError."""
        await self._manager._call(Manager.cancel, self.id)  # noqa: SLF001

    async def remove(self) -> None:
        """Cancel it if it is not finished, and let the manager forget it; the finished file stays."""
        await self._manager._call(Manager.remove, self.id)  # noqa: SLF001

    async def move(self, position: int) -> None:
        """Put it at a place in the queue among those of its priority: 0 is next, -1 last."""
        await self._manager._call(Manager.move, self.id, position)  # noqa: SLF001

    async def set_limit_rate(self, rate: Rate) -> None:
        """Let it take so many bytes per second from now on, whatever each may; raises SettingsError for no rate."""
        await self._manager._call(Manager.limit_download, self.id, limit_from(rate))  # noqa: SLF001

    async def set_priority(self, priority: int) -> None:
        """Let it start before all queued ones of a lower priority, and share limits by its weight.

        Nothing that runs is interrupted.
        """
        await self._manager._call(Manager.prioritise, self.id, priority)  # noqa: SLF001

    @property
    def _view(self) -> View:
        return self._manager._views.get(self.id) or View()  # noqa: SLF001
