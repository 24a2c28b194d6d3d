"""Whose a server error is that came through a proxy: the proxy's own, or that of the server behind it. Pure."""

from __future__ import annotations

from typing import Final

from rheo.domain.field_values import parameter, split
from rheo.domain.proxy import Proxy
from rheo.domain.url import Url
from rheo.transport.base import Head

_SERVER_ERROR: Final = 500
_SIGNS_ITS_OWN: Final = {"squid": True, "tinyproxy": False}
"""Proxies that call themselves Server in what they make, and whether they add a Via to that, too."""


def whose(head: Head, url: Url, proxy: Proxy | None) -> str | None:
    """Return who speaks in a server error, in words; None where no proxy can be who does.

    Into a tunnel no proxy speaks, and one for SOCKS speaks no HTTP.
    """
    if proxy is None or head.status < _SERVER_ERROR or url.scheme != "http" or proxy.scheme.startswith("socks"):
        return None
    if _is_of_proxy(head):
        return f"that is the proxy {proxy} itself"
    return f"that is the proxy {proxy} or the server behind it"


def _is_of_proxy(head: Head) -> bool:
    """Whether the machine next to us made the answer, and did not pass it on.

    What was passed on has a Via of each machine on the way (RFC 9110, 7.6.3).
    """
    fields = head.fields
    hops = [hop for hop in split(fields.get("via", ""), ",") if hop]
    if len(hops) > 1:
        return False
    maker = "squid" if "x-squid-error" in fields else fields.get("server", "").partition("/")[0].lower()
    if maker in _SIGNS_ITS_OWN:
        return not hops or (_SIGNS_ITS_OWN[maker] and maker in hops[0].lower())
    return "proxy-agent" in fields or _failed_itself(fields.get("proxy-status", ""))


def _failed_itself(status: str) -> bool:
    """Whether Proxy-Status says so: its last member is of who is next to us (RFC 9209, 2 and 2.1.1)."""
    pieces = split(split(status, ",")[-1], ";")
    names = {found[0].lower() for found in map(parameter, pieces[1:]) if found is not None}
    return "error" in names and "received-status" not in names
