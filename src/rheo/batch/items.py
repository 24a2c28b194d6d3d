"""What a program asks for, as a list: URLs, or mappings of a URL and wishes, that come from any iterable."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from queue import Queue
from typing import Any, Final, cast

from rheo.batch.fed import Fed
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import BadLineError, RheoError, UsageError
from rheo.domain.lists.line import Line
from rheo.domain.settings import Settings
from rheo.wishes import Wishes, request_for

Item = str | Mapping[str, object]
"""A URL, or `url` and the wishes for it, by the names that keywords have."""

AHEAD: Final = 100
"""Items of an asynchronous iterable that are taken before they are wanted."""


class Items:
    """The items of an iterable, as a list's lines; what it raises ends them, and is kept."""

    def __init__(self, items: Iterable[Item], settings: Settings, wishes: Wishes) -> None:
        """Raise TypeError for a single item, which is easily given for many, and iterable, too."""
        if isinstance(items, str | bytes | Mapping):
            raise TypeError(f"items must be a list, or any other iterable, not one {type(items).__name__}")
        for name in wishes.keys() - Wishes.__annotations__.keys():
            raise TypeError(f"download_many() got an unexpected keyword argument {name!r}")
        self._items = items
        self._settings = settings
        self._wishes = wishes
        self.error: BaseException | None = None
        """What the iterable raised; None where it came to its end, or has not yet."""

    def fed(self) -> Iterator[Fed]:
        """Yield what each item asks for."""
        try:
            for number, item in enumerate(self._items, start=1):
                line = Line(number, (item,)) if isinstance(item, str) else None
                yield Fed(number, f"item {number}", self._asked(item, number), line, number, item)
        except GeneratorExit:
            raise
        except BaseException as error:  # noqa: BLE001  (the caller's own code: it is raised where results are taken)
            self.error = error

    def again(self, line: Line, _nth: int) -> Fed:
        """Return what a line asks for that was read before."""
        (url,) = line.urls
        return Fed(line.number, f"item {line.number}", self._asked(url, line.number), line, line.number, url)

    def _asked(self, item: Item, number: int) -> DownloadRequest | RheoError:
        try:
            if isinstance(item, str):
                return request_for(item, self._settings, self._wishes)
            _check(item, number)
            wishes = {**self._wishes, **item}
            return request_for(_url_of(wishes), self._settings, cast(Wishes, wishes))
        except UsageError as error:
            return error.with_traceback(None)


def _check(item: object, number: int) -> None:
    """Raise TypeError for what is no item, which is a mistake in the program rather than in what it was given."""
    if not isinstance(item, Mapping):
        raise TypeError(f"item {number} is neither a URL nor a mapping with one, but of type {type(item).__name__}")
    for name in item.keys() - Wishes.__annotations__.keys() - {"url"}:
        raise TypeError(f"item {number} has {name!r}, which is no wish for a download")


def _url_of(wishes: dict[str, Any]) -> str:
    url = wishes.pop("url", None)
    if not isinstance(url, str):
        raise BadLineError("it has no url; write {'url': 'https://…'} and wishes beside it")
    return url


class Crossing:
    """Brings the items of an asynchronous iterable from the caller's loop to the thread that reads them."""

    def __init__(self, items: AsyncIterable[Item]) -> None:
        self._items = items
        self._loop = asyncio.get_running_loop()
        self._queue: Queue[Item | _End] = Queue()
        self._room = asyncio.Event()

    async def run(self) -> None:
        """Bring them, a few ahead of those that are wanted, until there are no more."""
        error: BaseException | None = None
        try:
            async for item in self._items:
                self._queue.put(item)
                while self._queue.qsize() >= AHEAD:
                    self._room.clear()
                    await self._room.wait()
        except BaseException as raised:  # the caller's own code: likewise
            error = raised
            if not isinstance(raised, Exception):
                raise
        finally:
            self._queue.put(_End(error))

    def __iter__(self) -> Iterator[Item]:
        """Yield them, on the thread; raises what the iterable raised."""
        while not isinstance(item := self._queue.get(), _End):
            yield item
            if self._queue.qsize() < AHEAD:
                self._tell(self._room.set)
        if item.error is not None:
            raise item.error

    def _tell(self, what: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop is closed, and brings nothing more
            self._loop.call_soon_threadsafe(what)


class _End:
    """Comes after the last item."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error
