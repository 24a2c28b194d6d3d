"""The only file that knows every concrete class: puts a manager together, and takes it apart in reverse order."""

from __future__ import annotations

import asyncio
import logging
import os
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from rheo import __version__
from rheo.application.bus import Bus
from rheo.application.deadlines import Deadlines
from rheo.application.manager import Manager
from rheo.application.records import Records
from rheo.application.sampler import Sampler
from rheo.application.scheduler import Scheduler
from rheo.config import home
from rheo.config.pem import check_certificates, check_folder
from rheo.domain.authority import ascii_host
from rheo.domain.errors import StorageError
from rheo.domain.settings import Settings, Sync
from rheo.engine.clock import Clock, SystemClock
from rheo.engine.hosts.host import Hosts
from rheo.engine.hosts.networks import Networks, check_proxy_logins, deadlines_of, environment_rules
from rheo.engine.limits.budget import Budget
from rheo.engine.limits.throttle import Throttle
from rheo.engine.politeness.line import Lines
from rheo.engine.retries.retry import RetryPolicy
from rheo.engine.surroundings import Surroundings
from rheo.storage.host_memory import HostMemory, load, save
from rheo.storage.open_files import most_open
from rheo.storage.public_suffixes import PublicSuffixes
from rheo.storage.stream import StreamTarget
from rheo.storage.sync_group import SyncGroup
from rheo.transport.addresses import Addresses
from rheo.transport.curl import CurlTransport, Keeping
from rheo.transport.resolver import Lookup, Resolver

if TYPE_CHECKING:
    from rheo.domain.cookies import Cookie, CookieJar  # loaded where there are any

logger = logging.getLogger(__name__)

USER_AGENT: Final = f"rheo/{__version__}"
STANDARD_OUTPUT_DESCRIPTOR: Final = 1


@asynccontextmanager
async def open_manager(
    settings: Settings, policy: RetryPolicy, *, lookup: Lookup | None = None
) -> AsyncIterator[Manager]:
    """Open a manager with all it needs on the running loop; leaving pauses what is not finished.

    `lookup` replaces the system's name lookup: a host's name in, its addresses out; it may block.
    """
    check_proxy_logins(settings)
    _check_files(settings)
    clock = SystemClock()
    networks = Networks(settings, environment_rules(settings, os.environ), user_agent=USER_AGENT)
    cookies, suffixes = _given_cookies(settings), PublicSuffixes()
    hosts = Hosts(settings.max_connections, delay_of=lambda host: settings.for_host(host).request_delay)
    async with _transport(settings, lookup) as transport, _remembered(clock) as memory:
        around = Surroundings(
            transport=transport,
            clock=clock,
            settings=settings,
            hosts=hosts,
            lines=Lines(lambda origin: hosts[origin].gate, clock, dice=random.random),
            throttle=Throttle(settings, clock),
            budget=Budget(settings.max_memory // 2),  # the other half is the transport's
            networks=networks,
            memory=memory,
            cookies=cookies,
            public_suffixes=suffixes,
            saved=_saved_cookies(settings, cookies, suffixes),
            small_files=SyncGroup(synced=settings.sync is not Sync.OFF, open_files=most_open, now=clock.monotonic),
            open_files=most_open,
            standard_output=StreamTarget(STANDARD_OUTPUT_DESCRIPTOR),
        )
        try:
            async with _managed(around, policy) as manager:
                yield manager
        finally:
            around.small_files.close()
            _save_cookies(around)


def _transport(settings: Settings, lookup: Lookup | None) -> CurlTransport:
    """Return what moves bytes, with half of the memory: the other half is for what waits for the disk."""
    resolver = Resolver(deadline=deadlines_of(settings).connect, lookup=lookup, open_files=most_open)
    return CurlTransport(
        addresses=Addresses(resolver, given=_given_addresses(settings)),
        keeping=Keeping(idle=settings.idle_timeout, age=settings.connection_age),
        memory=settings.max_memory // 2,
    )


@asynccontextmanager
async def _managed(around: Surroundings, policy: RetryPolicy) -> AsyncIterator[Manager]:
    """Have downloads run, and pause what is not finished in the end."""
    bus = Bus()
    records = Records(bus, around.clock.now)
    scheduler = Scheduler(records, around, policy, Deadlines(bus, around.clock), dice=random.random)
    sampler = Sampler(bus, around.clock, scheduler.runs)
    sampler.start()
    async with asyncio.TaskGroup() as life:
        life.create_task(scheduler.run())
        await asyncio.sleep(0)
        try:
            yield Manager(bus, records, scheduler, around)
        finally:
            sampler.stop()
            await scheduler.close()


@asynccontextmanager
async def _remembered(clock: Clock) -> AsyncIterator[HostMemory]:
    """Have what hosts said in earlier runs, and keep what they say in this one."""
    folder = home(os.environ)
    memory = load(folder, now=clock.unix())
    try:
        yield memory
    finally:
        save(memory, folder, now=clock.unix())


def _check_files(settings: Settings) -> None:
    """Raise what is wrong with the files that settings name, before anything is asked for."""
    for one in (settings, *map(settings.for_host, settings.hosts)):
        if one.ca_file is not None:
            check_certificates(one.ca_file.expanduser(), setting="ca_file")
        if one.ca_dir is not None:
            check_folder(one.ca_dir.expanduser(), setting="ca_dir")


def _given_cookies(settings: Settings) -> tuple[Cookie, ...]:
    """Return those of the file that the settings name, if any."""
    if settings.cookies is None:
        return ()
    from rheo.storage.given.cookie_file import read_cookies  # noqa: PLC0415  (few have one)

    return tuple(read_cookies(settings.cookies))


def _saved_cookies(settings: Settings, given: Iterable[Cookie], suffixes: PublicSuffixes) -> CookieJar | None:
    """Return the jar that is to be saved in the end; None where nobody wants that, or raise why it could not be."""
    if settings.save_cookies is None:
        return None
    from rheo.domain.cookies import jar_of  # noqa: PLC0415  (few want it)
    from rheo.storage.given.cookie_file import check_savable  # noqa: PLC0415

    check_savable(settings.save_cookies)
    return jar_of(given, suffixes.has)


def _save_cookies(around: Surroundings) -> None:
    """Write the cookies where the settings say; the files are there all the same where that fails."""
    path = around.settings.save_cookies
    if path is None or around.saved is None:
        return
    from rheo.storage.given.cookie_file import save_cookies  # noqa: PLC0415  (few want it)

    around.saved.drop_expired(around.clock.unix())
    try:
        save_cookies(path, around.saved)
    except StorageError as error:
        logger.error("the cookies are not saved: %s", error.message)  # noqa: TRY400  (the message says it all)


def _given_addresses(settings: Settings) -> dict[tuple[str, int], tuple[str, ...]]:
    """Return the addresses that the user says hosts have."""
    given: dict[tuple[str, int], tuple[str, ...]] = {}
    for word in settings.resolve:
        host, port, address = word.split(":", 2)
        place = (ascii_host(host), int(port))
        given[place] = (*given.get(place, ()), address.strip("[]"))
    return given
