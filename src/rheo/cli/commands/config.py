"""`rheo config show`: every setting, its value, and the place that it came from."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from rheo.config import Loaded, known, to_text
from rheo.domain.text import printable
from rheo.domain.units import exact_size


def show(loaded: Loaded, *, as_json: bool, write: Callable[[str], None] = print) -> None:
    """Write one line for each setting: in three columns, or as a JSON object."""
    for line in _objects(loaded) if as_json else _columns(loaded):
        write(line)


def _columns(loaded: Loaded) -> list[str]:
    rows = [(name, printable(_written(name, value)), loaded.origins[name]) for name, value in _values(loaded)]
    names, values = (max(len(row[column]) for row in rows) for column in (0, 1))
    return [f"{name:<{names}}  {value:<{values}}  {origin}" for name, value, origin in rows]


def _objects(loaded: Loaded) -> list[str]:
    return [
        json.dumps({"type": "setting", "name": name, "value": _plain(value), "origin": loaded.origins[name]})
        for name, value in _values(loaded)
    ]


def _values(loaded: Loaded) -> list[tuple[str, Any]]:
    return [(name, getattr(loaded.settings, name)) for name in loaded.origins]


def _written(name: str, value: Any) -> str:
    setting = known()[name]
    return exact_size(value) if setting.is_size and value is not None else to_text(value, absent=setting.absent)


def _plain(value: Any) -> bool | float | str | list[str] | None:
    """Return what JSON has for a value: itself, or its text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return list(value) if isinstance(value, tuple) else to_text(value)
