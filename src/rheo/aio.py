"""The asynchronous face: a manager and its handles, on whatever event loop the caller has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar, Unpack, cast
from weakref import WeakValueDictionary

from rheo.application.bus import Outbox
from rheo.application.manager import Manager
from rheo.application.view import View, updated
from rheo.config import override
from rheo.domain.download import DownloadId, DownloadRequest, DownloadState, Wait
from rheo.domain.errors import ManagerClosedError, RheoError
from rheo.domain.events import Event, Lagged
from rheo.domain.overrides import SettingsOverrides
from rheo.domain.progress import Progress
from rheo.domain.result import DownloadResult
from rheo.domain.settings import Settings
from rheo.engine.retry import RetryPolicy
from rheo.listening import Listener, Subscription
from rheo.session import PATIENCE, Command, P, Session, T
from rheo.wishes import Wishes, is_address, policy_for, request_for, requests_for

if TYPE_CHECKING:
    from rheo.domain.information import Information  # loaded where somebody asks for it
    from rheo.domain.metalink.values import Metalink  # likewise

E = TypeVar("E", bound=Event)


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
        DownloadPausedError when the manager closes before it is resumed.
        """
        return await self._manager._wait(self.id)  # noqa: SLF001  (one unit in two classes)

    async def pause(self) -> None:
        """Let it stand still, its part kept; raises InvalidTransitionError where it is finished."""
        await self._manager._call(Manager.pause, self.id)  # noqa: SLF001

    async def resume(self) -> None:
        """Queue it again after a pause, a failure or a cancel; end a wait at once."""
        await self._manager._call(Manager.resume, self.id)  # noqa: SLF001

    async def cancel(self) -> None:
        """End it and remove its part; `wait` raises DownloadCancelledError."""
        await self._manager._call(Manager.cancel, self.id)  # noqa: SLF001

    async def remove(self) -> None:
        """Cancel it if it is not finished, and let the manager forget it; the finished file stays."""
        await self._manager._call(Manager.remove, self.id)  # noqa: SLF001

    async def move(self, position: int) -> None:
        """Put it at a place in the queue among those of its priority: 0 is next, -1 last."""
        await self._manager._call(Manager.move, self.id, position)  # noqa: SLF001

    async def set_priority(self, priority: int) -> None:
        """Let it start before all queued ones of a lower priority; nothing that runs is interrupted."""
        await self._manager._call(Manager.prioritise, self.id, priority)  # noqa: SLF001

    @property
    def _view(self) -> View:
        return self._manager._views.get(self.id) or View()  # noqa: SLF001


class DownloadManager:
    """Fetches many files at once; an asynchronous context manager.

    Leaving the block waits for everything that is not paused; an exception that leaves it pauses what is not
    finished and keeps the parts. Keywords are settings, by their names in `Settings`.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        retry_policy: RetryPolicy | None = None,
        **overrides: Unpack[SettingsOverrides],
    ) -> None:
        """`retry_policy` replaces the one that the settings describe; raises SettingsError for a wrong value."""
        self.settings = override(settings or Settings(), overrides)
        self._session = Session(self.settings, retry_policy or policy_for(self.settings, patient=True))
        self._views: dict[DownloadId, View] = {}
        self._handles: WeakValueDictionary[DownloadId, DownloadHandle] = WeakValueDictionary()
        """Those that somebody holds: the same download is the same handle."""
        self._ended: dict[DownloadId, asyncio.Event] = {}
        """For each download that is waited for: set when it may have ended."""
        self._subscriptions: list[Subscription] = []
        self._handling: set[asyncio.Task[None]] = set()
        self._listeners: set[Listener] = set()
        self._changed: asyncio.Event
        self._closing = self._closed = False
        self._loop: asyncio.AbstractEventLoop
        self._outbox: Outbox

    async def __aenter__(self) -> Self:
        if self._closed or self._session.is_open:
            raise ManagerClosedError("a manager is opened once; make a new one")
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        for subscription in self._subscriptions:
            self._run(subscription)
        await asyncio.to_thread(self._session.open)
        self._outbox = self._session.subscribe(self._wake)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                await self.wait()
        finally:
            await self.close()

    async def close(self) -> None:
        """Pause what is not finished and stop; handles keep what they last heard. Closing again does nothing.

        Handlers get `PATIENCE` seconds to end; one that closes the manager itself is not waited for.
        """
        if self._closing or not self._session.is_open:
            return
        self._closing = True
        try:
            await asyncio.to_thread(self._session.close)
        finally:
            await self._end()

    async def _end(self) -> None:
        """Tell everyone that nothing more will come."""
        self._closed = True
        self._deliver()
        for listener in self._listeners:
            listener.close()
        for ended in self._ended.values():
            ended.set()
        handling = self._handling - {asyncio.current_task()}
        if handling:
            await asyncio.wait(handling, timeout=PATIENCE)

    async def add(self, url: str, **wishes: Unpack[Wishes]) -> DownloadHandle:
        """Queue one file and return its handle; the same again, if unfinished, is the same download.

        Raises the UsageError that says what is wrong: URL, checksum, folder.
        """
        return (await self.add_many([url], **wishes))[0]

    async def add_many(self, urls: Iterable[str], **wishes: Unpack[Wishes]) -> list[DownloadHandle]:
        """Queue several files with the same wishes; either all are added or none."""
        return await self._queue(requests_for(urls, self.settings, wishes))

    async def add_metalink(
        self, metalink: Metalink | str | Path | bytes, *, select: str | Iterable[str] = (), **wishes: Unpack[Wishes]
    ) -> list[DownloadHandle]:
        """Queue the files of a Metalink, given by URL, path or bytes, or as read; either all are added or none.

        `select` chooses by name, pattern such as `*.iso`, or number such as `1,3-5`; nothing is everything. What
        was left out is logged. Raises InvalidMetalinkError, and UsageError for what no Metalink's files can be asked.
        One at a URL is fetched once, now; raises the TransferError that kept it from coming or being understood.
        """
        from rheo.wishes import metalink as wished  # noqa: PLC0415  (loaded where somebody has one)

        if isinstance(metalink, str) and is_address(metalink):
            request = wished.listing_request(metalink, select, self.settings, wishes)
            listed = await self._call(Manager.listed, request)
            wished.log(request.url.bare, listed.notes)
            return await self._queue(listed.requests)
        return await self._queue(await asyncio.to_thread(wished.read_requests, metalink, select, self.settings, wishes))

    async def _queue(self, requests: Sequence[DownloadRequest]) -> list[DownloadHandle]:
        ids = await self._call(Manager.add, requests)
        return [
            self._handles.setdefault(download, DownloadHandle(self, download, request.url.text))
            for download, request in zip(ids, requests, strict=True)
        ]

    def _handle(self, download: DownloadId) -> DownloadHandle:
        view = self._views.get(download) or View()
        return self._handles.setdefault(download, DownloadHandle(self, download, view.url))

    async def probe(self, url: str, **wishes: Unpack[Wishes]) -> Information:
        """Ask what a file is, with the same wishes, and fetch nothing of it.

        A status that refuses is information; raises the RheoError of an answer that did not come. Nothing is tried
        again.
        """
        return await self._call(Manager.probe, request_for(url, self.settings, wishes))

    async def wait(self) -> None:
        """Return once every download is finished or paused; how each ended is for its handle to say."""
        self._session.check_process()
        while not self._closed and any(
            not view.state.final and view.state is not DownloadState.PAUSED for view in self._views.values()
        ):
            await self._changed.wait()

    def on(self, kind: type[E], handler: Callable[[E], object]) -> None:
        """Call a function, or await a coroutine function, on this loop for each event of a kind.

        One handler's events come in order, one at a time; what it raises is logged.
        """
        subscription = Subscription(cast(type[Event], kind), cast(Callable[[Event], object], handler))
        self._subscriptions.append(subscription)
        if self._session.is_open:
            self._run(subscription)

    def off(self, kind: type[E], handler: Callable[[E], object]) -> None:
        """Take a subscription back; one that is not there is ignored."""
        for subscription in self._subscriptions:
            if subscription.kind is kind and subscription.handler == handler:
                self._subscriptions.remove(subscription)
                self._listeners.discard(subscription.listener)
                subscription.listener.close()
                return

    def events(self) -> AsyncIterator[Event]:
        """Yield all events from now on until the manager closes; who is too slow gets a `Lagged`."""
        return self._events_of(self._listen())

    async def _events_of(self, listener: Listener) -> AsyncIterator[Event]:
        try:
            while events := await listener.take():
                for event in events:
                    yield event
        finally:
            self._listeners.discard(listener)

    def check_process(self) -> None:
        """Raise ManagerClosedError in a process that was forked after the manager was made."""
        self._session.check_process()

    async def _call(self, command: Command[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        answer = await asyncio.wrap_future(self._session.call(command, *args, **kwargs))
        self._deliver()  # so that the handle shows what the command did
        return answer

    async def _wait(self, download: DownloadId) -> DownloadResult:
        self._session.check_process()
        while True:
            view = self._views.get(download) or View()
            result = view.outcome(closed=self._closed)
            if result is not None:
                return result
            await self._ended.setdefault(download, asyncio.Event()).wait()

    def _run(self, subscription: Subscription) -> None:
        self._listeners.add(subscription.listener)
        task = self._loop.create_task(subscription.run())  # ends with its listener, in `close` or `off`
        self._handling.add(task)
        task.add_done_callback(self._handling.discard)

    def _listen(self) -> Listener:
        listener = Listener()
        if self._closed:
            listener.close()
        self._listeners.add(listener)
        return listener

    def _wake(self) -> None:
        """Have the loop deliver; called on the engine's thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._deliver if self._session.running else self._die)

    def _die(self) -> None:
        """Let nobody wait for an engine that has ended by itself."""
        if not self._closing:
            task = self._loop.create_task(self._end())
            self._handling.add(task)
            task.add_done_callback(self._handling.discard)

    def _deliver(self) -> None:
        """Take the engine's events: views first, then whoever listens or waits."""
        events = self._outbox.take()
        for event in events:
            self._update(event)
        for event in events:
            for listener in self._listeners:
                listener.put(event)
        self._changed.set()
        self._changed.clear()

    def _update(self, event: Event) -> None:
        if isinstance(event, Lagged):
            return
        view = self._views[event.id] = updated(self._views.get(event.id) or View(), event)
        if view.state.final and event.id in self._ended:
            self._ended.pop(event.id).set()
