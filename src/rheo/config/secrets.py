"""Secrets by reference, so that none needs to stand in a process list or a file of settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from rheo.config.private_files import read_private
from rheo.domain.errors import SettingsError
from rheo.domain.secret import Secret
from rheo.domain.text import printable

_ENV: Final = "env:"
_FILE: Final = "file:"
_ASK: Final = "-"
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def read_secret(text: str, *, what: str, environment: Mapping[str, str], ask: Callable[[str], str]) -> Secret:
    """Return the secret that `env:NAME`, `file:PATH`, `-` or anything else, which is the secret itself, means.

    `what` names it in messages and in the prompt: `password of the proxy`. Raises UsageError where the secret cannot be
    sent, and SettingsError where there is none; both name the variable or file, never the content.
    """
    if text == _ASK:
        return Secret(ask(f"{what}: "), what=what)
    if text.startswith(_ENV):
        return _of_variable(text.removeprefix(_ENV), what, environment)
    if text.startswith(_FILE):
        return _of_file(text.removeprefix(_FILE), what)
    return Secret(text, what=what)


def _of_variable(name: str, what: str, environment: Mapping[str, str]) -> Secret:
    if not _VARIABLE.fullmatch(name):  # perhaps the secret itself, so it is not repeated
        raise SettingsError(f"the {what}: {_ENV} must be followed by the name of a variable, as in {_ENV}TOKEN")
    value = environment.get(name)
    if not value:
        raise SettingsError(f"the {what}: the variable {name} is {'not set' if value is None else 'empty'}")
    return Secret(value, what=f"{what} in the variable {name}")


def _of_file(written: str, what: str) -> Secret:
    if not written:
        raise SettingsError(f"the {what}: {_FILE} must be followed by a path, as in {_FILE}~/token")
    try:
        path = Path(written).expanduser()
    except RuntimeError:
        raise SettingsError(f"the {what}: the home of the user in {printable(written)} is not known") from None
    content = read_private(path)
    if content is None:
        raise SettingsError(f"the {what}: there is no file {printable(str(path))}")
    line = content.partition("\n")[0].removesuffix("\r")
    if not line:
        raise SettingsError(f"the {what}: the first line of {printable(str(path))} is empty")
    return Secret(line, what=f"{what} in {printable(str(path))}")
