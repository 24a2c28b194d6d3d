"""A link with a round-trip time, a rate and loss, between two network namespaces that go with it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from bench.attendant import AttendantError, attended
from bench.children.packet_link import SERVER
from bench.programs import missing_programs
from bench.terms import LinkTerms

CONGESTION: Final = "cubic"
"""What Linux uses unless it is told otherwise; with BBR, say, 1 % loss would hardly be felt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where commands run that are at one of its ends."""

    client: str
    server: str
    """Files by which the namespaces are entered."""
    address: str = SERVER
    """Of the server's end."""

    def at_client(self, command: Sequence[str]) -> list[str]:
        """Return the command as it runs at the client's end; its process id stays the same."""
        return [*_within(self.client), *command]

    @property
    def before_server(self) -> list[str]:
        """Return the words before a command that is to run at the server's end."""
        return _within(self.server)


@contextmanager
def open_link(terms: LinkTerms, *, environment: Mapping[str, str]) -> Iterator[Link | str]:
    """Lay the link; yields why not, where this user or machine cannot."""
    if obstacle := _obstacle():
        yield obstacle
        return
    with ExitStack() as stack:
        try:
            process, ends = stack.enter_context(
                attended("packet_link", json.dumps(asdict(terms)), environment=environment)
            )
        except AttendantError as error:
            yield f"no link between network namespaces: {error}"
            return
        yield Link(client=f"/proc/{process}/fd/{ends['client']}", server=f"/proc/{process}/fd/{ends['server']}")


def _obstacle() -> str | None:
    if os.geteuid() != 0:
        return "needs root, for network namespaces and TUN devices"
    if not Path("/dev/net/tun").exists():
        return "this kernel has no TUN devices"
    if absent := missing_programs("ip", "nsenter"):
        return f"{' and '.join(absent)} missing"
    return None


def _within(namespace: str) -> list[str]:
    return ["nsenter", f"--net={namespace}", "--"]
