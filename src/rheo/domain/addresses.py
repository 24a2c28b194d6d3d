"""Hosts that are IP addresses, and networks of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # it costs 3 ms, and most hosts have names
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_NETWORK: Final = re.compile(r"[0-9A-Fa-f:.]{1,45}(?:/[0-9]{1,3})?")
_IPV4: Final = re.compile(r"[0-9.]+(?:/[0-9]+)?")
_NUMBER: Final = "0x[0-9a-f]{1,40}|[0-9]{1,40}"
_NUMBERS: Final = re.compile(rf"(?:{_NUMBER})(?:\.(?:{_NUMBER})){{0,3}}")
_BYTES: Final = 4


def address_of(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a URL's host is; None where it is a name.

    An IPv4 address may be written in all ways that libcurl connects to: `127.1`, `0x7f.1`, `017700000001`.
    """
    if ":" in host:
        return _ipv6(host)
    number = _ipv4_number(host.removesuffix("."))
    if number is None:
        return None
    from ipaddress import IPv4Address  # noqa: PLC0415

    return IPv4Address(number)


def parse_network(text: str) -> IPv4Network | IPv6Network | None:
    """Return the network of one address, or of CIDR's `10.0.0.0/8`; None where the text is neither.

    Bits behind the prefix are ignored. IPv4 needs its four numbers: not everybody reads `10/8` alike.
    """
    if not _NETWORK.fullmatch(text) or (":" not in text and not _IPV4.fullmatch(text)):
        return None
    from ipaddress import ip_network  # noqa: PLC0415

    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _ipv6(host: str) -> IPv6Address | None:
    from ipaddress import IPv6Address  # noqa: PLC0415

    try:
        return IPv6Address(host)
    except ValueError:
        return None


def _ipv4_number(host: str) -> int | None:
    """Return the number of up to four parts, of which the last fills what is left."""
    if not _NUMBERS.fullmatch(host):
        return None
    try:
        *heads, last = (_number(part) for part in host.split("."))
    except ValueError:  # 08
        return None
    room = 8 * (_BYTES - len(heads))
    if any(head > 0xFF for head in heads) or last >> room:  # noqa: PLR2004  (what a byte holds)
        return None
    return (int.from_bytes(heads, "big") << room) | last


def _number(digits: str) -> int:
    if digits.startswith("0x"):
        return int(digits, 16)
    return int(digits, 8) if digits.startswith("0") else int(digits)
