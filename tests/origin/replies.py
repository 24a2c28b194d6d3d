"""Replies that are not files: a status, a redirect, a page in place of the file, and bytes at will."""

import gzip
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs

from origin.files import File
from origin.request import Received
from origin.steps import Changes, Close, Head, Reply, Send, Step

_WITHOUT_BODY: Final = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


@dataclass(frozen=True)
class Status:
    """A status with a short body, which 204 and 304 leave out; for example 503 with Retry-After."""

    status: int
    _: KW_ONLY
    headers: Changes = field(default_factory=dict)
    body: bytes = b""
    reason: str | None = None  # None: the registered one

    def __call__(self, _request: Received) -> Iterable[Step]:
        if self.status in _WITHOUT_BODY:
            return [Head(self.status, reason=self.reason).amended(self.headers)]
        length = (("Content-Length", str(len(self.body))),)
        return [Head(self.status, length, self.reason).amended(self.headers), Send(self.body)]


@dataclass(frozen=True)
class Redirect:
    """A redirect to a Location that is sent as it stands; two of them make a ring."""

    location: str
    _: KW_ONLY
    status: int = HTTPStatus.FOUND
    headers: Changes = field(default_factory=dict)

    def __call__(self, _request: Received) -> Reply:
        return Status(self.status, headers={"Location": self.location, **self.headers})


@dataclass(frozen=True)
class Chain:
    """So many redirects, each from the path to itself with `?hop=`, and then the reply."""

    reply: Reply
    _: KW_ONLY
    hops: int
    status: int = HTTPStatus.FOUND

    def __call__(self, request: Received) -> Reply:
        hop = int(parse_qs(request.query).get("hop", ["0"])[0])
        if hop >= self.hops:
            return self.reply
        return Redirect(f"{request.path}?hop={hop + 1}", status=self.status)


@dataclass(frozen=True)
class Script:
    """These steps, whatever was asked."""

    steps: tuple[Step, ...]

    def __call__(self, _request: Received) -> Iterable[Step]:
        return self.steps


@dataclass(frozen=True)
class Raw:
    """These bytes and the end of the connection: HTTP/0.9, bare LF, NUL, a flood of headers."""

    data: bytes

    def __call__(self, _request: Received) -> Iterable[Step]:
        return [Send(self.data), Close()]


def gzipped(content: bytes, *, etag: str | None = None) -> File:
    """Return a reply that compresses though nobody asked."""
    return File(gzip.compress(content, mtime=0), etag=etag, headers={"Content-Encoding": "gzip"})


def page(text: str = "<!doctype html><title>Log in</title>") -> File:
    """Return a web page with status 200, as a portal or login serves it in place of any file."""
    return File(text.encode(), content_type="text/html; charset=utf-8", ranges=False)
