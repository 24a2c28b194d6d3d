"""hypercorn with one application: HTTP/3 over QUIC, HTTP/1.1 and HTTP/2 over TLS, and plain HTTP/1.1."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from integration.servers.program import HOST, Log, lacking, running
from origin import Authority


@dataclass(frozen=True)
class Hypercorn:
    """A running hypercorn; `secure` is a port of TCP and of UDP. See `application` for what it serves."""

    plain: int
    secure: int
    log: Log


@contextmanager
def hypercorn(folder: Path, authority: Authority) -> Iterator[Hypercorn]:
    """Run hypercorn; its log has a line for each request: version, method, target, and all headers."""
    if find_spec("hypercorn") is None or find_spec("aioquic") is None:
        lacking("hypercorn is not installed (PyPI's package hypercorn[h3], of the dependency group test)")
    certificate = str(folder / "server.pem")
    authority.ca.issue_cert("localhost", HOST).private_key_and_cert_chain_pem.write_to_path(certificate)
    log = Log(folder / "hypercorn.log")

    def configure(plain: int, secure: int) -> list[str]:
        binds = ["--insecure-bind", f"{HOST}:{plain}", "--bind", f"{HOST}:{secure}", "--quic-bind", f"{HOST}:{secure}"]
        keys = ["--certfile", certificate, "--keyfile", certificate]
        at_once = ["--graceful-timeout", "0"]
        return [
            sys.executable,
            "-m",
            "hypercorn",
            *binds,
            *keys,
            *at_once,
            "integration.servers.application:application",
        ]

    # It waits without end for a stream of HTTP/3 that a client broke off, now and then.
    with running(configure, ports=2, output=log.path, farewell=signal.SIGKILL) as (plain, secure):
        yield Hypercorn(plain, secure, log)
