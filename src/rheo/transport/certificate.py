"""What OpenSSL's words for a server's certificate mean; text from strangers, of which what is odd is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from rheo.domain.tls_session import Certificate
from rheo.transport.headers import parse_http_date

_NAMES: Final = "X509v3 Subject Alternative Name"
_KINDS: Final = ("DNS:", "IP Address:")
_TIME: Final = re.compile(r"([A-Z][a-z]{2} [0-9 ][0-9] [0-9:]{8})(?:\.[0-9]+)? ([0-9]{4}) GMT")
_CONNECTED: Final = re.compile(r"SSL connection using ([A-Za-z0-9._-]+) / ([A-Za-z0-9._-]+)")


def certificate_of(chain: Sequence[Sequence[tuple[bytes, bytes]]]) -> Certificate | None:
    """Return the server's own certificate, the first one of its chain; None for an empty chain."""
    if not chain:
        return None
    facts = {name.decode("ascii", "replace"): value.decode(errors="replace") for name, value in chain[0]}
    return Certificate(
        subject=facts.get("Subject", ""),
        issuer=facts.get("Issuer", ""),
        names=tuple(dict.fromkeys(_names(facts))),
        valid_from=_time(facts.get("Start date", "")),
        valid_until=_time(facts.get("Expire date", "")),
    )


def connected_with(line: str) -> tuple[str, str] | None:
    """Return version and cipher that a line of libcurl's tells; None where it tells something else."""
    found = _CONNECTED.match(line)
    return None if found is None else (found[1], found[2])


def _names(facts: Mapping[str, str]) -> Iterator[str]:
    for piece in facts.get(_NAMES, "").split(","):
        name = piece.strip()
        yield from (name.removeprefix(kind) for kind in _KINDS if name.startswith(kind))


def _time(text: str) -> datetime | None:
    """Return the time that OpenSSL writes as C does, but for its last word."""
    found = _TIME.fullmatch(text)
    return None if found is None else parse_http_date(f"Mon {found[1]} {found[2]}")
