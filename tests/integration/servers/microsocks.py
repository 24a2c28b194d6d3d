"""microsocks as a SOCKS5 proxy."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from integration.servers.program import HOST, Log, Login, find, running


@dataclass(frozen=True)
class Microsocks:
    """A running microsocks."""

    port: int
    log: Log


@contextmanager
def microsocks(folder: Path, *, login: Login | None = None) -> Iterator[Microsocks]:
    """Run microsocks; it takes its `login` from its command line, where everybody can see it."""
    program = find("microsocks", package="microsocks")
    log = Log(folder / "microsocks.log")
    known = [] if login is None else ["-u", login.user, "-P", login.password]

    def configure(port: int) -> list[str]:
        return [program, "-i", HOST, "-p", str(port), *known]

    with running(configure, ports=1, output=log.path) as (port,):
        yield Microsocks(port, log)
