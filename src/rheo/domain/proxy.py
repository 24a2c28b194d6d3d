"""A proxy: what stands between rheo and an origin, written as curl writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from rheo.domain.authority import CONTROL, SHOWN, OddError, bracketed, shown, split_authority
from rheo.domain.errors import InvalidProxyError

DEFAULT_PORTS: Final = {"http": 1080, "https": 443, "socks4": 1080, "socks4a": 1080, "socks5": 1080, "socks5h": 1080}
"""curl's: only an https proxy is at the port of its scheme."""

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_PATH: Final = re.compile(r"[/?#].*", re.DOTALL)
_EXAMPLE: Final = "http://proxy.example:3128"


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy and the login that it alone may see; made by `parse_proxy`."""

    scheme: str
    """One of `DEFAULT_PORTS`."""
    host: str
    """ASCII in lower case; an IPv6 address has no brackets."""
    port: int
    credentials: tuple[str, str] | None = field(default=None, repr=False)
    """User and password, decoded; None where no user is named."""

    def __str__(self) -> str:
        return f"{self.scheme}://{bracketed(self.host)}:{self.port}"

    @property
    def resolves_names(self) -> bool:
        """Whether the proxy is told the origin's name, and looks it up; else it is told an address."""
        return self.scheme not in {"socks4", "socks5"}


def parse_proxy(text: str) -> Proxy:
    """Return the proxy that the text means, http where it has no scheme; or raise InvalidProxyError.

    What the error says never repeats user info.
    """
    text = text.strip(" ")
    if not text:
        raise InvalidProxyError(f"the proxy is empty; write one such as {_EXAMPLE}")
    try:
        return _take_apart(text)
    except OddError as odd:
        raise InvalidProxyError(f"the proxy {shown(text)} {odd}") from None


def _take_apart(text: str) -> Proxy:
    if CONTROL.search(text):
        raise OddError("has a control character in it; remove that")
    found = _SCHEME.match(text)
    scheme, rest = (found[1].lower(), text[found.end() :]) if found else ("http", text)
    if scheme not in DEFAULT_PORTS:
        raise OddError(f"is of no known kind: rheo speaks {', '.join(DEFAULT_PORTS)}, not {scheme[:SHOWN]}")
    path = _PATH.search(rest)
    if path and path[0] != "/":
        raise OddError("has something after host and port; remove that, or percent-encode a /, ? or # in its password")
    authority = split_authority(rest[: path.start()] if path else rest, example=_EXAMPLE)
    port = DEFAULT_PORTS[scheme] if authority.port is None else authority.port
    return Proxy(scheme, authority.host, port, authority.credentials)
