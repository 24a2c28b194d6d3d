"""How a host is reached and spoken to: what identifies a connection besides its origin."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from rheo.domain.errors import UsageError
from rheo.domain.proxy import Proxy
from rheo.domain.secret import Secret
from rheo.domain.url import Url


class HttpVersion(Enum):
    """Which versions of HTTP are offered; what a server does not speak falls back to the next lower one."""

    AUTO = "auto"
    """HTTP/1.1; HTTP/2 where several files of one origin wait."""
    HTTP1 = "1.1"
    HTTP2 = "2"
    HTTP3 = "3"


class TlsVersion(Enum):
    """A version of TLS."""

    TLS12 = "1.2"
    TLS13 = "1.3"


class IpVersion(Enum):
    """Which addresses of a host are used."""

    ANY = "any"
    IPV4 = "4"
    IPV6 = "6"


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A certificate that we show to a server; it goes to the origin that it was given for, and nowhere else."""

    certificate: Path
    """PEM; may hold the key as well."""
    key: Path | None = None
    """PEM; None where the certificate's file holds it."""
    password: Secret | None = field(default=None, repr=False)
    """Of the key; None where it has none."""

    def __post_init__(self) -> None:
        if not isinstance(self.certificate, Path):
            raise UsageError("the certificate of a ClientCertificate must be a Path")
        if not isinstance(self.key, Path | None):
            raise UsageError("the key of a ClientCertificate must be a Path")
        if not isinstance(self.password, Secret | None):
            raise UsageError("the password of a ClientCertificate must be a Secret")


class Tls(NamedTuple):
    """What is asked of a server's certificate, and what is shown to it."""

    ca_file: Path | None = None
    """Certificates to trust, as PEM; None with `ca_dir` None is the system's store."""
    ca_dir: Path | None = None
    """The same as a folder with hashed names."""
    pinned: str | None = None
    """`sha256//BASE64;…` of public keys, one of which the server must have; None: any that the trust allows."""
    minimum: TlsVersion = TlsVersion.TLS12
    verified: bool = True
    """False accepts whatever certificate."""
    certificate: ClientCertificate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The way to a host. Connections of different routes are never mixed."""

    proxy: Proxy | None = None
    tls: Tls = Tls()
    interface: str | None = None
    """A network interface or address of this machine that connections leave from; None: as the system likes."""
    ip_version: IpVersion = IpVersion.ANY
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.proxy, self.tls, self.interface, self.ip_version)))

    def __hash__(self) -> int:
        return self._hash  # known beforehand: every request looks its connections up by its route

    def first_place(self, url: Url) -> tuple[str, int]:
        """Return host and port that are connected to; that name has to be looked up here in any case."""
        return (url.host, url.port) if self.proxy is None else (self.proxy.host, self.proxy.port)
