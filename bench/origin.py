"""nginx on loopback, with a configuration and a certificate of its own, for as long as a block lasts."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.request import urlopen

from bench.programs import SEARCH_PATH

HOST: Final = "127.0.0.1"
BESIDE: Final = tuple(f"127.0.1.{number}" for number in range(1, 9))
"""Further addresses of the same server, by which the kernel's counters tell apart who fetches at the same time."""
PACED: Final = 200_000_000
"""Bytes per second that a connection gets of what is below /paced."""
LOGGED: Final = "/logged"
"""What is below it is written into the log of requests: seconds since 1970, and the path."""
ANY_NAME: Final = "/any"
"""A file, which is also served under any name below it, without an ETag: see `Shelf.any_name`."""
STATUS: Final = "/status"
HEALTHY: Final = "healthy.test"
"""A name that the certificate does not need: it is fetched from over HTTP."""

SOCKET: Final = "http.socket"
REQUESTS: Final = "requests.log"
STARTED_WITHIN: Final = 10.0

_CONFIGURATION: Final = """
daemon off;
{user}
worker_processes 1;
pid {home}/nginx.pid;
error_log {home}/nginx.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    log_format brief '$msec $uri';
    sendfile on;
    default_type application/octet-stream;
    keepalive_requests 100000000;
    root {root};
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    server {{
        listen {host}:{http};
        {beside}
        listen unix:{home}/{socket};
        location /paced/ {{ alias {root}/; limit_rate {paced}; }}
        location /logged/ {{ alias {root}/; access_log {home}/{requests} brief; }}
        location {any_name}/ {{ try_files {any_name} =404; etag off; }}
        location = {status} {{ stub_status; }}
    }}
    server {{
        listen {host}:{https} ssl http2;
        ssl_certificate {home}/server.pem;
        ssl_certificate_key {home}/server.key;
    }}
}}
"""

_KEY: Final = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
_CA: Final = f"req -x509 {_KEY} -subj /CN=bench -keyout ca.key -out ca.pem"
_SERVER: Final = (
    f"req -x509 {_KEY} -CA ca.pem -CAkey ca.key -subj /CN={{host}} -addext subjectAltName=IP:{{host}}"
    " -addext basicConstraints=critical,CA:FALSE -keyout server.key -out server.pem"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where the files are served, and the CA to trust for that."""

    http: str
    https: str
    port: int
    """Of HTTP."""
    socket: Path
    """A Unix socket for HTTP, which relays in other network namespaces reach as well."""
    ca: Path
    requests: Path
    """The log of requests for what is below `LOGGED`."""
    beside: tuple[str, ...]
    """HTTP at further addresses, in the order of `BESIDE`."""

    def at(self, scheme: str) -> str:
        """Return the origin of a scheme, without a slash at its end."""
        return self.https if scheme == "https" else self.http

    def answered(self) -> int:
        """Return how many requests it has answered until now; this one counts, too."""
        with urlopen(f"{self.http}{STATUS}", timeout=STARTED_WITHIN) as answer:
            return int(answer.read().split(b"\n")[2].split()[2])


@contextmanager
def serve(root: Path, *, home: Path, host: str = HOST, around: Sequence[str] = ()) -> Iterator[Origin]:
    """Serve a folder over HTTP and HTTPS; nginx keeps its own files in `home` and is gone after the block.

    `host` is the address, and `around` the words before the command by which it runs where that is; they may not fork.
    """
    for request in (_CA, _SERVER.format(host=host)):
        subprocess.run(["openssl", *request.split()], cwd=home, check=True, capture_output=True)
    http, https = _free_ports()
    beside = BESIDE if host == HOST else ()
    user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
    configuration = home / "nginx.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            user=user,
            home=home,
            socket=SOCKET,
            root=root,
            host=host,
            http=http,
            https=https,
            beside=" ".join(f"listen {address}:{http};" for address in beside),
            paced=PACED,
            requests=REQUESTS,
            any_name=ANY_NAME,
            status=STATUS,
        ),
        encoding="utf-8",
    )
    nginx = shutil.which("nginx", path=SEARCH_PATH) or "nginx"
    words = [nginx, "-p", str(home), "-e", str(home / "nginx.log"), "-c", str(configuration)]
    process = subprocess.Popen([*around, *words], start_new_session=True)
    try:
        _wait_until_it_serves(process, home)
        yield Origin(
            http=f"http://{host}:{http}",
            https=f"https://{host}:{https}",
            port=http,
            socket=home / SOCKET,
            ca=home / "ca.pem",
            requests=home / REQUESTS,
            beside=tuple(f"http://{address}:{http}" for address in beside),
        )
    finally:
        process.terminate()
        process.wait()


def _free_ports() -> tuple[int, int]:
    with closing(socket.create_server((HOST, 0))) as one, closing(socket.create_server((HOST, 0))) as other:
        return one.getsockname()[1], other.getsockname()[1]


def _wait_until_it_serves(process: subprocess.Popen[bytes], home: Path) -> None:
    deadline = time.monotonic() + STARTED_WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        with closing(socket.socket(socket.AF_UNIX)) as probe:
            if probe.connect_ex(str(home / SOCKET)) == 0:
                return
        time.sleep(0.05)
    log = home / "nginx.log"
    raise SystemExit(f"nginx does not serve: {log.read_text(encoding='utf-8') if log.exists() else 'no log'}")
