"""tinyproxy as an HTTP proxy."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from integration.servers.program import HOST, Log, Login, find, running

CONFIG: Final = """
Listen {host}
Port {port}
Timeout 60
MaxClients 100
LogLevel Info
{login}
{tunnels}
"""


@dataclass(frozen=True)
class Tinyproxy:
    """A running tinyproxy."""

    port: int
    log: Log


@contextmanager
def tinyproxy(folder: Path, *, login: Login | None = None, tunnels: bool = True) -> Iterator[Tinyproxy]:
    """Run tinyproxy; a `login` is asked for by Basic; without `tunnels` it answers CONNECT with 403."""
    program = find("tinyproxy", package="tinyproxy-bin")
    log = Log(folder / "tinyproxy.log")

    def configure(port: int) -> list[str]:
        text = CONFIG.format(
            host=HOST,
            port=port,
            login="" if login is None else f"BasicAuth {login.user} {login.password}",
            tunnels="" if tunnels else "ConnectPort 0",
        )
        (folder / "tinyproxy.conf").write_text(text)
        return [program, "-d", "-c", str(folder / "tinyproxy.conf")]

    with running(configure, ports=1, output=log.path) as (port,):
        yield Tinyproxy(port, log)
