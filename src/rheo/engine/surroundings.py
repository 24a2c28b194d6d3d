"""What all transfers of one manager share; put together by the assembly."""

from __future__ import annotations

from dataclasses import dataclass

from rheo.domain.settings import Settings
from rheo.engine.clock import Clock
from rheo.engine.hosts import Hosts
from rheo.storage.stream import StreamTarget
from rheo.storage.sync_group import SyncGroup
from rheo.transport.base import Deadlines, Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Everything a transfer needs besides its request."""

    transport: Transport
    clock: Clock
    settings: Settings
    hosts: Hosts
    deadlines: Deadlines
    small_files: SyncGroup
    """Publishes the files that come whole in one gathering."""
    user_agent: str
    standard_output: StreamTarget
    """Where `-` writes to: one stream for all attempts, as what has left cannot come back."""
