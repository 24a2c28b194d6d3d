"""Which addresses a request is sent to: looked up, given by the user, or left out because they stayed silent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar

from rheo.domain.errors import ProxyError, ResolveError
from rheo.domain.network import IpVersion, Route
from rheo.domain.oldest import drop_oldest
from rheo.domain.url import Url
from rheo.transport.resolver import Resolver

T = TypeVar("T")

Place = tuple[str, int]
"""Host and port."""

_MOST: Final = 4096
"""Addresses that are remembered as silent, and as many that answered."""


class Addresses:
    """Knows the addresses of hosts, and which of them answered."""

    def __init__(self, resolver: Resolver, *, given: Mapping[Place, tuple[str, ...]] | None = None) -> None:
        """`given` are the addresses that the user says places have."""
        self._resolver = resolver
        self._given = given or {}
        self._silent: dict[str, None] = {}
        self._answering: dict[str, None] = {}

    def known(self, url: Url, route: Route) -> bool:
        """Whether a request would not begin with a lookup."""
        place = route.first_place(url)
        return place in self._given or self._resolver.known(place[0]) is not None

    def met(self, url: Url, route: Route) -> bool:
        """Whether a request would have begun without a lookup, now or before."""
        place = route.first_place(url)
        return place in self._given or self._resolver.met(place[0])

    async def look_up(self, url: Url, route: Route) -> None:
        """Look up who is connected to; raises ResolveError."""
        place = route.first_place(url)
        if place not in self._given:
            await self._translated(self._resolver.look_up, place[0], route)

    async def of(self, url: Url, route: Route, alternative: Place | None = None) -> dict[Place, tuple[str, ...]]:
        """Return the addresses of each place that is looked up here: who is connected to comes first.

        `alternative` is asked in the place of the URL's own host and port; its host is empty where that is the same.
        """
        places = {}
        for place in _places(url, route, alternative):
            known = self._given.get(place) or self._resolver.known(place[0])
            if known is None:
                known = await self._translated(self._resolver.resolve, place[0], route)
            places[place] = self._usable(place, known, route.ip_version)
        return places

    def seconds(self, url: Url, route: Route) -> float | None:
        """Return how long the lookup took, to the first who asks after it; None to everyone else."""
        return self._resolver.seconds(route.first_place(url)[0])

    def suspects(self, addresses: tuple[str, ...]) -> bool:
        """Whether none of several addresses has answered yet."""
        return len(addresses) > 1 and not any(address in self._answering for address in addresses)

    def answered(self, address: str) -> None:
        """Note that an address serves."""
        self._answering[address] = None
        drop_oldest(self._answering, most=_MOST)

    def silent(self, address: str) -> None:
        """Note that an address accepts and says nothing: it is left out as long as there is another one."""
        self._answering.pop(address, None)
        self._silent[address] = None
        drop_oldest(self._silent, most=_MOST)

    async def _translated(self, ask: Callable[[str], Awaitable[T]], host: str, route: Route) -> T:
        """Ask the resolver; raises ResolveError, or ProxyError where the name is that of the proxy."""
        try:
            return await ask(host)
        except ResolveError as error:
            if route.proxy is None or host != route.proxy.host:
                raise
            raise ProxyError(f"the proxy {route.proxy}: {error.message}", transient=error.transient) from error

    def _usable(self, place: Place, addresses: tuple[str, ...], version: IpVersion) -> tuple[str, ...]:
        """Return those that may be used, without the silent ones where there are others; raises ResolveError."""
        if version is not IpVersion.ANY:
            addresses = tuple(address for address in addresses if (":" in address) is (version is IpVersion.IPV6))
            if not addresses:
                raise ResolveError(f"{place[0]} has no address of IPv{version.value}", transient=False)
        if not self._silent:
            return addresses
        return tuple(address for address in addresses if address not in self._silent) or addresses


def _places(url: Url, route: Route, alternative: Place | None) -> list[Place]:
    places = [route.first_place(url)]
    if alternative is not None:
        places.insert(0, (alternative[0] or url.host, alternative[1]))
    if route.proxy is not None and not route.proxy.resolves_names:
        places.append((url.host, url.port))
    return places
