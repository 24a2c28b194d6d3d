"""HSTS: hosts that said, over https, that they are to be asked in no other way (RFC 6797)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from rheo.domain.field_values import delay, parameter, split
from rheo.domain.notes import LONGEST, Notes
from rheo.domain.url import DEFAULT_PORTS, Url

MOST_HOSTS: Final = 1000

_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""What only IPv4 addresses end in, as systems read them: `127.0.0.1`, and `127.1` or `0x7f.0x1`, too."""


class HstsPolicy(NamedTuple):
    """What a `Strict-Transport-Security` field asks for."""

    max_age: int
    """Seconds; 0 takes back what was said before."""
    subdomains: bool
    """Whether it holds for the hosts below, too."""


class HstsNote(NamedTuple):
    """What a host said last; all times are Unix seconds."""

    host: str
    """In lower case, with no dot at the end."""
    subdomains: bool
    noted: float
    expires: float
    """When it ends; what was taken back ended when that was noted."""

    @property
    def key(self) -> str:
        """Whose word it is."""
        return self.host


def parse_hsts(value: str) -> HstsPolicy | None:
    """Return what the field asks for, None where its form is wrong (RFC 6797, 6.1).

    Of several fields, which come joined by commas, only the first counts (8.1).
    """
    directives: dict[str, str | None] = {}
    for piece in split(split(value, ",")[0], ";"):
        if not piece:
            continue
        found = parameter(piece)
        if found is None or found[0].lower() in directives:
            return None
        directives[found[0].lower()] = found[1]
    max_age = delay(directives.get("max-age") or "", most=LONGEST)
    if max_age is None or directives.get("includesubdomains") is not None:
        return None
    return HstsPolicy(max_age, "includesubdomains" in directives)


def hsts_host(host: str) -> str | None:
    """Return the name that a host of a URL is noted under; None for an IP address, which has no HSTS (8.1.1)."""
    name = host.lower().removesuffix(".")
    if ":" in name or _NUMBER.fullmatch(name.rpartition(".")[2]):
        return None
    return name


class HstsStore:
    """The hosts known for it, for one thread; all times are Unix seconds."""

    def __init__(self, notes: Iterable[HstsNote] = ()) -> None:
        self._notes = Notes(notes, most=MOST_HOSTS)
        self.empty = not self._notes
        """Whether no host was ever known for it, as is usual: then nothing is to be looked up."""

    def __iter__(self) -> Iterator[HstsNote]:
        """Yield all that is remembered: also what ended, or was taken back."""
        return iter(self._notes)

    def note(self, url: Url, value: str, now: float) -> None:
        """Take the field of an answer from this URL; not to be called where the certificate was not verified (8.1)."""
        host = hsts_host(url.host)
        policy = parse_hsts(value)
        if url.scheme != "https" or host is None or policy is None:
            return
        if policy.max_age or host in self._notes:
            self.empty = False
            self._notes.put(HstsNote(host, policy.subdomains, now, now + policy.max_age))

    def upgrade(self, url: Url, now: float) -> Url:
        """Return the URL to ask instead: the same, or with https where the host wants that (8.3).

        Credentials that stood in the URL stay in it: they were given for this host.
        """
        if url.scheme != "http" or not self._notes or not self._wanted(url.host, now):
            return url
        port = DEFAULT_PORTS["https"] if url.port == DEFAULT_PORTS["http"] else url.port
        return replace(url, scheme="https", port=port)

    def changes(self) -> list[HstsNote]:
        """Return what was noted here since the last `settle`, and what was taken back."""
        return self._notes.changes()

    def settle(self) -> None:
        """Take all as saved."""
        self._notes.settle()

    def _wanted(self, host: str, now: float) -> bool:
        name = hsts_host(host)
        if name is None:
            return False
        if self._notes.get(name, now) is not None:
            return True
        return any((note := self._notes.get(parent, now)) is not None and note.subdomains for parent in _above(name))


def _above(host: str) -> Iterator[str]:
    while "." in host:
        host = host.partition(".")[2]
        yield host
