"""What a caller says of limits on bytes per second."""

from __future__ import annotations

from rheo.config import override
from rheo.domain.errors import InvalidUrlError, SettingsError
from rheo.domain.settings import Settings
from rheo.domain.text import printable
from rheo.domain.timetable import Timetable
from rheo.domain.url import Url, parse_url

Rate = Timetable | float | str | None
"""Bytes per second, as a number or as written (`5M`); a timetable, or one as written; None or `off`: unlimited."""


def limit_from(rate: Rate) -> Timetable:
    """Return the limit, which may be none at all; raises the SettingsError that shows the right form."""
    return override(Settings(), {"limit_rate": rate}).limit_rate or Timetable()


def host_from(name: str) -> str:
    """Return the name of a host as URLs have it; raises the SettingsError that shows the right form."""
    try:
        url = parse_url(f"http://[{name}]/" if ":" in name and "[" not in name else f"http://{name}/")
    except InvalidUrlError:
        url = None
    if url is None or url != Url(url.scheme, url.host, url.port, "/") or f":{url.port}" in name:
        raise SettingsError(f"'{printable(name)}' is no host; write its name alone, such as files.example.com")
    return url.host
