"""What is agreed with the processes between a program and its origin: a link's properties, a relay's limits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTerms:
    """A link; nothing is lost and nothing waits where all is 0."""

    round_trip: float = 0.0
    """Seconds, half of them in each direction."""
    rate: float = 0.0
    """Bytes a second in each direction, headers included; 0: as fast as it goes."""
    loss: float = 0.0
    """The chance of each TCP segment, in either direction, to be lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayLimits:
    """How fast a relay passes bodies on, and what it does to its connections."""

    total: float = 0.0
    """Bytes a second of all connections; 0: no limit."""
    each: float = 0.0
    """Bytes a second of each connection; 0: no limit."""
    stalls_after: int = 0
    """Bytes sent in all after which the connection that sends them says nothing for ever; 0: none does."""
    crawler: int = 0
    """Which connection crawls, the first is 1; 0: none does."""
    crawls_at: float = 0.0
    """Bytes a second of the one that crawls."""
    dies_after: int = 0
    """Bytes sent in all, by all relays of its process, after which it closes its connections and refuses new ones; 0:
    it lives on."""
    silent: bool = False
    """Whether it takes connections and requests, and never answers."""
    refuses: bool = False
    """Whether it refuses connections from the beginning."""
    congestion: str = ""
    """The congestion control of the sender; empty: this machine's."""
