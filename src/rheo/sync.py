"""The synchronous face: the asynchronous one, on a dispatcher thread with a loop of its own.

Handlers run on that thread, one event after the other; they cannot call their manager, which is waiting for them.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack
from weakref import WeakValueDictionary

from rheo import aio
from rheo.domain.connection_counts import ConnectionCounts
from rheo.domain.download import DownloadId, DownloadState, Wait
from rheo.domain.errors import InvalidTransitionError, ManagerClosedError, RheoError
from rheo.domain.events import Event
from rheo.domain.overrides import SettingsOverrides
from rheo.domain.progress import Progress
from rheo.domain.result import DownloadResult
from rheo.domain.settings import Settings
from rheo.engine.retries.retry import RetryPolicy
from rheo.wishes import Wishes
from rheo.wishes.http import Pairs
from rheo.wishes.limits import Rate

if TYPE_CHECKING:
    from rheo.batch.items import Item  # loaded where somebody has many
    from rheo.domain.batch.result import BatchResult  # likewise
    from rheo.domain.batch.terms import Check, Duplicates  # likewise
    from rheo.domain.information import Information  # loaded where somebody asks for it
    from rheo.domain.metalink.values import Metalink  # likewise
    from rheo.domain.verified import VerifiedFile  # likewise
    from rheo.wishes.verifying import VerifyKeywords  # likewise

E = TypeVar("E", bound=Event)
T = TypeVar("T")


class DownloadHandle:
    """One download, as its manager last heard of it; every method returns when the engine has done it."""

    def __init__(self, manager: DownloadManager, handle: aio.DownloadHandle) -> None:
        self._manager = manager
        self._handle = handle

    def __repr__(self) -> str:
        return repr(self._handle)

    @property
    def id(self) -> DownloadId:
        """What events call it."""
        return self._handle.id

    @property
    def url(self) -> str:
        """As given, without user info and fragment."""
        return self._handle.url

    @property
    def state(self) -> DownloadState:
        """Where the download is in its life."""
        return self._handle.state

    @property
    def progress(self) -> Progress:
        """How far it is; as of the last sample."""
        return self._handle.progress

    @property
    def speed(self) -> float:
        """Bytes per second, smoothed; 0.0 unless it runs."""
        return self._handle.speed

    @property
    def eta(self) -> float | None:
        """Seconds until the end at the present speed; None where nobody can know."""
        return self._handle.eta

    @property
    def waiting_for(self) -> Wait | None:
        """Why it waits and until when; None unless it is WAITING."""
        return self._handle.waiting_for

    @property
    def error(self) -> RheoError | None:
        """What ended it; None unless it is FAILED."""
        return self._handle.error

    @property
    def files(self) -> tuple[DownloadHandle, ...]:
        """The downloads of all files of the Metalink that its URL led to: itself is the first; empty before that."""
        return tuple(self._manager._own(self._handle.files))  # noqa: SLF001

    def outcome(self) -> DownloadResult | None:
        """Return the result, raise the RheoError that ended it, or return None as long as it may go on."""
        return self._handle.outcome()

    def wait(self, timeout: float | None = None) -> DownloadResult:
        """Return the result, or raise the RheoError that ended the download; TimeoutError after so many seconds.

        Of a Metalink, that of its first file. Where a new URL is needed, NeedsNewUrlError says so: `replace_url` goes
        on, and then it can be waited for again.
        """
        return self.outcome() or self._manager._run(self._handle.wait(), timeout)  # noqa: SLF001  (one unit in two classes)

    def pause(self) -> None:
        """Let it stand still, its part kept; raises InvalidTransitionError where it is finished."""
        self._manager._run(self._handle.pause())  # noqa: SLF001

    def resume(self) -> None:
        """Queue it again after a pause, a failure or a cancel; end a wait at once."""
        self._manager._run(self._handle.resume())  # noqa: SLF001

    def replace_url(self, url: str, headers: Pairs = ()) -> None:
        """Go on from another URL with what has come, if that proves to be of the same file.

        The headers, and a login in the URL, go to its origin alone. For a download that waits, is paused or failed;
        raises InvalidTransitionError in other states, and UsageError for what can be no URL or header.
        """
        self._manager._run(self._handle.replace_url(url, headers))  # noqa: SLF001

    def cancel(self) -> None:
        """End it and remove its part; `wait` raises DownloadCancelledError."""
        self._manager._run(self._handle.cancel())  # noqa: SLF001

    def remove(self) -> None:
        """Cancel it if it is not finished, and let the manager forget it; the finished file stays."""
        self._manager._run(self._handle.remove())  # noqa: SLF001

    def move(self, position: int) -> None:
        """Put it at a place in the queue among those of its priority: 0 is next, -1 last."""
        self._manager._run(self._handle.move(position))  # noqa: SLF001

    def set_limit_rate(self, rate: Rate) -> None:
        """Let it take so many bytes per second from now on, whatever each may; raises SettingsError for no rate."""
        self._manager._run(self._handle.set_limit_rate(rate))  # noqa: SLF001

    def set_priority(self, priority: int) -> None:
        """Let it start before all queued ones of a lower priority, and share limits by its weight.

        Nothing that runs is interrupted.
        """
        self._manager._run(self._handle.set_priority(priority))  # noqa: SLF001


class DownloadManager:
    """Fetches many files at once; a context manager for code without an event loop.

    Leaving the block waits for everything that is not paused, nor needs a new URL; an exception that leaves it,
    Ctrl-C too, pauses what is not finished and keeps the parts. Keywords are settings, by their names in `Settings`.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        retry_policy: RetryPolicy | None = None,
        **overrides: Unpack[SettingsOverrides],
    ) -> None:
        """`retry_policy` replaces the one that the settings describe; raises SettingsError for a wrong value."""
        self._manager = aio.DownloadManager(settings, retry_policy=retry_policy, **overrides)
        self._handles: WeakValueDictionary[DownloadId, DownloadHandle] = WeakValueDictionary()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread

    @property
    def settings(self) -> Settings:
        """What the manager was opened with."""
        return self._manager.settings

    @property
    def connections(self) -> ConnectionCounts:
        """What came of the requests so far: connections made, reused, and refused; still there after closing."""
        return self._manager.connections

    def __enter__(self) -> Self:
        self._loop = asyncio.SelectorEventLoop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="rheo dispatcher", daemon=True)
        self._thread.start()
        try:
            self._run(self._manager.__aenter__())
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None and self._loop is not None:  # it may have been closed within
                self.wait()
        finally:
            self.close()

    def close(self) -> None:
        """Pause what is not finished and stop; handles keep what they last heard. Closing again does nothing."""
        if self._loop is None:
            return
        try:
            self._run(self._manager.close())
            self._run(aio.wind_up())
        finally:
            self._stop()

    def add(self, url: str, **wishes: Unpack[Wishes]) -> DownloadHandle:
        """Queue one file and return its handle; the same again, if unfinished, is the same download.

        Raises the UsageError that says what is wrong: URL, checksum, folder.
        """
        return self.add_many([url], **wishes)[0]

    def add_many(self, urls: Iterable[str], **wishes: Unpack[Wishes]) -> list[DownloadHandle]:
        """Queue several files with the same wishes; either all are added or none."""
        return self._own(self._run(self._manager.add_many(urls, **wishes)))

    def add_metalink(
        self, metalink: Metalink | str | Path | bytes, *, select: str | Iterable[str] = (), **wishes: Unpack[Wishes]
    ) -> list[DownloadHandle]:
        """Queue the files of a Metalink, given by URL, path or bytes, or as read; either all are added or none.

        `select` chooses by name, pattern such as `*.iso`, or number such as `1,3-5`; nothing is everything. What
        was left out is logged. Raises InvalidMetalinkError, and UsageError for what no Metalink's files can be asked.
        One at a URL is fetched once, now; raises the TransferError that kept it from coming or being understood.
        """
        return self._own(self._run(self._manager.add_metalink(metalink, select=select, **wishes)))

    def download_many(
        self,
        items: Iterable[Item],
        *,
        ledger: str | Path | None = None,
        only_failed: bool = False,
        check: Check | str | None = None,
        duplicates: Duplicates | str | None = None,
        **wishes: Unpack[Wishes],
    ) -> Iterator[BatchResult]:
        """Fetch any number of files, and yield what became of each as it is finished; a million take no more memory.

        As `rheo.DownloadManager.download_many`; items are taken on a thread of their own.
        """
        results = self._manager.download_many(
            items, ledger=ledger, only_failed=only_failed, check=check, duplicates=duplicates, **wishes
        )
        try:
            with suppress(StopAsyncIteration):
                while True:
                    yield self._run(_next(results))
        finally:
            if self._loop is not None:  # else they were closed with the manager
                self._run(_close(results))

    def _own(self, handles: Iterable[aio.DownloadHandle]) -> list[DownloadHandle]:
        return [self._handles.setdefault(handle.id, DownloadHandle(self, handle)) for handle in handles]

    def probe(self, url: str, **wishes: Unpack[Wishes]) -> Information:
        """Ask what a file is, with the same wishes, and fetch nothing of it.

        A status that refuses is information; raises the RheoError of an answer that did not come. Nothing is tried
        again.
        """
        return self._run(self._manager.probe(url, **wishes))

    def verify(self, path: str | Path, **words: Unpack[VerifyKeywords]) -> VerifiedFile:
        """Hold a file against a checksum, a list of them or a Metalink; `repair` fetches anew what is wrong of it.

        Raises ChecksumMismatchError or SizeMismatchError, whose `bad` says which bytes are wrong, or what kept it from
        being repaired: the file is then as it was. The repair is one of the manager's downloads while it lasts.
        """
        return self._run(self._manager.verify(path, **words))

    def set_limit_rate(self, rate: Rate, *, host: str | None = None) -> None:
        """Let all downloads together, or those that come from a host, take so many bytes per second from now on.

        Raises SettingsError for what is no rate, or no host.
        """
        self._run(self._manager.set_limit_rate(rate, host=host))

    def set_limit_rate_per_download(self, rate: Rate) -> None:
        """Let each download that has no limit of its own take so many bytes per second from now on; raises likewise."""
        self._run(self._manager.set_limit_rate_per_download(rate))

    def wait(self) -> None:
        """Return once every download is finished, paused or needs a new URL; how each ended is its handle's to say."""
        self._run(self._manager.wait())

    def on(self, kind: type[E], handler: Callable[[E], object]) -> None:
        """Call a function for each event of a kind, on the dispatcher thread; what it raises is logged."""
        self._soon(self._manager.on, kind, handler)

    def off(self, kind: type[E], handler: Callable[[E], object]) -> None:
        """Take a subscription back; one that is not there is ignored."""
        self._soon(self._manager.off, kind, handler)

    def events(self) -> Iterator[Event]:
        """Yield all events from now on until the manager closes; who is too slow gets a `Lagged`."""
        iterator = self._manager.events()
        while self._loop is not None:
            try:
                yield self._run(_next(iterator))
            except StopAsyncIteration:
                return

    def _stop(self) -> None:
        """End the dispatcher's thread."""
        loop, self._loop = self._loop, None
        if loop is not None:
            loop.call_soon_threadsafe(loop.stop)
            self._thread.join()
            loop.close()

    def _soon(self, subscribe: Callable[[type[E], Callable[[E], object]], None], kind: type[E], handler: Any) -> None:
        if self._loop is None:
            subscribe(kind, handler)
            return

        async def run() -> None:
            subscribe(kind, handler)

        self._run(run())

    def _run(self, work: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self._running_loop(work))
        try:
            return future.result(timeout)
        finally:
            future.cancel()  # where we were interrupted, nobody waits any more

    def _running_loop(self, work: Coroutine[Any, Any, object]) -> asyncio.AbstractEventLoop:
        try:
            self._manager.check_process()
            if self._loop is None:
                raise ManagerClosedError("the manager is not open")
            if threading.current_thread() is self._thread:
                raise InvalidTransitionError("an event handler cannot wait for its own manager; use another thread")
        except RheoError:
            work.close()
            raise
        return self._loop


async def _next(iterator: AsyncIterator[T]) -> T:
    return await anext(iterator)


async def _close(iterator: AsyncGenerator[Any, None]) -> None:
    await iterator.aclose()
