"""Where settings come from: defaults < config.toml < .env < RHEO_* environment < flags, or a library's keywords."""

from rheo.config.load import Loaded, home, load_settings, override
from rheo.config.netrc import netrc_login
from rheo.config.pem import check_certificates, check_folder, check_key
from rheo.config.secrets import read_secret
from rheo.config.values import known, to_text

__all__ = [
    "Loaded",
    "check_certificates",
    "check_folder",
    "check_key",
    "home",
    "known",
    "load_settings",
    "netrc_login",
    "override",
    "read_secret",
    "to_text",
]
