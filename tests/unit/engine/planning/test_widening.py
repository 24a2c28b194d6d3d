"""How many connections a file may have."""

from dataclasses import replace

import pytest

from rheo.domain.connections import Connections, ConnectionsReason
from rheo.domain.resource import Resource
from rheo.domain.settings import Settings
from rheo.engine.planning.widening import connections_for, single_because

MIB = 1024 * 1024
LARGE = Resource(size=100 * MIB, ranged=True)


@pytest.mark.parametrize(
    ("resource", "settings", "expected"),
    [
        (LARGE, Settings(), (16, ConnectionsReason.ROUNDS)),
        (LARGE, Settings(connections=4), (4, ConnectionsReason.WISHED)),
        (LARGE, Settings(connections=32), (32, ConnectionsReason.WISHED)),
        (LARGE, Settings(connections=1), (1, ConnectionsReason.WISHED)),
        (LARGE, Settings(connections_per_host=3), (3, ConnectionsReason.ROUNDS)),
        (LARGE, Settings(max_connections=5), (5, ConnectionsReason.ROUNDS)),
        (LARGE, Settings(min_split_size=50 * MIB), (2, ConnectionsReason.ROUNDS)),
        (replace(LARGE, size=2 * MIB), Settings(), (2, ConnectionsReason.ROUNDS)),
        (replace(LARGE, size=2 * MIB - 1), Settings(), (1, ConnectionsReason.SMALL)),
        (replace(LARGE, size=0), Settings(), (1, ConnectionsReason.SMALL)),
        (replace(LARGE, size=None), Settings(), (1, ConnectionsReason.UNKNOWN_SIZE)),
        (replace(LARGE, ranged=False), Settings(), (1, ConnectionsReason.NO_RANGES)),
    ],
)
def test_size_ranges_and_settings_say_how_many(resource, settings, expected):
    assert connections_for(resource, settings) == Connections(*expected)
    assert (single_because(resource, settings) is None) == (expected[0] > 1)
