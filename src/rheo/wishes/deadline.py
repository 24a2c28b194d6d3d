"""What a caller says of a download's deadline, as an instant."""

from __future__ import annotations

from datetime import datetime

from rheo.config.zones import machine_zone
from rheo.domain.deadline import checked_deadline, parse_deadline
from rheo.engine.clock import SystemClock


def deadline_from(given: datetime | str) -> datetime:
    """Return when a file is wanted, in UTC; the wall clock is the machine's. Raises UsageError for what is past."""
    now = SystemClock().now()
    zone = machine_zone(now)
    if isinstance(given, str):
        return parse_deadline(given, now=now, zone=zone)
    return checked_deadline(given, now=now, zone=zone)
