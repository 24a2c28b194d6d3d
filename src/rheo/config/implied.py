"""What a wide setting says of narrower ones: where it stands later than they do, it goes before them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rheo.domain.settings import Settings

_TIMEOUTS: Final = ("connect_timeout", "tls_timeout", "first_byte_timeout", "stall_timeout")
_PROXIES: Final = ("proxy_http", "proxy_https")


def implied(name: str, value: object) -> Mapping[str, Any]:
    """Return the narrower settings that this one sets, and their values."""
    if name == "timeout":
        return {each: getattr(Settings(), each) if value is None else value for each in _TIMEOUTS}
    if name == "proxy":
        return dict.fromkeys(_PROXIES)
    return {"netrc_file": None} if name == "netrc" and value is False else {}
