"""One listener's side of the events: a bounded backlog that an event loop waits on."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable

from rheo.application.backlog import Backlog
from rheo.domain.events import Event, Lagged

logger = logging.getLogger(__name__)


class Listener:
    """Gets events of some kinds as they come; whoever owns it takes them when it can."""

    def __init__(self, kind: type[Event] | None = None) -> None:
        """`kind` None wants all of them."""
        self._kind = kind
        self._backlog = Backlog()
        self._more = asyncio.Event()
        self._closed = False

    def put(self, event: Event) -> None:
        """Add an event, if it is wanted."""
        if self._kind is None or isinstance(event, self._kind):
            self._backlog.put(event)
            self._more.set()

    def close(self) -> None:
        """Say that no more events come."""
        self._closed = True
        self._more.set()

    async def take(self) -> list[Event]:
        """Return all events that wait, at least one; an empty list when no more will come."""
        while not self._backlog and not self._closed:
            self._more.clear()
            await self._more.wait()
        events = []
        while (event := self._backlog.take()) is not None:
            events.append(event)
        return events


class Subscription:
    """A handler and the listener that feeds it; `run` is its life."""

    def __init__(self, kind: type[Event], handler: Callable[[Event], object]) -> None:
        """Take the handler, which may be a coroutine function."""
        self.kind = kind
        self.handler = handler
        self.listener = Listener(kind)

    async def run(self) -> None:
        """Hand over one event after the other until the listener closes; what the handler raises is logged."""
        while events := await self.listener.take():
            for event in events:
                if isinstance(event, Lagged):
                    logger.warning("%r is too slow and missed %d events", self.handler, event.missed)
                else:
                    await self._hand_over(event)

    async def _hand_over(self, event: Event) -> None:
        try:
            answer = self.handler(event)
            if inspect.isawaitable(answer):
                await answer
        except Exception:
            logger.exception("the event handler %r failed", self.handler)
