"""How each host is reached and spoken to: by the settings of all, those of this host, and one download's wishes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from rheo.domain.authority import bracketed
from rheo.domain.errors import SettingsError
from rheo.domain.http_wishes import Direct, HttpWishes
from rheo.domain.network import HttpVersion, Route, Tls
from rheo.domain.oldest import drop_oldest
from rheo.domain.proxies import ProxyRules, exceptions_of_environment, parse_no_proxy, proxies_of_environment
from rheo.domain.proxy import Proxy
from rheo.domain.settings import Settings
from rheo.domain.url import Origin, Url, without_user_info
from rheo.transport.base import Deadlines

LEAST_PROGRESS = 1024
"""Bytes that count as progress within the stall timeout, where nobody says how many."""

MOST_KNOWN = 2048
"""Origins whose network is remembered."""


class Network(NamedTuple):
    """How one origin is reached and spoken to."""

    route: Route
    deadlines: Deadlines
    http_version: HttpVersion
    user_agent: str
    referer: str | None


class Networks:
    """Knows the network of each origin; made once from settings that do not change."""

    def __init__(self, settings: Settings, environment: ProxyRules, *, user_agent: str) -> None:
        """`environment` are its proxies, for where the settings say nothing; `user_agent` likewise."""
        self._settings = settings
        self._environment = environment
        self._user_agent = user_agent
        self._known: dict[tuple[Origin, HttpWishes | None], Network] = {}

    def of(self, url: Url, wishes: HttpWishes, *, own: bool) -> Network:
        """Return the network of a URL; `own` says whether it is where the download's wishes of TLS are for."""
        special = wishes.proxy is not None or (own and (wishes.insecure or wishes.certificate is not None))
        if not special:
            network = self._known.get((url.origin, None))
            if network is None:
                network = self._known[url.origin, None] = self._made(url, HttpWishes())
                drop_oldest(self._known, most=MOST_KNOWN)
            return network
        return self._made(url, wishes if own else HttpWishes(proxy=wishes.proxy))

    def _made(self, url: Url, wishes: HttpWishes) -> Network:
        settings = self._settings.for_host(url.host)
        route = Route(
            proxy=self._proxy(url, settings, wishes),
            tls=Tls(
                ca_file=settings.ca_file,
                ca_dir=settings.ca_dir,
                pinned=settings.pinned_pubkey,
                minimum=settings.tls_min,
                verified=not wishes.insecure,
                certificate=wishes.certificate,
            ),
            interface=settings.interface,
            ip_version=settings.ip_version,
        )
        return Network(
            route=route,
            deadlines=deadlines_of(settings),
            http_version=settings.http_version,
            user_agent=settings.user_agent or self._user_agent,
            referer=None if settings.referer is None else without_user_info(settings.referer),
        )

    def _proxy(self, url: Url, settings: Settings, wishes: HttpWishes) -> Proxy | None:
        if isinstance(wishes.proxy, Direct):
            return None
        if wishes.proxy is not None:
            return _with_password(wishes.proxy, settings)
        return proxy_rules(settings, self._environment).choose(url)


def check_proxy_logins(settings: Settings) -> None:
    """Raise SettingsError where a proxy has a password, and the settings another one, or one for nobody.

    The proxy of a single host, or of a download, may have its own.
    """
    proxies = [proxy for proxy in (settings.proxy, settings.proxy_http, settings.proxy_https) if proxy is not None]
    if settings.proxy_password is None or not proxies:
        return
    for proxy in proxies:
        if proxy.credentials is not None and proxy.credentials[1]:
            raise SettingsError(
                f"the proxy {proxy} has a password in its URL, and proxy_password is another one; leave one of them out"
            )
    if not settings.hosts and all(proxy.credentials is None for proxy in proxies):
        proxy = proxies[0]
        raise SettingsError(
            f"proxy_password is of nobody, as the proxy {proxy} is given without a user; "
            f"write {proxy.scheme}://USER@{bracketed(proxy.host)}:{proxy.port}"
        )


def proxy_rules(settings: Settings, environment: ProxyRules) -> ProxyRules:
    """Return which proxies count: those that are set before those of the environment."""
    if not settings.proxies:
        return ProxyRules()
    http = settings.proxy_http or settings.proxy or environment.http
    https = settings.proxy_https or settings.proxy or environment.https
    return ProxyRules(
        http=None if http is None else _with_password(http, settings),
        https=None if https is None else _with_password(https, settings),
        exceptions=environment.exceptions if settings.noproxy is None else parse_no_proxy(settings.noproxy),
    )


def environment_rules(settings: Settings, environment: Mapping[str, str]) -> ProxyRules:
    """Return what the environment says of proxies where the settings leave that to it; raises InvalidProxyError."""
    asking = [one for one in (settings, *map(settings.for_host, settings.hosts)) if one.proxies]
    if not asking:
        return ProxyRules()
    found = proxies_of_environment(
        environment,
        http=any(one.proxy_http is None and one.proxy is None for one in asking),
        https=any(one.proxy_https is None and one.proxy is None for one in asking),
    )
    listing = [one for one in asking if one.noproxy is None and proxy_rules(one, found) != ProxyRules()]
    return found._replace(exceptions=exceptions_of_environment(environment)) if listing else found


def deadlines_of(settings: Settings) -> Deadlines:
    """Return how long each wait may last; `timeout` has set them all where it was read."""
    stall = settings.stall_timeout
    least = LEAST_PROGRESS if settings.lowest_speed_limit is None else int(settings.lowest_speed_limit * stall)
    return Deadlines(
        connect=settings.connect_timeout,
        tls=settings.tls_timeout,
        first_byte=settings.first_byte_timeout,
        stall=stall,
        least=max(1, least),
        total=settings.attempt_timeout,
    )


def _with_password(proxy: Proxy, settings: Settings) -> Proxy:
    """Return the proxy with the password that is set apart from it, if its user has none."""
    if settings.proxy_password is None or proxy.credentials is None or proxy.credentials[1]:
        return proxy
    return replace(proxy, credentials=(proxy.credentials[0], settings.proxy_password.reveal()))
