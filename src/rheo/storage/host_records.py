"""What hosts said of themselves, as bytes of a file and back.

The files are untrusted input: size-capped, every type checked, every host one that a URL can have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from rheo.domain.alt_svc import MOST_ALTERNATIVES, MOST_ORIGINS, Alternative, AltSvcNote, checked
from rheo.domain.errors import InvalidUrlError
from rheo.domain.hsts import MOST_HOSTS, HstsNote, hsts_host
from rheo.domain.notes import LONGEST
from rheo.domain.url import Origin, parse_url
from rheo.storage.fields import Fields
from rheo.storage.seal import DamagedError, seal, unseal
from rheo.storage.sidecar import MOST_BYTES

HSTS: Final = "list of hsts hosts"
ALT_SVC: Final = "list of alternatives"

_MOST_PORT: Final = 65535
_END_OF_TIME: Final = 2.0**40
"""Unix seconds that no clock shows."""
_AHEAD: Final = 86_400
"""Seconds that a note may be ahead: others noted something while we waited, or a clock was put right."""

N = TypeVar("N")


def encode_hsts(notes: Sequence[HstsNote]) -> bytes:
    """Return the bytes of notes that are sorted by when they end: never more than a reader takes."""
    return _sealed(HSTS, notes, _hsts_row)


def decode_hsts(data: bytes, now: float) -> list[HstsNote]:
    """Return the notes; raises DamagedError, or NewerError for those of a later version."""
    rows = Fields(unseal(HSTS, data)).rows("notes", MOST_HOSTS, width=4)
    return [_hsts_note(row, now) for row in rows]


def encode_alt_svc(notes: Sequence[AltSvcNote]) -> bytes:
    """Return the bytes of notes that are sorted by when they end: never more than a reader takes."""
    return _sealed(ALT_SVC, notes, _alt_svc_row)


def decode_alt_svc(data: bytes, now: float) -> list[AltSvcNote]:
    """Return the notes; raises DamagedError, or NewerError for those of a later version."""
    rows = Fields(unseal(ALT_SVC, data)).rows("notes", MOST_ORIGINS, width=4)
    return [_alt_svc_note(row, now) for row in rows]


def _sealed(kind: str, notes: Sequence[N], row_of: Callable[[N], list[object]]) -> bytes:
    rows = [row_of(note) for note in notes]
    data = seal(kind, {"notes": rows})
    while len(data) > MOST_BYTES:
        rows = rows[len(rows) // 4 + 1 :]  # the soonest to expire go first
        data = seal(kind, {"notes": rows})
    return data


def _hsts_row(note: HstsNote) -> list[object]:
    return [note.host, note.subdomains, note.noted, note.expires]


def _hsts_note(row: list[object], now: float) -> HstsNote:
    written, subdomains, noted, expires = row[0], _flag(row[1]), _past(row[2], now), _time(row[3])
    host = _host(written)
    if hsts_host(host) != host:
        raise DamagedError("a host has no HSTS")
    return HstsNote(host, subdomains, noted, min(expires, now + LONGEST))


def _alt_svc_row(note: AltSvcNote) -> list[object]:
    ways = [[one.protocol, one.host, one.port, one.max_age] for one in note.alternatives]
    return [note.origin.host, note.origin.port, note.noted, ways]


def _alt_svc_note(row: list[object], now: float) -> AltSvcNote:
    origin = Origin("https", _host(row[0]), _port(row[1]))
    ways = Fields({"ways": row[3]}).rows("ways", MOST_ALTERNATIVES, width=4)
    return AltSvcNote(origin, tuple(map(_alternative, ways)), _past(row[2], now))


def _alternative(row: list[object]) -> Alternative:
    protocol, host, port, max_age = row
    if not isinstance(protocol, str) or not isinstance(host, str):
        raise DamagedError("an alternative is no text")
    read = Alternative(protocol, host, _port(port), Fields.whole(max_age, LONGEST))
    if checked(read) != read:
        raise DamagedError("an alternative is nowhere")
    return read


def _host(value: object) -> str:
    """Return the host if it is just what a URL would have."""
    if not isinstance(value, str):
        raise DamagedError("a host is no text")
    try:
        host = parse_url(f"https://[{value}]/" if ":" in value else f"https://{value}/").host
    except InvalidUrlError:
        host = ""
    if not host or host != value:
        raise DamagedError("a host cannot be one")
    return host


def _port(value: object) -> int:
    return Fields.whole(value, _MOST_PORT, least=1)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise DamagedError("a flag is neither true nor false")
    return value


def _time(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _END_OF_TIME:
        raise DamagedError("a time is out of bounds")
    return float(value)


def _past(value: object, now: float) -> float:
    """Return when something was noted; what seems to come from the future loses to all that is noted from now on."""
    moment = _time(value)
    return moment if moment <= now + _AHEAD else 0.0
