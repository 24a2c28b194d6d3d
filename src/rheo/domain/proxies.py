"""Which proxy a URL goes through, and which goes without: curl's rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from rheo.domain.addresses import address_of, parse_network
from rheo.domain.authority import CONTROL, MOST_PORT, OddError, ascii_host, bracketed, shown
from rheo.domain.errors import InvalidProxyError
from rheo.domain.proxy import Proxy, parse_proxy
from rheo.domain.url import Url

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_BLANKS: Final = " \t"
_SEPARATORS: Final = re.compile(r"[ \t,]+")
_WITH_PORT: Final = re.compile(r"([^:]*|\[.*\]):([0-9]{1,5})")
_ALL: Final = "*"
_LIST: Final = "the list of hosts without a proxy"


class Exempt(NamedTuple):
    """One entry of a list of hosts that go without a proxy."""

    host: str | IPv4Network | IPv6Network
    """A name covers all that end in its labels, a network its addresses."""
    port: int | None = None
    """None means any."""

    def covers(self, host: str | IPv4Address | IPv6Address, port: int) -> bool:
        """Whether a host, without a dot at its end, goes without a proxy at this port."""
        if self.port is not None and self.port != port:
            return False
        if isinstance(self.host, str):
            return isinstance(host, str) and f".{host}".endswith(f".{self.host}")
        return not isinstance(host, str) and host in self.host

    def __str__(self) -> str:
        host = self.host if isinstance(self.host, str) else str(self.host).removesuffix(f"/{self.host.max_prefixlen}")
        return host if self.port is None else f"{bracketed(host)}:{self.port}"


class NoProxy(NamedTuple):
    """The hosts that go without a proxy; made by `parse_no_proxy`, nobody where nothing is said."""

    exempt: tuple[Exempt, ...] = ()
    everybody: bool = False

    def covers(self, url: Url) -> bool:
        """Whether a URL goes without a proxy; no name is looked up for that."""
        if not self.exempt:
            return self.everybody
        host = address_of(url.host) or url.host.removesuffix(".")
        return any(one.covers(host, url.port) for one in self.exempt)

    def __str__(self) -> str:
        return _ALL if self.everybody else ",".join(map(str, self.exempt))


class ProxyRules(NamedTuple):
    """The proxies for each scheme of an origin, None where there is none, and who goes without."""

    http: Proxy | None = None
    https: Proxy | None = None
    exceptions: NoProxy = NoProxy()

    def choose(self, url: Url) -> Proxy | None:
        """Return the proxy that a URL goes through; None where it goes without."""
        proxy = self.https if url.scheme == "https" else self.http
        return None if proxy is None or self.exceptions.covers(url) else proxy


def parse_no_proxy(text: str) -> NoProxy:
    """Return what a list means: `example.com, 10.0.0.0/8 [::1]:8080`, or `*` alone for everybody.

    As with curl, an entry that can be no host covers nothing, `*.example.com` among them. A port, a network of all
    addresses (`/0`), IPv6 in brackets and international names are rheo's own. Raises InvalidProxyError for a control
    character, a `/` that makes no network, and a port that is none: who writes those means something else.
    """
    text = text.strip(_BLANKS)
    if text == _ALL:
        return NoProxy(everybody=True)
    if CONTROL.search(text.replace("\t", " ")):
        raise InvalidProxyError(f"{_LIST} has a control character in it; remove that")
    found = (_exempt(entry) for entry in _SEPARATORS.split(text) if entry)
    return NoProxy(tuple(one for one in found if one is not None))


def proxies_of_environment(environment: Mapping[str, str], *, http: bool = True, https: bool = True) -> ProxyRules:
    """Return what `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` say; an empty one says nothing.

    A scheme that is not wanted has no proxy, whatever is wrong with its variable. In capitals they count where
    there are none in lower case; `HTTP_PROXY` never does: to a program that a web server starts (CGI), it is the
    `Proxy:` header of a stranger. Raises InvalidProxyError, which names the variable.
    """
    general = ("all_proxy", "ALL_PROXY")
    return ProxyRules(
        _proxy(environment, "http_proxy", *general) if http else None,
        _proxy(environment, "https_proxy", "HTTPS_PROXY", *general) if https else None,
        _exceptions(environment),
    )


def _exempt(entry: str) -> Exempt | None:
    host = _host(entry)
    if host is not None:
        return Exempt(host)
    parts = _WITH_PORT.fullmatch(entry)
    host = None if parts is None else _host(parts[1])
    if parts is not None and host is not None:
        return Exempt(host, _port(entry, int(parts[2])))
    if "/" in entry:
        raise InvalidProxyError(f"{_LIST} has {shown(entry)}, which is no network; write one such as 10.0.0.0/8")
    return None


def _port(entry: str, port: int) -> int:
    if not 0 < port <= MOST_PORT:
        raise InvalidProxyError(f"{_LIST} has {shown(entry)}, whose port is none; it must be from 1 to {MOST_PORT}")
    return port


def _host(written: str) -> str | IPv4Network | IPv6Network | None:
    if written.startswith("[") and written.endswith("]") and ":" in written:
        return parse_network(written[1:-1])
    return parse_network(written) or _name(written)


def _name(written: str) -> str | None:
    try:
        name = ascii_host(written.removeprefix(".")).removesuffix(".")
    except OddError:
        return None
    return None if parse_network(name) else name  # `.1.2.3.4` ends no name, and is no address


def _proxy(environment: Mapping[str, str], *names: str) -> Proxy | None:
    name, value = _first(environment, *names)
    if not value:
        return None
    try:
        return parse_proxy(value)
    except InvalidProxyError as error:
        raise InvalidProxyError(f"{name}: {error.message}") from None


def _exceptions(environment: Mapping[str, str]) -> NoProxy:
    name, value = _first(environment, "no_proxy", "NO_PROXY")
    try:
        return parse_no_proxy(value)
    except InvalidProxyError as error:
        raise InvalidProxyError(f"{name}: {error.message}") from None


def _first(environment: Mapping[str, str], *names: str) -> tuple[str, str]:
    """Return the first variable that says something, and what; two empty texts where none does."""
    given = ((name, environment.get(name, "").strip(_BLANKS)) for name in names)
    return next(((name, value) for name, value in given if value), ("", ""))
