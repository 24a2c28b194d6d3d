"""squid as an HTTP proxy, and as one that is itself reached over TLS."""

import hashlib
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from integration.servers.program import HOST, Log, Login, find, running
from origin import Authority

CONFIG: Final = """
http_port {host}:{plain} {mode}
https_port {host}:{secure} {mode} tls-cert=FOLDER/server.pem
{peer}
visible_hostname localhost
pid_filename none
coredump_dir none
pinger_enable off
dns_nameservers {host}
dns_timeout 1 second
dns_retransmit_interval 1 second
cache deny all
cache_log /dev/null
logformat seen %rm %ru %>Hs user="%un" %>ha
access_log stdio:FOLDER/access.log seen
{login}
acl tunnels method CONNECT
{tunnels}
http_access allow {allowed}
http_access deny all
"""

LOGIN: Final = """
auth_param {scheme} program {helper} FOLDER/logins
auth_param {scheme} realm {realm}
auth_param {scheme} children 1 startup=1
acl known proxy_auth REQUIRED
"""

HELPERS: Final = {"digest": "/usr/lib/squid/digest_file_auth -c", "basic": "/usr/lib/squid/basic_ncsa_auth"}
REALM: Final = "rheo"
USER: Final = "proxy"


@dataclass(frozen=True)
class Squid:
    """A running squid: `http://` proxy at one port, `https://` proxy at the other."""

    folder: Path
    plain: int
    secure: int

    @property
    def log(self) -> Log:
        """A line for each request: method, target, status, user, and all its headers, percent-encoded.

        A tunnel's line comes when it is closed.
        """
        return Log(self.folder / "access.log")


@contextmanager
def squid(
    folder: Path,
    authority: Authority,
    *,
    login: Login | None = None,
    scheme: Literal["basic", "digest"] = "digest",
    tunnels: bool = True,
    origin: int | None = None,
) -> Iterator[Squid]:
    """Run squid; without `tunnels` it answers CONNECT with 403.

    It knows the names of the hosts file, and answers others with 500 or 502 after a second.
    With the port of an `origin` it is no proxy, but a server in front of that one: the login is then asked for by 401,
    which makes it the real server with digest.
    """
    program = find("squid", package="squid")
    words = {
        "host": HOST,
        "login": "" if login is None else LOGIN.format(scheme=scheme, helper=HELPERS[scheme], realm=REALM),
        "tunnels": "" if tunnels else "http_access deny tunnels",
        "mode": "" if origin is None else "accel defaultsite=localhost",
        "peer": "" if origin is None else f"cache_peer {HOST} parent {origin} 0 no-query originserver",
        "allowed": "all" if login is None else "known",
    }
    with _reachable(folder) as place, _service() as service:
        authority.ca.issue_cert("localhost", HOST).private_key_and_cert_chain_pem.write_to_path(place / "server.pem")
        if login is not None:
            (place / "logins").write_text(_entry(login, scheme))

        def configure(plain: int, secure: int) -> list[str]:
            text = CONFIG.format(**words, plain=plain, secure=secure).replace("FOLDER", str(place))
            (place / "squid.conf").write_text(text)
            return [program, "-N", "-d", "1", "-n", service, "-f", str(place / "squid.conf")]

        with running(configure, ports=2, output=folder / "output.log", farewell=signal.SIGKILL) as (plain, secure):
            yield Squid(place, plain, secure)


@contextmanager
def _service() -> Iterator[str]:
    """Yield a name of its own for each squid, or they would share memory, and free what one that is killed leaves."""
    name = f"rheo{secrets.token_hex(8)}"
    try:
        yield name
    finally:
        for segment in Path("/dev/shm").glob(f"{name}-*"):
            segment.unlink()


@contextmanager
def _reachable(folder: Path) -> Iterator[Path]:
    """Yield a folder that squid can use: it gives up root for a user of its own, who may not enter a test's folder."""
    if os.geteuid() != 0:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="squid-") as name:
        place = Path(name)
        place.chmod(0o755)
        shutil.chown(place, USER)
        yield place


def _entry(login: Login, scheme: str) -> str:
    """Return the line that squid's helper compares a login with."""
    if scheme == "digest":
        return f"{login.user}:{REALM}:{_md5(f'{login.user}:{REALM}:{login.password}')}\n"
    return f"{login.user}:{_md5(login.password)}\n"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
