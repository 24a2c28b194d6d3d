"""What config.toml, the environment, the flags and a library's keywords set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rheo.config import tables
from rheo.config.files import read_text
from rheo.config.given import Given, Layer, unknown
from rheo.config.values import known
from rheo.config.variables import HOME, PREFIX, names_by_variable
from rheo.domain.errors import SettingsError
from rheo.domain.text import printable


def config_file(path: Path) -> Layer:
    """Return what config.toml sets; raises SettingsError unless it is TOML, ours alone, and of known keys."""
    text = read_text(path, ours=True)
    if text is None:
        return Layer()
    place = printable(str(path))
    table = _toml(text, place)
    hosts = tables.hosts_of(table, place=place, folder=path.parent)
    return Layer(tables.settings_of(table, place=place, folder=path.parent), hosts=hosts)


def environment(variables: Mapping[str, str], *, folder: Path) -> Layer:
    """Return what `RHEO_*` variables set; warn of those that set nothing."""
    names = names_by_variable()
    ours = sorted(variable for variable in variables if variable.startswith(PREFIX) and variable != HOME)
    given = (
        _assignment(names[variable], variables[variable], f"environment {variable}", folder)
        for variable in ours
        if variable in names
    )
    return Layer(
        tuple(given),
        tuple(f"environment {unknown(variable, names)}; it is ignored" for variable in ours if variable not in names),
    )


def flags(values: Mapping[str, object], *, folder: Path) -> Layer:
    """Return what the command line's flags set; None is a flag that was not given."""
    given = {name: value for name, value in values.items() if value is not None}
    return _named(given, "flag", lambda name: f"--{name.replace('_', '-')}", folder)


def keywords(values: Mapping[str, object]) -> Layer:
    """Return what keyword arguments set; a relative path stays relative."""
    return _named(values, "keyword", str, Path())


def _named(values: Mapping[str, object], kind: str, spelled: Callable[[str], str], folder: Path) -> Layer:
    for name in values:
        if name not in known():
            raise SettingsError(f"{kind} {unknown(spelled(name), map(spelled, known()))}")
    return Layer(tuple(_assignment(name, value, f"{kind} {spelled(name)}", folder) for name, value in values.items()))


def _assignment(name: str, value: object, place: str, folder: Path) -> Given:
    return Given(name, value, place, f"{place}=", folder)


def _toml(text: str, place: str) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415  (most have no such file)

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: also for a number of thousands of digits
        raise SettingsError(f"{place}: is not TOML: {printable(str(error))}") from None
