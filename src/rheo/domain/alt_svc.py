"""Alt-Svc: other places and protocols at which an origin can be reached (RFC 7838).

An alternative is another way to the same origin, not another origin: URL, `Host`, cookies and logins stay, and so does
the name that is looked for in the certificate. Section 2.1 demands that the certificate there be valid for the
*origin's* host; the alternative's own name counts for nothing. Who connects must verify just that, and must not use
an alternative at all where it does not verify (`--insecure`): anybody could then take over the origin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from rheo.domain.errors import InvalidUrlError
from rheo.domain.field_values import delay, parameter, split
from rheo.domain.notes import LONGEST, Notes
from rheo.domain.url import Origin, Url, parse_url

MOST_ORIGINS: Final = 1000
MOST_ALTERNATIVES: Final = 8
"""Alternatives of one origin that are kept; a server names the best first."""

_FRESH: Final = 86_400
"""Seconds that an alternative counts that says nothing else (RFC 7838, 3.1)."""
_PROTOCOL: Final = re.compile(r"[!-~]{1,32}")
"""ALPN ids may be any 255 bytes; those in use are a few letters."""
_AUTHORITY: Final = re.compile(r"([A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]*\]):([0-9]{1,5})")


class Alternative(NamedTuple):
    """One way to an origin."""

    protocol: str
    """The ALPN id, decoded: `h3`, `h2`, `http/1.1`."""
    host: str
    """As in a `Url`; empty: the origin's own."""
    port: int
    max_age: int = _FRESH
    """Seconds that it counts."""


class AltSvcNote(NamedTuple):
    """What an origin said last; all times are Unix seconds."""

    origin: Origin
    alternatives: tuple[Alternative, ...]
    """The server's favourite first; none where all were taken back."""
    noted: float

    @property
    def key(self) -> Origin:
        """Whose word it is."""
        return self.origin

    @property
    def expires(self) -> float:
        """When the last alternative ends; what was taken back ended when that was noted."""
        return self.noted + max((one.max_age for one in self.alternatives), default=0)


def parse_alt_svc(value: str) -> tuple[Alternative, ...] | None:
    """Return the alternatives, empty for `clear`; None where there is nothing that can be understood (RFC 7838, 3)."""
    members = split(value, ",")
    if "clear" in members:
        return ()
    understood = [one for one in map(_alternative, members) if one is not None]
    return tuple(understood[:MOST_ALTERNATIVES]) or None


def checked(alternative: Alternative) -> Alternative | None:
    """Return the alternative with its host as a URL would have it; None where it cannot be one."""
    if _PROTOCOL.fullmatch(alternative.protocol) is None:
        return None
    host = f"[{alternative.host}]" if ":" in alternative.host else alternative.host
    try:
        url = parse_url(f"https://{host or 'a'}:{alternative.port}/")
    except InvalidUrlError:
        return None
    return alternative._replace(host=url.host if host else "")


class AltSvcStore:
    """The alternatives known, for one thread; all times are Unix seconds."""

    def __init__(self, notes: Iterable[AltSvcNote] = ()) -> None:
        self._notes = Notes(notes, most=MOST_ORIGINS)

    def __iter__(self) -> Iterator[AltSvcNote]:
        """Yield all that is remembered: also what ended, or was taken back."""
        return iter(self._notes)

    def note(self, url: Url, value: str, now: float) -> None:
        """Take the field of an answer from this URL: it replaces all that the origin said before (3.1).

        Not to be called where the certificate was not verified. What answered 421 is forgotten by noting `clear` (6).
        """
        alternatives = parse_alt_svc(value)
        if url.scheme != "https" or alternatives is None:
            return
        useful = tuple(_from_origin(one, url.origin) for one in alternatives if one.max_age)
        if useful or url.origin in self._notes:
            self._notes.put(AltSvcNote(url.origin, useful, now))

    def alternative(self, url: Url, protocol: str, now: float) -> tuple[str, int] | None:
        """Return host and port of the server's favourite that speaks the protocol; an empty host is the URL's own.

        The certificate there must be valid for the URL's host, whatever the alternative's is (2.1).
        """
        note = self._notes.get(url.origin, now)
        if note is None:
            return None
        for one in note.alternatives:
            if one.protocol == protocol and now < note.noted + one.max_age:
                return one.host, one.port
        return None

    def changes(self) -> list[AltSvcNote]:
        """Return what was noted here since the last `settle`, and what was taken back."""
        return self._notes.changes()

    def settle(self) -> None:
        """Take all as saved."""
        self._notes.settle()


def _alternative(member: str) -> Alternative | None:
    """Return what one member of the list means; None for rubbish."""
    pieces = [parameter(piece) for piece in split(member, ";") if piece]
    parameters = {found[0].lower(): found[1] for found in pieces[1:] if found is not None}
    first = pieces[0] if pieces else None
    if first is None or None in pieces:
        return None
    place = _AUTHORITY.fullmatch(first[1] or "")
    max_age = delay(parameters["ma"] or "", most=LONGEST) if "ma" in parameters else _FRESH
    if place is None or max_age is None:
        return None
    protocol = unquote_to_bytes(first[0]).decode("latin-1")
    return checked(Alternative(protocol, place[1].strip("[]"), int(place[2]), max_age))


def _from_origin(alternative: Alternative, origin: Origin) -> Alternative:
    return alternative._replace(host="") if alternative.host == origin.host else alternative
