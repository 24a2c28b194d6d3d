"""Which certificates to trust: the caller's file, else the environment's, else the system's, else certifi's.

The wheel's libcurl knows no store of this system, so it is always told one.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path

from rheo.domain.errors import SettingsError

ENVIRONMENT = ("SSL_CERT_FILE", "CURL_CA_BUNDLE")


def trust_store(ca_file: Path | None, environment: Mapping[str, str]) -> str:
    """Return the file of trusted certificates, or raise SettingsError naming the place that is wrong."""
    if ca_file is not None:
        return _readable(ca_file, "ca_file")
    for name in ENVIRONMENT:
        if environment.get(name):
            return _readable(Path(environment[name]), f"the environment's {name}")
    system = ssl.get_default_verify_paths()
    for candidate in (system.cafile, system.openssl_cafile, *_BUNDLES):
        if candidate and Path(candidate).is_file():
            return candidate
    import certifi  # noqa: PLC0415  (only where the system has no store)

    return certifi.where()


_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def _readable(path: Path, place: str) -> str:
    try:
        with path.open("rb"):
            return str(path)
    except OSError as error:
        raise SettingsError(f"{place} names {path}, which cannot be read: {error.strerror}") from error
