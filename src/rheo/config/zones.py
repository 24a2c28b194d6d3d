"""Find time zones: one by its name, and the machine's."""

from __future__ import annotations

import warnings
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

import tzlocal

from rheo.config.given import shown
from rheo.domain.errors import UsageError


def zone_named(name: str | None) -> ZoneInfo:
    """Return the time zone of that name, with None the machine's by its own; raises UsageError where there is none."""
    try:
        return ZoneInfo(getattr(_machine_zone(), "key", "") if name is None else name)  # plain UTC has no key
    except (LookupError, ValueError, OSError):  # OSError: a name that is a folder's, or no file's
        pass
    if name is None:
        raise UsageError("this machine's time zone has no name; write one at the end, as in 1M; off; in Europe/Berlin")
    raise UsageError(f"there is no time zone {shown(name)}; write a name such as Europe/Berlin or UTC")


def machine_zone(now: datetime) -> tzinfo:
    """Return the machine's time zone; where its rules cannot be found, what its clock is ahead of UTC now."""
    try:
        return _machine_zone()
    except (LookupError, ValueError, OSError):
        local = now.astimezone().tzinfo
        assert local is not None
        return local


def _machine_zone() -> ZoneInfo:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it goes by another name elsewhere: the rules count
        return tzlocal.get_localzone()
