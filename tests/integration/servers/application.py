"""What hypercorn serves: `/ranged/SIZE` and `/whole/SIZE`, the same bytes each time, with ranges and without.

`/misdirected` is not for it: 421.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from origin.content import Generated, chunks

PATH: Final = re.compile(r"/(ranged|whole)/(\d{1,12})")
RANGE: Final = re.compile(rb"bytes=(\d{1,12})-(\d{0,12})")


@dataclass(frozen=True)
class Reply:
    """A status, and the bytes of `[start, stop)`."""

    status: int
    content: Generated
    start: int = 0
    stop: int = 0
    headers: dict[bytes, bytes] = field(default_factory=dict)


def body(size: int) -> Generated:
    """Return what a path with this size holds."""
    return Generated(size)


async def application(scope, receive, send):
    """Answer a GET, and print it with all its headers."""
    if scope["type"] != "http":
        return
    target = scope["path"] + ("?" + scope["query_string"].decode("latin-1") if scope["query_string"] else "")
    shown = " ".join(f"{name.decode('latin-1')}={value.decode('latin-1')!r}" for name, value in scope["headers"])
    print(f"HTTP/{scope['http_version']} {scope['method']} {target} {shown}", flush=True)  # noqa: T201
    reply = choose(scope["path"], dict(scope["headers"]).get(b"range", b""))
    headers = {
        b"content-type": b"application/octet-stream",
        b"content-length": str(reply.stop - reply.start).encode(),
        b"etag": f'"{reply.content.size}"'.encode(),
        **reply.headers,
    }
    await send({"type": "http.response.start", "status": reply.status, "headers": list(headers.items())})
    for chunk in chunks(reply.content, reply.start, reply.stop):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body"})


def choose(path: str, wanted: bytes) -> Reply:
    """Return what a GET of the path gets, where `wanted` is its Range or empty."""
    if path == "/misdirected":
        return Reply(421, body(0), headers={b"alt-svc": b'h3=":9"; ma=3600'})
    found = PATH.fullmatch(path)
    if found is None:
        return Reply(404, body(0))
    content = body(int(found[2]))
    if found[1] == "whole":
        return Reply(200, content, stop=content.size)
    asked = RANGE.fullmatch(wanted)
    if asked is None:
        return Reply(200, content, stop=content.size, headers={b"accept-ranges": b"bytes"})
    start, stop = int(asked[1]), min(int(asked[2] or content.size - 1) + 1, content.size)
    if start >= stop:
        return Reply(416, content, headers={b"content-range": f"bytes */{content.size}".encode()})
    place = f"bytes {start}-{stop - 1}/{content.size}".encode()
    return Reply(206, content, start, stop, {b"content-range": place})
