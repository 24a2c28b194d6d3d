"""The sockets of libcurl: who is at their other end, which it says only when TLS stands, too, and what they hold."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

MOST_UNSENT: Final = 128 * 1024
"""Bytes that the system takes in before they leave; enough to keep any line busy."""

_NOTSENT_LOWAT: Final[int | None] = getattr(socket, "TCP_NOTSENT_LOWAT", None)
"""None where the system has no such option."""
_FAMILIES: Final = frozenset({socket.AF_INET, socket.AF_INET6})


def peer_of(descriptors: Iterable[int]) -> str | None:
    """Return the address that the first of the sockets is connected to; None as long as none is.

    One that was closed meanwhile, and even its number given away, does no harm but to this answer.
    """
    return next((peer for peer in map(_peer, descriptors) if peer is not None), None)


def hold_little(descriptor: int) -> None:
    """Have a system take in little more of our data than leaves: else megabytes count as sent that are still here."""
    if _NOTSENT_LOWAT is None:
        return
    with suppress(OSError):  # one for datagrams, or a system that knows no such option
        opened = socket.socket(fileno=descriptor)
        try:
            opened.setsockopt(socket.IPPROTO_TCP, _NOTSENT_LOWAT, MOST_UNSENT)
        finally:
            opened.detach()


def _peer(descriptor: int) -> str | None:
    try:
        opened = socket.socket(fileno=descriptor)
    except OSError:
        return None
    try:
        return str(opened.getpeername()[0]) if opened.family in _FAMILIES else None
    except OSError:
        return None  # not connected yet
    finally:
        opened.detach()
