"""Keeps all limits on bytes per second: twenty times a second it deals out what they allow to those who can use it.

Every limit is a token bucket, whoever is under it: the total, a host, one download; a group of downloads, or of
uploads, would be one more. Who has used its share is held up at its socket until the next tick.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Final

from rheo.domain.settings import Settings
from rheo.domain.timetable import Timetable
from rheo.engine.clock import Clock, Timer
from rheo.engine.limits.lane import LEAST_RATE, Flow, Lane
from rheo.engine.limits.limit import Limit

TICK: Final = 0.05
"""Seconds between two times of dealing out: a second has twenty of them."""

MOST_HOSTS: Final = 2048
"""Hosts of which is remembered that nothing limits them."""

WATCH: Final = 1.0
"""Seconds after which timetables are looked at again: the wall clock may be set."""


class Throttle:
    """All limits of one manager, and the lanes of what runs; lives on the loop."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.on_change: Callable[[], None] | None = None
        """Is told when the total has become another one: more downloads may run at once now."""
        self._settings = settings
        self._clock = clock
        self._total = Limit(settings.limit_rate)
        self._each = settings.limit_rate_per_download
        self._hosts: dict[str, Limit] = {}
        """On what comes from one host; of each that was met, and has a limit, or is in use, or was met lately."""
        self._enough = MOST_HOSTS
        self._lanes: dict[Lane, None] = {}
        self._timer: Timer | None = None
        self._due = inf
        """When it rings."""
        self._told: float | None = None
        """The total that others were told of last."""
        self._watched = -inf
        """When timetables were looked at last."""
        self._dealt = -inf
        """When shares were dealt out last."""

    def lane(self, *, weight: float = 1.0, host: str | None = None, limit: Timetable | None = None) -> Lane:
        """Return the lane of one download, which is to be closed.

        `limit` is that on what it alone takes, None: as much as each may that comes from this host.
        """
        own = limit
        if limit is None and host is not None and self._settings.hosts:
            own = self._settings.limit_rate_per_download_of(host)
        return Lane(self._flow_to, weight=weight, own=Limit(own or self._each), alike=own is None)

    def close(self, lane: Lane) -> None:
        """Let a download go: nothing more comes of it."""
        for flow in lane.flows.values():
            flow.end()
        self._lanes.pop(lane, None)

    @property
    def at_once(self) -> int | None:
        """How many downloads may run at once so that each gets something; None: as many as there are."""
        rate = None if self._total.allowed is None else _rate_at(self._total, self._clock)
        return None if rate is None else max(1, int(rate // LEAST_RATE))

    # --- what may be changed while all runs

    def limit_total(self, allowed: Timetable | None) -> None:
        """Limit everything together anew; None: not at all."""
        self._change(self._total, allowed)

    def limit_host(self, host: str, allowed: Timetable | None) -> None:
        """Limit what comes from one host anew."""
        self._change(self._limit_of(host), allowed)

    def limit_each(self, allowed: Timetable | None) -> None:
        """Limit anew what each download may take that has no limit of its own: those that run, and those to come."""
        self._each = allowed
        for lane in self._lanes:
            if lane.alike:
                self._change(lane.own, allowed)

    def limit_lane(self, lane: Lane, allowed: Timetable | None) -> None:
        """Limit one download anew; from now on it has a limit of its own."""
        lane.alike = False
        self._change(lane.own, allowed)

    def _change(self, limit: Limit, allowed: Timetable | None) -> None:
        limit.allowed = allowed
        self._watched = -inf
        self._tick()

    # --- who is under which limit

    def _flow_to(self, lane: Lane, host: str) -> Flow:
        """Put what a lane takes from a host under its limits; where one is in force it begins with what is left."""
        self._lanes[lane] = None
        flow = Flow((self._total, self._limit_of(host), lane.own))
        if flow.limited:
            self._begin(lane, flow)
        return flow

    def _begin(self, lane: Lane, flow: Flow) -> None:
        now = self._clock.monotonic()
        for limit in flow.limits:
            limit.set(_rate_at(limit, self._clock), now)
        rates = [limit.rate for limit in flow.limits if limit.rate is not None]
        if rates:
            # The first read is made before anything can be held up: those of many must not add up to a second's bytes.
            flow.begin(min(rates) * TICK / len(self._lanes))
            lane.share = min(lane.share, *rates)
        if self._timer is None or (rates and self._due > now + TICK):
            self._tick_in(TICK)

    def _limit_of(self, host: str) -> Limit:
        host = host.removesuffix(".")
        limit = self._hosts.get(host)
        if limit is None:
            self._forget()
            limit = self._hosts[host] = Limit(self._settings.limit_rate_of(host))
        return limit

    def _forget(self) -> None:
        """Where there are too many hosts, forget those that nothing limits, and nobody uses."""
        if len(self._hosts) < self._enough:
            return
        used = set(self._limits())
        self._hosts = {host: it for host, it in self._hosts.items() if it.allowed is not None or it in used}
        self._enough = max(MOST_HOSTS, 2 * len(self._hosts))

    def _limits(self) -> list[Limit]:
        """Return those that anybody is under now, each once; of hosts, many may have been met."""
        flows = (flow for lane in self._lanes for flow in lane.flows.values())
        return list(dict.fromkeys([self._total, *(limit for flow in flows for limit in flow.limits)]))

    # --- ticks

    def _tick(self) -> None:
        now, limits = self._clock.monotonic(), self._limits()
        if now - self._watched >= WATCH:
            self._watched = now
            for limit in limits:
                limit.set(_rate_at(limit, self._clock), now)
        in_force = [limit for limit in limits if limit.rate is not None]
        if in_force:
            from rheo.engine.limits.dealing import deal  # noqa: PLC0415  (few have a limit)

            deal(self._lanes, in_force, now=now, since=self._dealt)
            self._dealt = now
        else:
            self._free()
        wanted = self._lanes and any(limit.allowed is not None for limit in limits)
        self._tick_in((TICK if in_force else WATCH) if wanted else None)
        if self._total.rate != self._told:
            self._told = self._total.rate
            if self.on_change is not None:
                self.on_change()

    def _tick_in(self, delay: float | None) -> None:
        """Tick next after so many seconds; None: no more."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if delay is None else self._clock.call_later(delay, self._tick)
        self._due = inf if delay is None else self._clock.monotonic() + delay

    def _free(self) -> None:
        """Let everybody take what comes."""
        for lane in self._lanes:
            lane.press(share=inf)
            for flow in lane.flows.values():
                flow.grant(inf)


def _rate_at(limit: Limit, clock: Clock) -> float | None:
    """Return what a limit is now; None: as many as come."""
    return None if limit.allowed is None else limit.allowed.limit_at(clock.now())
