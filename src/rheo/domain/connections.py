"""How many connections a file would have, and why."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class ConnectionsReason(Enum):
    """Why a download would have so many connections."""

    ROUNDS = "rounds"
    """As many as bring more, up to the most: found out while bytes flow."""
    WISHED = "wished"
    """The settings say how many."""
    NO_RANGES = "no_ranges"
    """The server does not serve parts of the file."""
    UNKNOWN_SIZE = "unknown_size"
    SMALL = "small"
    """Too small to be split."""
    ONE_STREAM = "one_stream"
    """What answers another method than GET is fetched as it comes."""
    NO_FILE = "no_file"
    """The answer brings none."""


class Connections(NamedTuple):
    """The connections that a download would have."""

    most: int
    """0 where there would be nothing to fetch."""
    reason: ConnectionsReason
