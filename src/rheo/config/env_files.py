"""What a .env sets: the one in the working folder a few harmless things, the one of `--env-file` anything."""

from __future__ import annotations

import stat
from collections.abc import Container
from pathlib import Path
from typing import Final

from rheo.config.dotenv import Line, parse
from rheo.config.files import read_text
from rheo.config.given import Given, Layer, shown, unknown
from rheo.config.values import known
from rheo.config.variables import HOME, PREFIX, names_by_variable
from rheo.domain.errors import SettingsError
from rheo.domain.text import printable

ALLOWED: Final = frozenset(
    {
        "max_concurrent",
        "connections",
        "connections_per_host",
        "retry",
        "retry_max_time",
        "connect_timeout",
        "first_byte_timeout",
        "stall_timeout",
        "timeout",
        "verbosity",
    }
)
"""What the .env of the working folder may set: a stranger may have put it there."""

_EXPLAINED: Final = 5
"""Lines of that .env that get a warning each; it may have a hundred thousand."""


def named_file(path: Path, *, folder: Path) -> Layer:
    """Return what the file of `--env-file` sets, warn where that is nothing; raises SettingsError for what is wrong."""
    text = read_text(path)
    if text is None:
        raise SettingsError(f"{printable(str(path))}: does not exist")
    lines = parse(text)
    for line in lines:
        if complaint := _complaint(line, known()):
            raise SettingsError(f"{_place(path, line)}: {complaint}")
    nothing = f"{printable(str(path))}: sets nothing; a line that does begins with {PREFIX}, as in {PREFIX}RETRY=3"
    return Layer(tuple(_given(path, line, folder) for line in lines), () if lines else (nothing,))


def working_folder(folder: Path) -> Layer:
    """Return what the .env there sets and may set; all else in it is ignored, with a warning."""
    path = folder / ".env"
    if not _is_regular(path):
        return Layer()
    try:
        lines = parse(read_text(path) or "")
    except SettingsError as error:
        return Layer(warnings=(f"{error.message}; it is ignored",))
    heeded = [line for line in lines if _counts(line, ALLOWED)]
    ignored = [line for line in lines if not _counts(line, ALLOWED)]
    return Layer(tuple(_given(path, line, folder) for line in heeded), _warnings(path, ignored))


def _is_regular(path: Path) -> bool:
    """Whether there is a file: not a virtual environment of that name, nor a pipe that would make us wait."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _warnings(path: Path, ignored: list[Line]) -> tuple[str, ...]:
    warnings = [f"{_place(path, line)}: {_complaint(line, ALLOWED)}" for line in ignored[:_EXPLAINED]]
    if len(ignored) > _EXPLAINED:
        warnings.append(f"{printable(str(path))}: {len(ignored) - _EXPLAINED} more lines are ignored")
    return tuple(warnings)


def _counts(line: Line, may_set: Container[str]) -> bool:
    return line.value is not None and names_by_variable().get(line.variable) in may_set


def _complaint(line: Line, may_set: Container[str]) -> str | None:
    """Return why a line does not count; None where it does."""
    if _counts(line, may_set):
        return None
    if line.value is None:
        return f"{shown(line.variable)}: must be KEY=value on one line, with quotes that close"
    if line.variable == HOME:
        return f"{HOME} counts in the environment only"
    if line.variable not in names_by_variable():
        return unknown(line.variable, names_by_variable())
    return f"{line.variable} is not among what a .env may set; name the file with --env-file to allow it"


def _given(path: Path, line: Line, folder: Path) -> Given:
    place = _place(path, line)
    return Given(names_by_variable()[line.variable], line.value, place, f"{place}: {line.variable}=", folder)


def _place(path: Path, line: Line) -> str:
    return f"{printable(str(path))}, line {line.number}"
