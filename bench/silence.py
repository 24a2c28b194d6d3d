"""A machine whose name server never answers, for one command at a time and without changing this machine."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.origin import HEALTHY, HOST

ADDRESS: Final = ("127.0.53.53", 53)
"""On loopback, where it disturbs no name server that listens on 127.0.0.1."""

_MOUNT: Final = 'mount --bind "$1" /etc/resolv.conf && mount --bind "$2" /etc/hosts && shift 2 && exec "$@"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A socket that takes questions and gives no answers, and the files that make a program ask it."""

    server: socket.socket
    resolv_conf: Path
    hosts: Path

    def around(self, command: Sequence[str]) -> list[str]:
        """Return the command that sees these files in place of the machine's; its process id stays the same."""
        files = (str(self.resolv_conf), str(self.hosts))
        return ["unshare", "-m", "sh", "-c", _MOUNT, "sh", *files, *command]

    def asked(self) -> int:
        """Return how many questions came in since the last time."""
        questions = 0
        while True:
            try:
                self.server.recv(512)
            except BlockingIOError:
                return questions
            questions += 1


@contextmanager
def open_silence(home: Path) -> Iterator[Silence | str]:
    """Open the socket and write the files; yields why not, where this user or machine cannot."""
    silence = Silence(
        server=socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        resolv_conf=home / "resolv.conf",
        hosts=home / "hosts",
    )
    silence.resolv_conf.write_text(f"nameserver {ADDRESS[0]}\n", encoding="utf-8")
    silence.hosts.write_text(f"{HOST} localhost {HEALTHY}\n", encoding="utf-8")
    with closing(silence.server):
        yield _obstacle(silence) or silence


def _obstacle(silence: Silence) -> str | None:
    if os.geteuid() != 0:
        return "needs root, for port 53 and a mount namespace"
    try:
        silence.server.bind(ADDRESS)
        silence.server.settimeout(0)
        subprocess.run(silence.around(["true"]), check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return "no private name server: port 53 or mount namespaces are not to be had"
    return None
