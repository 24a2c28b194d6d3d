"""An option for each setting, made from the fields of `Settings`, so that none is missing and all have their names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import Field, fields
from enum import Enum
from functools import wraps
from typing import Annotated, Any, Final, NamedTuple

import typer
from typer.core import TyperOption

from rheo.cli.aliases import ALIASES, Alias
from rheo.cli.http_options import HTTP_OPTIONS
from rheo.cli.http_options import PANEL as REQUESTS
from rheo.domain.settings import RestrictFilenames, Settings
from rheo.domain.units import exact_size

FILES: Final = "Files"
NETWORK: Final = "Network"
PROXIES: Final = "Proxies"
TLS: Final = "TLS and versions"
TIMES: Final = "Timeouts"
RETRIES: Final = "Retries"
OUTPUT: Final = "Output"
SETTINGS: Final = "Settings"
_PANELS: Final = (None, FILES, NETWORK, REQUESTS, PROXIES, TLS, TIMES, RETRIES, OUTPUT, SETTINGS)
"""In the order of the help; arguments have none."""

AsJson = Annotated[
    bool, typer.Option("--json", help="one JSON object a line on standard output", rich_help_panel=OUTPUT)
]
"""Not a setting: what several commands take."""


class _Look(NamedTuple):
    """How an option looks in the help."""

    panel: str
    metavar: str | None = None
    """None where the choices themselves are shown, or nothing follows."""
    short: str | None = None
    choices: type[Enum] | None = None
    """What may follow, where the default does not tell."""


_LOOKS: Final = {
    "directory": _Look(FILES, "DIR", "-d"),
    "max_concurrent": _Look(NETWORK, "N", "-j"),
    "connections": _Look(NETWORK, "N", "-x"),
    "connections_per_host": _Look(NETWORK, "N"),
    "min_split_size": _Look(NETWORK, "SIZE", "-k"),
    "segment_size": _Look(NETWORK, "SIZE"),
    "limit_rate": _Look(NETWORK, "RATE"),
    "limit_rate_per_download": _Look(NETWORK, "RATE"),
    "request_delay": _Look(NETWORK, "TIME"),
    "max_memory": _Look(NETWORK, "SIZE"),
    "mirror_strategy": _Look(NETWORK),
    "resume": _Look(FILES),
    "join": _Look(FILES),
    "reserve": _Look(FILES),
    "on_exists": _Look(FILES),
    "name_from": _Look(FILES),
    "restrict_filenames": _Look(FILES, choices=RestrictFilenames),
    "retry": _Look(RETRIES, "N"),
    "retry_max_time": _Look(RETRIES, "TIME"),
    "retry_on": _Look(RETRIES, "RULES"),
    "refresh_command": _Look(RETRIES, "'PROGRAM ARG…'"),
    "refresh_timeout": _Look(RETRIES, "TIME"),
    "connect_timeout": _Look(TIMES, "TIME"),
    "first_byte_timeout": _Look(TIMES, "TIME"),
    "stall_timeout": _Look(TIMES, "TIME"),
    "timeout": _Look(TIMES, "TIME"),
    "max_connections": _Look(NETWORK, "N"),
    "resolve": _Look(NETWORK, "HOST:PORT:ADDRESS"),
    "interface": _Look(NETWORK, "NAME"),
    "ip_version": _Look(NETWORK),
    "idle_timeout": _Look(TIMES, "TIME"),
    "connection_age": _Look(TIMES, "TIME"),
    "tls_timeout": _Look(TIMES, "TIME"),
    "lowest_speed_limit": _Look(TIMES, "SPEED"),
    "attempt_timeout": _Look(TIMES, "TIME"),
    "max_time": _Look(TIMES, "TIME"),
    "user_agent": _Look(REQUESTS, "TEXT"),
    "referer": _Look(REQUESTS, "URL"),
    "max_redirects": _Look(REQUESTS, "N"),
    "location_trusted": _Look(REQUESTS),
    "allow_downgrade": _Look(REQUESTS),
    "compressed": _Look(REQUESTS),
    "netrc": _Look(REQUESTS),
    "netrc_file": _Look(REQUESTS, "FILE"),
    "cookies": _Look(REQUESTS, "FILE"),
    "save_cookies": _Look(REQUESTS, "FILE"),
    "proxy": _Look(PROXIES, "URL"),
    "proxy_http": _Look(PROXIES, "URL"),
    "proxy_https": _Look(PROXIES, "URL"),
    "proxy_password": _Look(PROXIES, "PASSWORD"),
    "noproxy": _Look(PROXIES, "LIST"),
    "proxies": _Look(PROXIES),
    "ca_file": _Look(TLS, "FILE"),
    "ca_dir": _Look(TLS, "DIR"),
    "pinned_pubkey": _Look(TLS, "PINS"),
    "tls_min": _Look(TLS),
    "http_version": _Look(TLS),
    "verify": _Look(FILES),
    "follow_metalink": _Look(FILES),
    "sync": _Look(FILES),
    "mtime": _Look(FILES),
    "verbosity": _Look(OUTPUT),
}
_PLAIN: Final = _Look(SETTINGS, "VALUE")

HTTP_PREFIX: Final = "http_option_"
"""What the parameters of options begin with that are no settings."""


def setting_names() -> list[str]:
    """Return the names of all settings."""
    return [field.name for field in _fields()]


def _fields() -> list[Field[Any]]:
    return [field for field in fields(Settings) if "help" in field.metadata]


def taking_settings(command: Callable[..., int]) -> Callable[..., int]:
    """Return a command as Typer is to read it: without its `**` parameter, which takes what `setting_options` gives."""

    @wraps(command)
    def called(**given: Any) -> int:
        return command(**given)

    signature = inspect.signature(command, eval_str=True)
    own = [one for one in signature.parameters.values() if one.kind is not inspect.Parameter.VAR_KEYWORD]
    called.__signature__ = signature.replace(parameters=own)  # type: ignore[attr-defined]
    return called


def setting_options(*, without: Collection[str] = ()) -> Iterator[TyperOption]:
    """Yield the options of all settings but these, of what requests carry, and of their aliases.

    They are made as Typer makes them in the end: from a signature that takes it four times as long.
    """
    for field in _fields():
        if field.name not in without:
            yield _option(field)
    for one in HTTP_OPTIONS:
        yield one.option(f"{HTTP_PREFIX}{one.key}")
    for alias in ALIASES:
        if alias.setting not in without:
            yield _alias_option(alias)


def in_order(parameters: Iterable[Any]) -> list[Any]:
    """Return a command's parameters by their panels, in the order of the help."""
    return sorted(parameters, key=lambda one: _PANELS.index(one.rich_help_panel))


def _option(field: Field[Any]) -> TyperOption:
    look = _LOOKS.get(field.name, _PLAIN)
    word = field.name.replace("_", "-")
    switch = isinstance(field.default, bool)
    long = f"--{word}/--no-{word}" if switch else f"--{word}"
    kind = type(field.default) if isinstance(field.default, Enum) else look.choices
    choices = [] if kind is None else [choice.value for choice in kind]
    return TyperOption(
        param_decls=[field.name, long, *([look.short] if look.short else [])],
        type=None if switch else str,
        is_flag=switch,
        multiple=isinstance(field.default, tuple),
        metavar="|".join(choices) or look.metavar,
        autocompletion=(lambda *_: choices) if choices else None,
        help=f"{field.metadata['help']}{_default(field)}",
        rich_help_panel=look.panel,
    )


def _alias_option(alias: Alias) -> TyperOption:
    return TyperOption(
        param_decls=[alias.key, *alias.names],
        type=str if alias.takes_argument else None,
        is_flag=not alias.takes_argument,
        metavar=alias.metavar,
        help=alias.help,
        hidden=alias.help is None,
        rich_help_panel=_LOOKS[alias.setting].panel if alias.setting else None,
    )


def _default(field: Field[Any]) -> str:
    """Return what ends the help; nothing where the default is to leave it to others."""
    value = field.default
    if isinstance(value, Enum):
        return f" (default: {value.value})"
    if isinstance(value, bool):
        return f" (default: {'yes' if value else 'no'})"
    if field.metadata.get("unit") == "bytes" and value is not None:
        return f" (default: {exact_size(value)})"
    if isinstance(value, int | float):
        return f" (default: {value:g})"
    return ""
