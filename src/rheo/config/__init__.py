"""Where settings come from: defaults < config.toml < .env < RHEO_* environment < flags, or a library's keywords."""

from rheo.config.load import Loaded, home, load_settings, override
from rheo.config.secrets import read_secret
from rheo.config.values import known, to_text

__all__ = [
    "Loaded",
    "home",
    "known",
    "load_settings",
    "override",
    "read_secret",
    "to_text",
]
