"""What a face knows of a download: the sum of the events that told of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from rheo.domain.download import DownloadId, DownloadState, Wait, WaitReason
from rheo.domain.errors import DownloadCancelledError, DownloadPausedError, RheoError
from rheo.domain.events import (
    DownloadAdded,
    DownloadCancelled,
    DownloadCompleted,
    DownloadFailed,
    DownloadFollowed,
    DownloadPaused,
    DownloadQueued,
    DownloadRemoved,
    DownloadStarted,
    DownloadWaiting,
    Event,
    ProgressSampled,
)
from rheo.domain.progress import Progress
from rheo.domain.result import DownloadResult


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A download as last heard of."""

    state: DownloadState = DownloadState.QUEUED
    progress: Progress = field(default_factory=Progress)
    wait: Wait | None = None
    """Set while WAITING."""
    result: DownloadResult | None = None
    """Set when COMPLETED."""
    error: RheoError | None = None
    """Set when FAILED."""
    url: str = ""
    """As given, without user info and fragment."""
    kept: bool = True
    """Whether anybody may ask after it once it has ended."""
    files: tuple[DownloadId, ...] = ()
    """The downloads of all files that its Metalink lists, itself the first; empty without a Metalink."""

    @property
    def needed(self) -> RheoError | None:
        """Why nothing more happens until the caller gives a new URL; None where something may."""
        return self.wait.error if self.wait is not None and self.wait.reason is WaitReason.NEEDS_NEW_URL else None

    @property
    def still(self) -> bool:
        """Whether nothing more happens unless the caller does something."""
        return self.state.final or self.state is DownloadState.PAUSED or self.needed is not None

    def outcome(self, *, closed: bool) -> DownloadResult | None:
        """Return the result, raise what ended the download, or return None as long as it may go on."""
        if self.result is not None:
            return self.result
        if self.state is DownloadState.CANCELLED:
            raise DownloadCancelledError("the download was cancelled")
        if self.error is not None:
            raise self.error
        if closed:
            raise DownloadPausedError("the manager closed before the download was finished; its part is kept")
        return None


def updated(view: View, event: Event) -> View:
    """Return the view after an event of its download."""
    if isinstance(event, ProgressSampled):
        # States come before samples in a batch: one that is late tells nothing of a download that has ended.
        return replace(view, progress=event.progress) if view.state is DownloadState.RUNNING else view
    if isinstance(event, DownloadCompleted):
        size, name = event.result.size, event.result.path.name
        progress = replace(view.progress, received=size, total=size, name=name)
        return replace(view, state=DownloadState.COMPLETED, progress=progress, wait=None, result=event.result)
    if isinstance(event, DownloadFollowed):
        return replace(view, files=event.files)
    if isinstance(event, DownloadRemoved) and view.state.final:
        return view
    state = _STATES.get(type(event))
    if state is None:
        return view
    started = state in {DownloadState.QUEUED, DownloadState.RUNNING}
    return replace(
        view,
        state=state,
        progress=Progress() if started else view.progress,
        wait=getattr(event, "wait", None),
        error=getattr(event, "error", None),
        result=None,
        url=getattr(event, "url", view.url),
        kept=getattr(event, "kept", view.kept),
    )


_STATES: Final = {
    DownloadAdded: DownloadState.QUEUED,
    DownloadQueued: DownloadState.QUEUED,
    DownloadStarted: DownloadState.RUNNING,
    DownloadWaiting: DownloadState.WAITING,
    DownloadPaused: DownloadState.PAUSED,
    DownloadFailed: DownloadState.FAILED,
    DownloadCancelled: DownloadState.CANCELLED,
    DownloadRemoved: DownloadState.CANCELLED,
}
