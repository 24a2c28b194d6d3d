"""The asynchronous face: a manager and its handles, on whatever event loop the caller has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self, TypeVar, Unpack, cast
from weakref import WeakValueDictionary

from rheo.application.bus import Outbox
from rheo.application.manager import Manager
from rheo.application.view import View, updated
from rheo.config import override
from rheo.domain.connection_counts import ConnectionCounts
from rheo.domain.download import DownloadId, DownloadRequest
from rheo.domain.errors import ManagerClosedError
from rheo.domain.events import Event, Lagged
from rheo.domain.overrides import SettingsOverrides
from rheo.domain.result import DownloadResult
from rheo.domain.settings import Settings
from rheo.engine.retries.retry import RetryPolicy
from rheo.handle import DownloadHandle
from rheo.listening import Listener, Subscription
from rheo.session import PATIENCE, Command, P, Session, T
from rheo.wishes import Wishes, is_address, policy_for, request_for, requests_for
from rheo.wishes.limits import Rate, host_from, limit_from

if TYPE_CHECKING:
    from rheo.batch.items import Item  # loaded where somebody has many
    from rheo.domain.batch.result import BatchResult  # likewise
    from rheo.domain.batch.terms import Check, Duplicates  # likewise
    from rheo.domain.information import Information  # loaded where somebody asks for it
    from rheo.domain.metalink.values import Metalink  # likewise
    from rheo.domain.verified import VerifiedFile  # likewise
    from rheo.wishes.verifying import VerifyKeywords  # likewise

__all__ = ["DownloadHandle", "DownloadManager"]

E = TypeVar("E", bound=Event)

_LONGEST_END: Final = 1.0
"""Seconds that others on the loop have to come to their end."""


class DownloadManager:
    """Fetches many files at once; an asynchronous context manager.

    Leaving the block waits for everything that is not paused, nor needs a new URL; an exception that leaves it pauses
    what is not finished and keeps the parts. Keywords are settings, by their names in `Settings`.
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

    @property
    def connections(self) -> ConnectionCounts:
        """What came of the requests so far: connections made, reused, and refused; still there after closing."""
        return self._session.connections

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

    def download_many(
        self,
        items: Iterable[Item] | AsyncIterable[Item],
        *,
        ledger: str | Path | None = None,
        only_failed: bool = False,
        check: Check | str | None = None,
        duplicates: Duplicates | str | None = None,
        **wishes: Unpack[Wishes],
    ) -> AsyncGenerator[BatchResult, None]:
        """Fetch any number of files, and yield what became of each as it is finished; a million take no more memory.

        An item is a URL, or a mapping of `url` and its own wishes; the others hold for all. Items are taken as there is
        room, of an iterable that is not asynchronous on a thread of its own; nothing more is begun while a thousand
        results wait to be taken. Leaving the loop early stops what was begun, unless others asked for it, too; its
        parts stay. Python closes it a little later then; `contextlib.aclosing` does so at once, and frees the ledger. A
        `ledger` is a file that remembers what is done, so that the same call goes on where it was left; `only_failed`
        asks for what failed then, no more; `check` looks whether what was fetched is right still: by `size`, by `hash`,
        or by asking the server, `remote`. With a ledger, an item that has the URL of another one, and another place,
        gets what `duplicates` says: a `copy` of that one's file, which is usual, a hard `link`, or nothing (`report`,
        `skip`).
        Raises what the iterable raises, once what came before is finished; ManagerClosedError, InvalidLedgerError.
        """
        from rheo.batch import downloads  # noqa: PLC0415  (loaded where somebody has many)
        from rheo.wishes.batches import terms_from  # noqa: PLC0415  (likewise)

        path = None if ledger is None else Path(ledger)
        terms = terms_from(with_ledger=path is not None, only_failed=only_failed, check=check, duplicates=duplicates)
        return downloads.results(self._session, items, self.settings, wishes, ledger=path, terms=terms)

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

    async def verify(self, path: str | Path, **words: Unpack[VerifyKeywords]) -> VerifiedFile:
        """Hold a file against a checksum, a list of them or a Metalink; `repair` fetches anew what is wrong of it.

        Raises ChecksumMismatchError or SizeMismatchError, whose `bad` says which bytes are wrong, or what kept it from
        being repaired: the file is then as it was. The repair is one of the manager's downloads while it lasts.
        """
        from rheo.wishes.verifying import Check  # noqa: PLC0415  (loaded where somebody asks for it)

        check = await asyncio.to_thread(Check, path, self.settings, words)
        fetched = {
            one.url: await self._call(Manager.document, one.url, beside=one.beside, most=one.most)
            for one in check.wanted
        }
        examined = await asyncio.to_thread(check.examine, fetched)
        if examined.damage is None:
            return examined.verified()
        (handle,) = await self._queue([check.repair_of(examined)])
        return examined.verified(await handle.wait())

    async def set_limit_rate(self, rate: Rate, *, host: str | None = None) -> None:
        """Let all downloads together, or those that come from a host, take so many bytes per second from now on.

        Raises SettingsError for what is no rate, or no host.
        """
        allowed = limit_from(rate)
        if host is None:
            self.settings = replace(self.settings, limit_rate=allowed)
        await self._call(Manager.limit, allowed, host=None if host is None else host_from(host))

    async def set_limit_rate_per_download(self, rate: Rate) -> None:
        """Let each download that has no limit of its own take so many bytes per second from now on; raises likewise."""
        allowed = limit_from(rate)
        self.settings = replace(self.settings, limit_rate_per_download=allowed)
        await self._call(Manager.limit_each, allowed)

    async def wait(self) -> None:
        """Return once every download is finished, paused or needs a new URL; how each ended is its handle's to say."""
        self._session.check_process()
        while not self._closed and not all(view.still for view in self._views.values()):
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
            if view.needed is not None:
                raise view.needed
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
        if (view.state.final or view.needed is not None) and event.id in self._ended:
            self._ended.pop(event.id).set()
        if view.state.final and not view.kept:
            del self._views[event.id]


async def wind_up() -> None:
    """Make a loop ready to be stopped, after its manager was closed: whoever waits on it gets an answer.

    Then what nobody takes to its end is closed: a batch has its ledger open until then.
    """
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others, timeout=_LONGEST_END)
    await asyncio.get_running_loop().shutdown_asyncgens()
