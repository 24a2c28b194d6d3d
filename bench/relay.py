"""Relays before the origin, which limit connections, trouble them, and know what each answer brought."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.attendant import attended
from bench.link import Link
from bench.origin import HOST, Origin
from bench.terms import RelayLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer that ended: bytes of the body from `start` on, how many it promised, how many were sent."""

    port: int
    """The client's."""
    start: int
    length: int
    sent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """One that runs."""

    origin: str
    """The URL before a path."""
    port: int
    journal: Path

    def answers(self) -> list[Answered]:
        """Return the answers that have ended until now."""
        return [Answered(**json.loads(line)) for line in self.journal.read_text(encoding="utf-8").splitlines()]


@contextmanager
def open_relay(
    origin: Origin, limits: RelayLimits, *, environment: Mapping[str, str], link: Link | None = None
) -> Iterator[Relay]:
    """Run a relay at the server's end of a link, or on loopback."""
    with open_relays(origin, [limits], environment=environment, link=link) as (relay,):
        yield relay


@contextmanager
def open_relays(
    origin: Origin, several: Sequence[RelayLimits], *, environment: Mapping[str, str], link: Link | None = None
) -> Iterator[list[Relay]]:
    """Run a relay for each of these limits, all in one process and with one journal."""
    host = link.address if link else HOST
    with tempfile.TemporaryDirectory(prefix="relay-", dir=environment["HOME"]) as folder:
        journal = Path(folder, "journal")
        words = (host, str(origin.socket), str(journal), json.dumps([asdict(limits) for limits in several]))
        around = link.before_server if link else ()
        with attended("relay", *words, environment=environment, around=around) as (_, ports):
            yield [Relay(origin=f"http://{host}:{port}", port=port, journal=journal) for port in ports]
