"""Whether files of certificates hold any: found out before anything is asked for, and said with the line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rheo.config.files import reason
from rheo.domain.errors import SettingsError
from rheo.domain.secret import Secret
from rheo.domain.text import printable

_MOST_BYTES: Final = 16 * 1024 * 1024
_KIND: Final = b"CERTIFICATE-----"
_PRIVATE: Final = b"PRIVATE KEY-----"
_BODY: Final = re.compile(rb"M[A-Za-z0-9+/]+={0,2}")
"""Base64 of what begins with a sequence in DER, as every certificate does."""


def check_certificates(path: Path, *, setting: str) -> None:
    """Raise SettingsError where the file holds no certificate in PEM, or one that is broken."""
    place = f"{setting} = {printable(str(path))}"
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES)
    except OSError as error:
        raise SettingsError(f"{place}: cannot be read: {reason(error)}") from error
    found = False
    for line, whole in _certificates(content.split(b"\n")):
        if not whole:
            raise SettingsError(f"{place}, line {line}: the certificate there is broken")
        found = True
    if not found:
        raise SettingsError(f"{place}: there is no certificate in it, as -----BEGIN CERTIFICATE----- begins")


def check_key(certificate: Path, key: Path | None, password: Secret | None) -> None:
    """Raise SettingsError where a client's certificate, its key and the key's password do not fit together."""
    import ssl  # noqa: PLC0415  (hardly anybody shows a certificate)

    shown = printable(str(key or certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_cert_chain(certificate, key, password=lambda: "" if password is None else password.reveal())
    except (ssl.SSLError, ValueError) as error:
        raise SettingsError(_unfit(certificate, key, str(getattr(error, "reason", "")))) from None
    except OSError as error:
        raise SettingsError(f"the key {shown} cannot be read: {reason(error)}") from None


def _unfit(certificate: Path, key: Path | None, reason: str) -> str:
    """Return why a certificate and its key are not taken; `reason` is OpenSSL's name for that."""
    shown = printable(str(key or certificate))
    if "MISMATCH" in reason:
        return f"the key {shown} is of another certificate; --key names the right one"
    if "TOO_SMALL" in reason or "TOO_WEAK" in reason:
        return f"the client certificate {printable(str(certificate))} is too weak to be used; get another one"
    if _PRIVATE not in (key or certificate).read_bytes():
        return f"there is no private key in {shown}; name its file with --key"
    return f"the key {shown} cannot be read with the password given, if any; see --key-password"


def check_folder(path: Path, *, setting: str) -> None:
    """Raise SettingsError where there is no such folder."""
    if not path.is_dir():
        raise SettingsError(f"{setting} = {printable(str(path))}: there is no such folder")


def _certificates(lines: list[bytes]) -> Iterator[tuple[int, bool]]:
    """Yield the line where each certificate begins, and whether it has the form of one."""
    begin, body = 0, bytearray()
    for number, written in enumerate(lines, start=1):
        line = written.strip()
        if not line.endswith(_KIND):
            body += line
        elif line.startswith(b"-----BEGIN "):
            if begin:
                yield begin, False
            begin = number
            body.clear()
        elif line.startswith(b"-----END "):
            yield begin or number, bool(begin) and _BODY.fullmatch(body) is not None
            begin = 0
    if begin:
        yield begin, False
