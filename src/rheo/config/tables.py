"""What the tables of config.toml mean: names that begin alike, and settings of single hosts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rheo.config.given import Given, Layer, unknown
from rheo.config.values import known
from rheo.domain.errors import SettingsError
from rheo.domain.text import printable

HOST: Final = "host"
PROXY: Final = "proxy"
_PROXY_NAMES: Final = {"all": "proxy", "except": "noproxy"}
"""Settings that `[proxy]` calls by another word; the others by the rest of their name."""

PER_HOST: Final = frozenset(
    {
        "connections",
        "connections_per_host",
        "request_delay",
        "connect_timeout",
        "tls_timeout",
        "first_byte_timeout",
        "stall_timeout",
        "timeout",
        "lowest_speed_limit",
        "attempt_timeout",
        "max_time",
        "refresh_command",
        "user_agent",
        "referer",
        "proxy",
        "proxy_http",
        "proxy_https",
        "noproxy",
        "proxies",
        "ca_file",
        "ca_dir",
        "pinned_pubkey",
        "tls_min",
        "http_version",
        "interface",
        "ip_version",
    }
)
"""What may be set for a single host: how it is reached and spoken to, and who finds new links there."""


def hosts_of(table: dict[str, Any], *, place: str, folder: Path) -> dict[str, Layer]:
    """Take the `[host.NAME]` tables out, and return what they set, by the host's name; raises SettingsError."""
    hosts: dict[str, Layer] = {}
    for name, inner in _inner(table.pop(HOST, {}), f"{place}: [{HOST}]").items():
        here = f"{place}: [{HOST}.{printable(name)}]"
        given = settings_of(_inner(inner, here), place=here, folder=folder)
        for one in given:
            if one.name not in PER_HOST:
                raise SettingsError(f"{here}: {one.name} cannot be set for a single host")
        hosts[name.lower().removesuffix(".")] = Layer(given)
    return hosts


def settings_of(table: Mapping[str, Any], *, place: str, folder: Path) -> tuple[Given, ...]:
    """Return what a table sets, `[proxy]` included; raises SettingsError for what is no setting."""
    given = tuple(Given(name, value, place, f"{place}: {name} = ", folder) for name, value in _named(table))
    for one in given:
        if one.name not in known():
            raise SettingsError(f"{place}: {unknown(one.name, known())}")
    return given


def _named(table: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        if key == PROXY and isinstance(value, dict):
            yield from ((_PROXY_NAMES.get(word, f"{PROXY}_{word}"), inner) for word, inner in value.items())
        else:
            yield key, value


def _inner(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SettingsError(f"{where} must be a table")
    return value
