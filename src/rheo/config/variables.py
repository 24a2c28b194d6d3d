"""What settings are called in the environment and in a .env."""

from __future__ import annotations

from functools import cache
from typing import Final

from rheo.config.values import known

PREFIX: Final = "RHEO_"

HOME: Final = f"{PREFIX}HOME"
"""The folder of config.toml; as that comes first, no file can name it."""


@cache
def names_by_variable() -> dict[str, str]:
    """Return every setting's name by its variable: `retry` by `RHEO_RETRY`."""
    return {f"{PREFIX}{name.upper()}": name for name in known()}
