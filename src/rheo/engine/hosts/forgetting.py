"""Forgets hosts of which nothing is under way: a list of a million files may have a hundred thousand of them."""

from __future__ import annotations

from typing import Final

from rheo.engine.hosts.host import Hosts
from rheo.engine.politeness.line import Lines

MOST: Final = 2048
"""Hosts that are remembered; more, if more are in use or must not be asked yet. Each takes about three kilobytes."""


class Forgetting:
    """Keeps what is known of hosts small."""

    def __init__(self, hosts: Hosts, lines: Lines) -> None:
        self._hosts = hosts
        self._lines = lines
        self._enough = MOST

    def look(self, now: float) -> None:
        """Where there are too many hosts, forget half of them, those first that were not asked for longest.

        Looks at them only once there are twice as many as could not be forgotten the last time.
        """
        hosts, lines = self._hosts, self._lines
        if len(hosts) <= self._enough:
            return
        idle = [origin for origin in hosts if hosts[origin].idle(now) and lines.idle(origin, now)]
        idle.sort(key=lines.asked)
        for origin in idle[: len(hosts) - MOST // 2]:
            hosts.forget(origin)
            lines.forget(origin)
        self._enough = max(MOST, 2 * len(hosts))
