"""Fetches a document into memory: a short text that tells of files, and is not to be kept as one.

It goes the way of a download: redirects, logins, cookies, proxies and deadlines are the same. Nothing is tried again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from rheo.domain.download import DownloadRequest
from rheo.domain.errors import CodedBodyError, NoFileError, RheoError, TimeLimitError
from rheo.domain.http_wishes import HttpWishes
from rheo.domain.units import format_size
from rheo.domain.url import Url
from rheo.engine.answers.content import coding_of
from rheo.engine.answers.gatekeeper import Ask, Refuse, Take, Verdict, judge
from rheo.engine.requests.carried import OF_THE_BODY
from rheo.engine.sources.source import Source
from rheo.engine.surroundings import Surroundings
from rheo.transport.base import Exchange, Flow, Head
from rheo.transport.headers import media_type

MOST: Final = 1024 * 1024
"""Bytes of a document, where nobody says otherwise."""

PATIENCE: Final = 60.0
"""Seconds that a document may take, where nobody says otherwise."""

_MOST_DROPPED: Final = 64 * 1024
"""Bytes of a refusal's body that are read so that its connection can be used again."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document that came whole."""

    url: Url
    """Where it was found: what the last redirect led to."""
    content_type: str | None
    """Its media type in lower case, without parameters; None where the server does not say."""
    data: bytes


async def fetch_document(
    url: Url,
    around: Surroundings,
    *,
    beside: DownloadRequest | None = None,
    most: int = MOST,
    seconds: float | None = PATIENCE,
) -> Document:
    """Return the document at a URL.

    `beside` is the download that it is fetched for: what was given for that goes along where it is bound to the
    document's origin, what is public anywhere (invariant 8).
    Raises the TransferError that says why there is none: NoFileError where it has more than `most` bytes,
    CodedBodyError where it is compressed, TimeLimitError after so many `seconds`.
    """
    wishes = HttpWishes() if beside is None else _carried(url, beside, around)
    source = Source(DownloadRequest(url=url, directory=Path(), http=wishes), around)
    try:
        async with asyncio.timeout(seconds):
            reader = await source.fetch(
                Ask(url=url, ranged=False, opening=True), lambda ask: _Reader(ask, around.clock.now, most=most)
            )
    except TimeoutError:
        raise TimeLimitError(f"{url.bare} did not come within {seconds:g} s") from None
    return reader.document()


def _carried(url: Url, request: DownloadRequest, around: Surroundings) -> HttpWishes:
    """Return what of a download's wishes may be carried to a document."""
    wishes, home = request.http, request.url
    upgraded = around.memory.hsts.upgrade(home, around.clock.now().timestamp())
    if url.origin not in {home.origin, upgraded.origin}:
        return HttpWishes(public_headers=wishes.public_headers, proxy=wishes.proxy)
    headers = tuple(one for one in wishes.headers if one[0].lower() not in OF_THE_BODY)
    return replace(wishes, method="GET", body=None, headers=headers)


class _Reader:
    """The receiver that keeps a body in memory."""

    def __init__(self, ask: Ask, now: Callable[[], datetime], *, most: int) -> None:
        self.ask = ask
        self.head: Head | None = None
        self.verdict: Verdict | None = None
        self._now = now
        self._most = most
        self._data = bytearray()
        self._error: RheoError | None = None
        """Why the body is of no use."""

    def begin(self, head: Head, exchange: Exchange) -> Flow:
        """Decide what the answer is."""
        del exchange
        self.head = head
        self.verdict = judge(self.ask, head, None, self._now)
        if not isinstance(self.verdict, Take):
            return Flow.GO_ON
        if coding_of(head) is not None:
            self._error = CodedBodyError(f"{self.ask.url.bare} came compressed, though rheo asked for it as it is")
        elif (self.verdict.resource.size or 0) > self._most:
            self._error = self._too_large()
        return Flow.GO_ON if self._error is None else Flow.STOP

    def chunk(self, data: bytes) -> Flow:
        """Keep the body's next bytes, as long as they are not too many."""
        self._data += data
        if isinstance(self.verdict, Take):
            if len(self._data) <= self._most:
                return Flow.GO_ON
            self._error = self._too_large()
        elif len(self._data) <= _MOST_DROPPED:
            return Flow.GO_ON
        return Flow.STOP

    def tick(self, now: float) -> None:
        """Wait for nothing but the end."""

    def document(self) -> Document:
        """Return what came; raises what is wrong with it."""
        if isinstance(self.verdict, Refuse):
            raise self.verdict.error
        if self._error is not None:
            raise self._error
        assert isinstance(self.verdict, Take)
        written = self.verdict.resource.content_type
        return Document(self.ask.url, None if written is None else media_type(written), bytes(self._data))

    def _too_large(self) -> NoFileError:
        return NoFileError(
            f"{self.ask.url.bare} has more than {format_size(self._most)}: it is no document of its kind"
        )
