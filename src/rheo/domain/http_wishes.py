"""What one download asks of HTTP beyond its URL."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from rheo.domain.login import Bearer, Login
from rheo.domain.network import ClientCertificate
from rheo.domain.proxy import Proxy

Headers = tuple[tuple[str, str], ...]
"""Names and values, in the order in which they are sent."""

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""Methods that may be repeated without harm (RFC 9110, 9.2.2)."""


class Direct(Enum):
    """The wish to go without a proxy."""

    DIRECT = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpWishes:
    """All but what is declared public is bound to the URL's origin: sent nowhere else (invariant 8)."""

    method: str = "GET"
    body: bytes | None = field(default=None, repr=False)
    headers: Headers = field(default=(), repr=False)
    public_headers: Headers = field(default=(), repr=False)
    """Those that go wherever a redirect leads."""
    cookies: Headers = field(default=(), repr=False)
    """Names and values, besides those of a cookie file."""
    login: Login | Bearer | None = None
    certificate: ClientCertificate | None = None
    insecure: bool = False
    """Whether the origin's certificate is accepted whatever it is."""
    proxy: Proxy | Direct | None = None
    """None: as the settings say."""
    ranged: bool = field(init=False, repr=False, compare=False)
    """Whether parts of the file may be asked for: not where the answer is to what we send."""
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        said = (self.method, self.body, self.headers, self.public_headers, self.cookies, self.login, self.proxy)
        object.__setattr__(self, "ranged", self.method == "GET" and self.body is None)
        object.__setattr__(self, "_hash", hash(said))

    def __hash__(self) -> int:
        return self._hash  # known beforehand: asked for several times a download, and shared by many
