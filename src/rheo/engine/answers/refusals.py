"""What an answer that brings no file means, in words and as an error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from rheo.domain.errors import HttpStatusError, NoFileError, ServerError
from rheo.domain.text import printable
from rheo.domain.url import Url
from rheo.transport.base import Head
from rheo.transport.headers import parse_retry_after

_OK: Final = 200
_PARTIAL: Final = 206

_NO_FILE: Final = {
    202: "the server accepted the request but has no answer yet",
    204: "the server says that there is no content",
    205: "the server says that there is no content",
    206: "the server sends a part of the file where all of it was asked for",
    304: "the server says that nothing changed, unasked",
}
_MEANINGS: Final = {
    300: "multiple choices",
    301: "moved permanently",
    302: "found elsewhere",
    303: "see other",
    307: "temporary redirect",
    308: "permanent redirect",
    400: "bad request",
    401: "a login is needed",
    403: "forbidden",
    404: "not found",
    405: "the server does not allow GET here",
    407: "a proxy login is needed",
    408: "the server waited too long for the request",
    410: "gone for good",
    416: "range not satisfiable",
    421: "this server is for another host",
    429: "too many requests",
    451: "unavailable for legal reasons",
    500: "server error",
    502: "bad gateway",
    503: "service unavailable",
    504: "gateway timeout",
}


def refusal_of(url: Url, head: Head, now: Callable[[], datetime]) -> ServerError:
    """Return the error that a status is; `now` is asked only where the answer names a date."""
    if head.status in _NO_FILE:
        return NoFileError(f"{url.origin}: status {head.status}: {_NO_FILE[head.status]}")
    retry_after = head.fields.get("retry-after")
    return HttpStatusError(
        f"{printable(url.bare)}: status {head.status}: {meaning_of(head.status)}",
        status=head.status,
        retry_after=None if retry_after is None else parse_retry_after(retry_after, now()),
    )


def meaning_of(status: int) -> str:
    """Return a status in words."""
    if status in {_OK, _PARTIAL}:
        return "ok" if status == _OK else "a part, as asked for"
    return _MEANINGS.get(status) or _NO_FILE.get(status) or "the server refused"
