"""Put the settings together from every place, the later one winning, and remember where each came from."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import reduce
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from rheo.config import env_files, layers
from rheo.config.given import Given, Layer
from rheo.config.implied import implied
from rheo.config.secrets import read_secret
from rheo.config.tables import BESIDE_THAT_OF_ALL
from rheo.config.values import Value, convert, known
from rheo.config.variables import HOME
from rheo.domain.errors import SettingsError
from rheo.domain.settings import Settings

DEFAULT: Final = "default"
CONFIG_FILE: Final = "config.toml"

_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


class Loaded(NamedTuple):
    """The settings, and how they came about."""

    settings: Settings
    origins: Mapping[str, str]
    """The place of each setting's value, by the setting's name: `default`, `.env, line 3`, `flag --retry`."""
    warnings: tuple[str, ...]
    """What was ignored, and why."""


class _Said(NamedTuple):
    """What a setting is to be, and who says so."""

    value: Value
    place: str


def load_settings(
    *,
    flags: Mapping[str, object] = _NOTHING,
    env_file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    working_folder: Path | None = None,
    ask: Callable[[str], str] | None = None,
) -> Loaded:
    """Return the settings of every place; raises SettingsError that names the place of what is wrong.

    `flags` are by the settings' names, None where one was not given. `env_file` is read instead of the `.env` of
    the working folder, and may set everything. `environment` and `working_folder` are the process's unless given.
    `ask` asks for secrets that are written as `-`, with a prompt; without it they are refused.
    """
    variables = os.environ if environment is None else environment
    folder = Path() if working_folder is None else working_folder
    read = (
        layers.config_file(home(variables) / CONFIG_FILE),
        env_files.working_folder(folder) if env_file is None else env_files.named_file(env_file, folder=folder),
        layers.environment(variables, folder=folder),
        layers.flags(flags, folder=folder),
    )
    settings = reduce(_changed, read, Settings())
    return Loaded(
        settings=_revealed(settings, variables, ask or _nobody_to_ask),
        origins=dict.fromkeys(known(), DEFAULT)
        | {name: said.place for layer in read for name, said in _said(layer.given).items()},
        warnings=tuple(warning for layer in read for warning in layer.warnings),
    )


def override(settings: Settings, values: Mapping[str, object]) -> Settings:
    """Return the settings with keywords applied, as values or as text; raises SettingsError."""
    changed = _changed(settings, layers.keywords(values))
    refers = isinstance(values.get("proxy_password"), str)
    return _revealed(changed, os.environ, _nobody_to_ask) if refers else changed


def home(environment: Mapping[str, str]) -> Path:
    """Return the folder for rheo's own files: `RHEO_HOME`, or `~/.rheo`."""
    try:
        return Path(environment.get(HOME) or "~/.rheo").expanduser().absolute()
    except RuntimeError:
        raise SettingsError(f"there is no home folder to keep settings in; name one in {HOME}") from None


def _changed(settings: Settings, layer: Layer) -> Settings:
    """Return the settings with what a later place says: that goes before what earlier ones say of single hosts."""
    said = _values(layer)
    earlier = {
        host: {name: value for name, value in values.items() if name not in said or name in BESIDE_THAT_OF_ALL}
        for host, values in settings.hosts.items()
    }
    hosts = {host: _values(inner) for host, inner in layer.hosts.items()}
    return replace(settings, **said, hosts=earlier | hosts)


def _values(layer: Layer) -> dict[str, Any]:  # `convert` keeps to each field's type
    return {name: said.value for name, said in _said(layer.given).items()}


def _said(given: Iterable[Given]) -> dict[str, _Said]:
    """Return what one place says by the settings' names, also by those that it means without naming them."""
    named = {one.name: _Said(_value(one), one.place) for one in given}
    meant = {
        name: _Said(value, wide.place)
        for wider, wide in named.items()
        for name, value in implied(wider, wide.value).items()
    }
    return meant | named


def _revealed(settings: Settings, environment: Mapping[str, str], ask: Callable[[str], str]) -> Settings:
    """Return the settings with secrets in the place of what refers to them."""
    written = settings.proxy_password
    if written is None:
        return settings
    secret = read_secret(written.reveal(), what="password of the proxy", environment=environment, ask=ask)
    return replace(settings, proxy_password=secret)


def _nobody_to_ask(prompt: str) -> str:
    raise SettingsError(f"{prompt}nobody is there to be asked; write env:NAME or file:PATH")


def _value(given: Given) -> Value:
    setting = known()[given.name]
    try:
        return convert(setting, given.value, folder=given.folder)
    except ValueError as error:
        raise SettingsError(f"{given.written(secret=setting.is_secret)}: {error}") from None
