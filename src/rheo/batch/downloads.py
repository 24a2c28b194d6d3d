"""Many downloads for a program: what it asks for goes in as it comes, and what became of it comes out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from contextlib import AsyncExitStack, aclosing
from functools import partial
from pathlib import Path

from rheo.batch.book import Book
from rheo.batch.fed import Told
from rheo.batch.items import Crossing, Item, Items
from rheo.batch.many import Many
from rheo.batch.running import Ended
from rheo.domain.batch.result import BatchResult
from rheo.domain.batch.terms import Terms
from rheo.domain.settings import Settings
from rheo.session import Session
from rheo.wishes import Wishes


async def results(
    session: Session,
    items: Iterable[Item] | AsyncIterable[Item],
    settings: Settings,
    wishes: Wishes,
    *,
    ledger: Path | None,
    terms: Terms,
) -> AsyncGenerator[BatchResult, None]:
    """Yield what became of each item, as they are finished; raises what the iterable raises, after the others."""
    async with AsyncExitStack() as stack:
        if isinstance(items, AsyncIterable):
            items = crossing = Crossing(items)
            bringing = asyncio.create_task(crossing.run())
            stack.push_async_callback(_end, bringing)
        source = Items(items, settings, wishes)
        book = None
        if ledger is not None:
            opened = partial(Book.open, ledger, of="-", settings=settings, again=source.again, terms=terms)
            opening = asyncio.create_task(asyncio.to_thread(opened))
            stack.push_async_callback(_close, opening)
            book = await asyncio.shield(opening)
        many = await stack.enter_async_context(aclosing(Many(session, source.fed(), book=book).results()))
        async for one in many:
            yield _result_of(one)
        if source.error is not None:
            raise source.error


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


async def _close(opening: asyncio.Task[Book]) -> None:
    """Close a ledger, also one that is being opened still by a thread, for somebody who was cancelled."""
    await asyncio.wait([opening])
    if opening.exception() is None:
        await asyncio.to_thread(opening.result().close)


def _result_of(one: Ended | Told) -> BatchResult:
    if isinstance(one, Told) and one.result is not None:
        return BatchResult(number=one.fed.number, item=one.fed.item, result=one.result, files=(one.result,))
    if isinstance(one, Told):
        return BatchResult(number=one.fed.number, item=one.fed.item, error=one.error, left=one.left)
    first = None if one.error is not None or not one.results else one.results[0]
    return BatchResult(number=one.fed.number, item=one.fed.item, result=first, files=one.results, error=one.error)
