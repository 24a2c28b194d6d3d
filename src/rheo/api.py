"""One file, one call: from a script, a notebook, or a coroutine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Unpack, cast

from rheo import aio, sync
from rheo.config import override
from rheo.domain.events import DownloadCompleted, ProgressSampled
from rheo.domain.overrides import SettingsButCookies
from rheo.domain.progress import Phase, Progress
from rheo.domain.result import DownloadResult
from rheo.domain.settings import Settings
from rheo.engine.retries.retry import RetryPolicy
from rheo.wishes import Checksums, FileKeywords, policy_for
from rheo.wishes.http import HttpKeywords, Pairs, RequestKeywords, check_one_stream

if TYPE_CHECKING:
    from rheo.domain.information import Information  # loaded where somebody asks for it
    from rheo.domain.metalink.values import Metalink  # likewise
    from rheo.domain.verified import VerifiedFile  # likewise

OnProgress = Callable[[Progress], object] | None


class Keywords(SettingsButCookies, FileKeywords, RequestKeywords, total=False):
    """Settings, and what may be said of one file and its requests."""

    cookies: Pairs | Path | str | None
    """Names and values, or the file that has them."""


class RequestSettings(SettingsButCookies, RequestKeywords, total=False):
    """Settings, and what may be said of requests."""

    cookies: Pairs | Path | str | None
    """Names and values, or the file that has them."""


class OwnWishes(FileKeywords, RequestKeywords, total=False):
    """What was said of one download alone."""

    cookies: Pairs


def download(
    url: str,
    *,
    output: str | None = None,
    checksum: Checksums = None,
    hash_file: str | Path | None = None,
    resume_from: str | Path | None = None,
    on_progress: OnProgress = None,
    retry_policy: RetryPolicy | None = None,
    **keywords: Unpack[Keywords],
) -> DownloadResult:
    """Fetch one file and return its result once it is whole, checked, synced and has its name.

    Works with or without an event loop running in this thread, so in notebooks, too. `on_progress` is called a
    few times a second, on another thread. `resume_from` is a part file of another URL to go on with, `hash_file` a
    list that has the file's checksum. Where the URL leads to a Metalink, all files that it lists are fetched, and the
    result is that of the first one. A wait that would outlast `retry_max_time` is not begun. Raises the RheoError that
    says what went wrong.
    """
    settings, wishes = _parted(keywords)
    policy = retry_policy or policy_for(settings, patient=False)
    with sync.DownloadManager(settings, retry_policy=policy) as manager:
        if on_progress is not None:
            manager.on(ProgressSampled, lambda event: on_progress(event.progress))
            manager.on(DownloadCompleted, lambda event: on_progress(_whole(event.result)))
        handle = manager.add(
            url, output=output, checksum=checksum, hash_file=hash_file, resume_from=resume_from, **wishes
        )
        result = handle.wait()
        for file in handle.files:
            file.wait()
        return result


async def download_async(
    url: str,
    *,
    output: str | None = None,
    checksum: Checksums = None,
    hash_file: str | Path | None = None,
    resume_from: str | Path | None = None,
    on_progress: OnProgress = None,
    retry_policy: RetryPolicy | None = None,
    **keywords: Unpack[Keywords],
) -> DownloadResult:
    """Fetch one file, as `download` does, without blocking the running event loop.

    `on_progress` may be a coroutine function and runs on this loop. Being cancelled stops the download and
    keeps its part.
    """
    settings, wishes = _parted(keywords)
    policy = retry_policy or policy_for(settings, patient=False)
    async with aio.DownloadManager(settings, retry_policy=policy) as manager:
        if on_progress is not None:
            manager.on(ProgressSampled, lambda event: on_progress(event.progress))
            manager.on(DownloadCompleted, lambda event: on_progress(_whole(event.result)))
        handle = await manager.add(
            url, output=output, checksum=checksum, hash_file=hash_file, resume_from=resume_from, **wishes
        )
        result = await handle.wait()
        for file in handle.files:
            await file.wait()
        return result


def probe(url: str, **keywords: Unpack[Keywords]) -> Information:
    """Ask what a file is, as `download` would, and stop at the answer's head: no body is read, nothing written.

    A status that refuses, such as 404, is information; its `error` is what a download would raise. Raises the
    RheoError that kept an answer from coming. Nothing is tried again.
    """
    settings, wishes = _parted(keywords)
    with sync.DownloadManager(settings) as manager:
        return manager.probe(url, **wishes)


async def probe_async(url: str, **keywords: Unpack[Keywords]) -> Information:
    """Ask what a file is, as `probe` does, without blocking the running event loop."""
    settings, wishes = _parted(keywords)
    async with aio.DownloadManager(settings) as manager:
        return await manager.probe(url, **wishes)


def verify(
    path: str | Path,
    *,
    checksum: Checksums = None,
    hash_file: str | Path | None = None,
    metalink: Metalink | str | Path | bytes | None = None,
    repair: str | Iterable[str] = (),
    **keywords: Unpack[RequestSettings],
) -> VerifiedFile:
    """Hold a file on the disk against a checksum, a list of them or a Metalink, and return what is known of it.

    `repair` are URLs of the file: of a damaged one what is wrong is fetched from there, as far as pieces of a Metalink
    say what that is, else all of it. It keeps its name and bytes until what replaces it is proven. Raises
    ChecksumMismatchError or SizeMismatchError, whose `bad` says which bytes are wrong, or what kept it from being
    repaired.
    """
    settings, wishes = _parted(cast(Keywords, keywords))
    policy = policy_for(settings, patient=False)
    with sync.DownloadManager(settings, retry_policy=policy) as manager:
        return manager.verify(
            path, checksum=checksum, hash_file=hash_file, metalink=metalink, repair=repair, **_of_requests(wishes)
        )


async def verify_async(
    path: str | Path,
    *,
    checksum: Checksums = None,
    hash_file: str | Path | None = None,
    metalink: Metalink | str | Path | bytes | None = None,
    repair: str | Iterable[str] = (),
    **keywords: Unpack[RequestSettings],
) -> VerifiedFile:
    """Hold a file on the disk against what it must be, as `verify` does, without blocking the running event loop.

    Being cancelled stops the repair and keeps its part.
    """
    settings, wishes = _parted(cast(Keywords, keywords))
    policy = policy_for(settings, patient=False)
    async with aio.DownloadManager(settings, retry_policy=policy) as manager:
        return await manager.verify(
            path, checksum=checksum, hash_file=hash_file, metalink=metalink, repair=repair, **_of_requests(wishes)
        )


def _of_requests(wishes: OwnWishes) -> HttpKeywords:
    return cast(HttpKeywords, wishes)


def _parted(keywords: Keywords) -> tuple[Settings, OwnWishes]:
    """Return the settings, and what is said of this download alone; raises UsageError where they contradict it."""
    own = OwnWishes.__annotations__.keys() - {"cookies"}
    said = {name: value for name, value in keywords.items() if name in own}
    given = {name: value for name, value in keywords.items() if name not in own}
    if not isinstance(given.get("cookies"), str | Path | None):
        said["cookies"] = given.pop("cookies")
    settings, wishes = override(Settings(), given), cast(OwnWishes, said)
    check_one_stream(wishes, settings, given=given)
    return settings, wishes


def _whole(result: DownloadResult) -> Progress:
    return Progress(phase=Phase.PUBLISHING, received=result.size, total=result.size, name=result.path.name)
