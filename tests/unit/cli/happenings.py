"""Events that tests of this folder tell of."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rheo.domain.download import DownloadId, Wait, WaitReason
from rheo.domain.errors import HttpStatusError
from rheo.domain.events import (
    DownloadAdded,
    DownloadCompleted,
    DownloadFailed,
    DownloadStarted,
    DownloadWaiting,
    ProgressSampled,
)
from rheo.domain.progress import Phase, Progress
from rheo.domain.result import DownloadResult

NOON = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
URL = "http://a/b/c.iso"
BUSY = HttpStatusError(f"{URL}: status 503: service unavailable", status=503)


def added(number: int = 1, url: str = URL) -> DownloadAdded:
    return DownloadAdded(DownloadId(number), NOON, url, 0)


def started(number: int = 1) -> DownloadStarted:
    return DownloadStarted(DownloadId(number), NOON)


def sampled(number: int = 1, **progress: Any) -> ProgressSampled:
    return ProgressSampled(DownloadId(number), NOON, Progress(**{"phase": Phase.FETCHING, **progress}))


def wait(seconds: float = 60, reason: WaitReason = WaitReason.RETRY_AFTER) -> Wait:
    return Wait(reason=reason, until=NOON + timedelta(seconds=seconds), error=BUSY)


def waiting(number: int = 1, seconds: float = 60) -> DownloadWaiting:
    return DownloadWaiting(DownloadId(number), NOON, wait(seconds))


def result(**more: Any) -> DownloadResult:
    facts = {"path": Path("/here/c.iso"), "size": 2048, "seconds": 2.0, "url": URL, "final_url": URL, **more}
    return DownloadResult(**facts)


def completed(number: int = 1, **more: Any) -> DownloadCompleted:
    return DownloadCompleted(DownloadId(number), NOON, result(**more))


def failed(number: int = 1) -> DownloadFailed:
    return DownloadFailed(DownloadId(number), NOON, BUSY)
