"""The settings that count for a command: read from all places, with warnings told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rheo.cli.http_keywords import ask
from rheo.cli.terminal import say
from rheo.config import load_settings
from rheo.domain.settings import Settings, Verbosity


def settings_given(flags: Mapping[str, object], env_file: Path | None) -> Settings:
    """Return the settings; `flags` are those of the command line, by name. Raises UsageError."""
    loaded = load_settings(flags=flags, env_file=env_file, ask=ask)
    if loaded.settings.verbosity is not Verbosity.QUIET:
        for warning in loaded.warnings:
            say(f"warning: {warning}")
    return loaded.settings
