"""The only file that knows every concrete class: puts a manager together, and takes it apart in reverse order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from rheo import __version__
from rheo.application.bus import Bus
from rheo.application.manager import Manager
from rheo.application.records import Records
from rheo.application.sampler import Sampler
from rheo.application.scheduler import Scheduler
from rheo.domain.settings import Settings, Sync
from rheo.engine.clock import SystemClock
from rheo.engine.hosts import Hosts
from rheo.engine.retry import RetryPolicy
from rheo.engine.surroundings import Surroundings
from rheo.storage.stream import StreamTarget
from rheo.storage.sync_group import SyncGroup
from rheo.transport.base import Deadlines
from rheo.transport.curl import CurlTransport
from rheo.transport.resolver import Lookup, Resolver

USER_AGENT: Final = f"rheo/{__version__}"
STANDARD_OUTPUT_DESCRIPTOR: Final = 1


@asynccontextmanager
async def open_manager(
    settings: Settings, policy: RetryPolicy, *, lookup: Lookup | None = None
) -> AsyncIterator[Manager]:
    """Open a manager with all it needs on the running loop; leaving pauses what is not finished.

    `lookup` replaces the system's name lookup: a host's name in, its addresses out; it may block.
    """
    deadlines = _deadlines(settings)
    clock = SystemClock()
    resolver = Resolver(deadline=deadlines.connect, lookup=lookup)
    async with CurlTransport(resolver=resolver, ca_file=settings.ca_file) as transport:
        around = Surroundings(
            transport=transport,
            clock=clock,
            settings=settings,
            hosts=Hosts(),
            deadlines=deadlines,
            small_files=SyncGroup(synced=settings.sync is not Sync.OFF),
            user_agent=USER_AGENT,
            standard_output=StreamTarget(STANDARD_OUTPUT_DESCRIPTOR),
        )
        bus = Bus()
        records = Records(bus, clock.now)
        scheduler = Scheduler(records, around, policy, dice=random.random)
        sampler = Sampler(bus, clock, scheduler.transfers)
        sampler.start()
        try:
            async with asyncio.TaskGroup() as life:
                life.create_task(scheduler.run())
                await asyncio.sleep(0)
                try:
                    yield Manager(bus, records, scheduler)
                finally:
                    sampler.stop()
                    await scheduler.close()
        finally:
            around.small_files.close()


def _deadlines(settings: Settings) -> Deadlines:
    if settings.timeout is not None:
        return Deadlines(connect=settings.timeout, first_byte=settings.timeout, stall=settings.timeout)
    return Deadlines(
        connect=settings.connect_timeout, first_byte=settings.first_byte_timeout, stall=settings.stall_timeout
    )
