"""What came of the requests of a manager: how many got a connection of their own, one that was open, or none."""

from __future__ import annotations

from typing import NamedTuple


class ConnectionCounts(NamedTuple):
    """Requests by the connection that each came to; one that libcurl repeats by itself, as for a login, counts once."""

    made: int = 0
    """Those that a connection was made for."""
    reused: int = 0
    """Those over one that was open, also where others share it at the same time (HTTP/2, HTTP/3)."""
    refused: int = 0
    """Those that were never sent, as no connection came to be: it was refused or took too long, TLS failed, or the
    proxy made no tunnel. One that was broken off on our side before that counts nowhere.
    """
