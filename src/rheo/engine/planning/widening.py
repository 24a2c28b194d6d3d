"""Whether one answer brings all of a file, or more connections may help, and how many there may be."""

from __future__ import annotations

from rheo.domain.connections import Connections, ConnectionsReason
from rheo.domain.resource import Resource
from rheo.domain.settings import Settings
from rheo.engine.planning.planner import LEAST_SPLIT


def single_because(resource: Resource, settings: Settings) -> ConnectionsReason | None:
    """Return why further connections cannot help; None where they may: the file can be split, and nobody said one."""
    if settings.connections == 1:
        return ConnectionsReason.WISHED
    if resource.size is None:
        return ConnectionsReason.UNKNOWN_SIZE
    if not resource.ranged:
        return ConnectionsReason.NO_RANGES
    return ConnectionsReason.SMALL if resource.size < 2 * _least(settings) else None


def connections_for(resource: Resource, settings: Settings) -> Connections:
    """Return how many a file would have at the most; `settings` are those of its host."""
    because = single_because(resource, settings)
    if because is not None or resource.size is None:
        return Connections(1, because or ConnectionsReason.UNKNOWN_SIZE)
    limits = [settings.host_limit, settings.max_connections, settings.connections, resource.size // _least(settings)]
    most = min(limit for limit in limits if limit is not None)
    return Connections(most, ConnectionsReason.ROUNDS if settings.connections is None else ConnectionsReason.WISHED)


def _least(settings: Settings) -> int:
    return settings.min_split_size or LEAST_SPLIT
