"""A request as the origin received it."""

import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Received:
    """One request: what it asked, on which connection, and when."""

    method: str
    target: str  # as sent: a path, a whole URL (to a proxy), or host:port (CONNECT)
    version: str = "HTTP/1.1"
    raw: tuple[tuple[str, str], ...] = ()  # headers in the order and spelling sent
    body: bytes = b""
    connection: int = 1  # the first connection accepted is 1
    time: float = field(default_factory=time.monotonic)

    @property
    def headers(self) -> dict[str, str]:
        """The headers by lower-case name, repeated ones joined by a comma (RFC 9110, section 5.3)."""
        joined: dict[str, str] = {}
        for name, value in self.raw:
            key = name.lower()
            joined[key] = f"{joined[key]}, {value}" if key in joined else value
        return joined

    @property
    def path(self) -> str:
        """The target without scheme, host and query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> str:
        """What follows the question mark, undecoded."""
        return urlsplit(self.target).query

    @property
    def closing(self) -> bool:
        """Whether the client wants the connection closed after the answer."""
        return self.version == "HTTP/1.0" or self.headers.get("connection", "").lower() == "close"


def parse(head: bytes, *, connection: int) -> Received:
    """Return the request that these bytes, up to and with the empty line, begin."""
    request_line, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    method, target, version = request_line.split(" ")
    headers = (line.partition(":") for line in lines)
    raw = tuple((name, value.strip()) for name, _, value in headers)
    return Received(method, target, version, raw, connection=connection)
