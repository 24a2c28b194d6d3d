"""What all transfers of one manager share; put together by the assembly."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rheo.domain.settings import Settings
from rheo.domain.url import Url
from rheo.engine.clock import Clock
from rheo.engine.hosts.host import Hosts
from rheo.engine.hosts.networks import Networks
from rheo.engine.limits.budget import Budget
from rheo.engine.limits.lane import Lane
from rheo.engine.limits.throttle import Throttle
from rheo.engine.names.owners import Owners
from rheo.engine.politeness.line import Lines
from rheo.storage.host_memory import HostMemory
from rheo.storage.public_suffixes import PublicSuffixes
from rheo.storage.stream import StreamTarget
from rheo.storage.sync_group import SyncGroup
from rheo.transport.base import Transport
from rheo.transport.meter import Meter

if TYPE_CHECKING:
    from rheo.domain.cookies import Cookie, CookieJar  # loaded where there are any


@dataclass(frozen=True, kw_only=True, eq=False)
class Surroundings:
    """Everything a transfer needs besides its request."""

    transport: Transport
    clock: Clock
    settings: Settings
    hosts: Hosts
    lines: Lines
    """Where requests wait for their turn, by host."""
    throttle: Throttle
    """Keeps the limits on bytes per second."""
    budget: Budget
    """What all files may have in memory."""
    lane: Lane | None = None
    """The way through them of the download that these surroundings are for; None: they are for all."""
    networks: Networks
    memory: HostMemory
    """What hosts said of themselves, in earlier runs too."""
    cookies: tuple[Cookie, ...] = ()
    """Those that every download begins with."""
    public_suffixes: PublicSuffixes
    """Tells which domains no answer may set a cookie for."""
    saved: CookieJar | None = None
    """Takes the cookies of all answers, to be written at the end; None where nobody wants that."""
    small_files: SyncGroup
    """Publishes the files that come whole in one gathering."""
    open_files: Callable[[], int]
    """Returns how many the process may have, sockets included."""
    owners: Owners = field(default_factory=Owners)
    """Know whose a file is that is there."""
    dice: Callable[[], float] = random.random
    """Random numbers in [0, 1)."""
    standard_output: StreamTarget
    """Where `-` writes to: one stream for all attempts, as what has left cannot come back."""

    def along(self, lane: Lane) -> Surroundings:
        """Return the same for one download, whose bytes go that way."""
        along = object.__new__(Surroundings)
        vars(along).update(vars(self), lane=lane)  # `replace` would set each field by itself, for every file
        return along

    @contextmanager
    def apart(self) -> Iterator[Surroundings]:
        """Have the same, for what belongs to no download."""
        lane = self.throttle.lane()
        try:
            yield self.along(lane)
        finally:
            self.throttle.close(lane)

    @property
    def limited(self) -> bool:
        """Whether it is a limit that keeps this download from being faster."""
        return self.lane is not None and self.lane.limited

    @property
    def enough(self) -> int | None:
        """How many connections bring all that a limit lets it have; None where it is not a limit that is slow."""
        return None if self.lane is None else self.lane.connections

    def meter(self, url: Url) -> Meter | None:
        """Return what counts the bytes from there; None: nobody does."""
        return None if self.lane is None else self.lane.meter(url.host)

    def asked(self, url: Url) -> Url:
        """Return what is asked for in the place of a URL: the same over https where its host wants that (RFC 6797)."""
        hsts = self.memory.hsts
        return url if hsts.empty else hsts.upgrade(url, self.clock.unix())

    def take_cookies(self, url: Url, lines: str | None, now: float) -> None:
        """Keep the cookies that an answer sets, for the end; `now` is Unix time."""
        if self.saved is not None and lines is not None:
            self.saved.take_all(url, lines, now)
