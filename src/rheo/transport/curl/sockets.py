"""Who is at the other end of a socket of libcurl's, which says so itself only when TLS stands, too."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import Final

_FAMILIES: Final = frozenset({socket.AF_INET, socket.AF_INET6})


def peer_of(descriptors: Iterable[int]) -> str | None:
    """Return the address that the first of the sockets is connected to; None as long as none is.

    One that was closed meanwhile, and even its number given away, does no harm but to this answer.
    """
    return next((peer for peer in map(_peer, descriptors) if peer is not None), None)


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
