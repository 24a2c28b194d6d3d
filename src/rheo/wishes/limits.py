"""What a caller says of limits on bytes per second."""

from __future__ import annotations

from rheo.config import override
from rheo.domain.settings import Settings
from rheo.domain.timetable import Timetable

Rate = Timetable | float | str | None
"""Bytes per second, as a number or as written (`5M`); a timetable, or one as written; None or `off`: unlimited."""


def limit_from(rate: Rate) -> Timetable:
    """Return the limit, which may be none at all; raises the SettingsError that shows the right form."""
    return override(Settings(), {"limit_rate": rate}).limit_rate or Timetable()
