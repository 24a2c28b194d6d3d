"""danted, the server of dante, as a SOCKS4 and SOCKS5 proxy without a login; it does not know SOCKS4a."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from integration.servers.program import HOST, Log, find, running

CONFIG: Final = """
logoutput: {log}
internal: {host} port = {port}
external: {host}
user.privileged: {user}
user.unprivileged: {user}
clientmethod: none
socksmethod: none
client pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 }}
socks {verdict} {{
    from: 127.0.0.0/8 to: 0.0.0.0/0
    protocol: tcp
    proxyprotocol: socks_v4 socks_v5
    log: connect error
}}
"""


@dataclass(frozen=True)
class Danted:
    """A running danted."""

    port: int
    log: Log


@contextmanager
def danted(folder: Path, *, refuses: bool = False) -> Iterator[Danted]:
    """Run danted; where it `refuses`, no connection is allowed."""
    program = find("danted", package="dante-server")
    log = Log(folder / "danted.log")

    def configure(port: int) -> list[str]:
        text = CONFIG.format(
            host=HOST, port=port, log=log.path, user=getpass.getuser(), verdict="block" if refuses else "pass"
        )
        (folder / "danted.conf").write_text(text)
        return [program, "-f", str(folder / "danted.conf"), "-p", str(folder / "danted.pid")]

    with running(configure, ports=1, output=folder / "output.log") as (port,):
        yield Danted(port, log)
