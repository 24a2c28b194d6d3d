"""Other homes of a file that the heads on the way to it tell of (RFC 6249), and which of them may be asked. Pure.

Nobody asked for them, so they have to bring more than a mirror that the user names: what they deliver must be provable
by a strong digest of the whole file, and nobody outside can send us into our own network by them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from rheo.domain.metalink.values import Metalink, MetalinkFile
from rheo.domain.url import Origin, Url
from rheo.transport.base import Head
from rheo.transport.headers import content_length, parse_content_range
from rheo.transport.links import duplicates, metalinks

MOST_MIRRORS: Final = 8
"""Of one file, the best first."""
MOST_DOCUMENTS: Final = 2
"""Metalinks of one file that are asked for, one after the other."""

_LOCAL_NAMES: Final = ("localhost", ".localhost", ".local", ".internal", ".lan", ".home.arpa")


@dataclass(frozen=True, slots=True)
class Homes:
    """What heads tell."""

    mirrors: tuple[Url, ...] = ()
    """The best first; no more than may be asked."""
    documents: tuple[Url, ...] = ()
    """Metalinks of the file."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Whom servers may name."""

    own: Origin
    """That of the user's URL, to which the secrets that he gave belong."""
    allow_downgrade: bool = False
    """Whether https may name plain http."""


def homes_of(heads: Iterable[tuple[Url, Mapping[str, str]]], limits: Limits) -> Homes:
    """Return what the fields of heads tell, each with the URL that it answered; the last is the file's own."""
    told = list(heads)
    mirrors = (
        (one.priority, one.url)
        for teller, fields in told
        for one in duplicates(fields, teller)
        if may_name(teller, one.url, limits)
    )
    documents = (
        url for teller, fields in reversed(told) for url in metalinks(fields, teller) if may_name(teller, url, limits)
    )
    best_first = dict.fromkeys(url for _, url in sorted(mirrors, key=lambda one: one[0]))
    tellers = {teller.public for teller, _ in told}
    return Homes(
        mirrors=tuple(url for url in best_first if url not in tellers)[:MOST_MIRRORS],
        documents=tuple(dict.fromkeys(documents))[:MOST_DOCUMENTS],
    )


def may_name(teller: Url, named: Url, limits: Limits) -> bool:
    """Whether one server may send us to another URL that nobody asked for.

    Not from https to http, as a redirect may not; not from outside into a local network, as far as the URL tells: a
    name that leads there is not seen here; and no stranger says where on the user's own origin his secrets are shown.
    """
    downgraded = teller.scheme == "https" and named.scheme == "http" and not limits.allow_downgrade
    showing = named.origin == limits.own and teller.origin != limits.own
    return not downgraded and not showing and (not is_local(named.host) or is_local(teller.host))


def is_local(host: str) -> bool:
    """Whether a host is this machine or one of a private network, as far as its name or address tells."""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        odd = host.rpartition(".")[2][:1].isdigit()  # 0x7f.1 and its kin, which lookups take for addresses
        return odd or host.endswith(_LOCAL_NAMES) or "." not in host
    return not all(one.is_global for one in (address, *_inside(address)))


def _inside(address: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """Return the older addresses that a newer one carries: mapped, 6to4, Teredo."""
    if isinstance(address, IPv4Address):
        return []
    carried = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()))
    return [one for one in carried if one is not None]


def size_in(head: Head) -> int | None:
    """Return how large the file is by an answer's head; None where that is not told."""
    found = parse_content_range(head.fields.get("content-range", ""))
    return content_length(head) if found is None else found.total


def described(metalink: Metalink, names: Iterable[str], size: int) -> MetalinkFile | None:
    """Return the file of a Metalink that is the one of `size` bytes with one of these names; None without it.

    Of a Metalink with one file it is enough that the size is the same.
    """
    fitting = [file for file in metalink.files if file.size in {None, size}]
    for name in names:
        for file in fitting:
            if file.name.replace("\\", "/").rpartition("/")[2] == name:
                return file
    only = fitting[0] if fitting and len(metalink.files) == 1 else None
    return only if only is not None and only.size == size else None
