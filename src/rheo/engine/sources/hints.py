"""What the heads on the way to a file tell of it besides: other homes at once, and a Metalink once that has come."""

from __future__ import annotations

import logging
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from rheo.domain.download import STANDARD_OUTPUT, DownloadRequest
from rheo.domain.listed import listed_names
from rheo.domain.pieces import Pieces
from rheo.domain.promise import UNPROMISED, Promise, Trust
from rheo.domain.url import Url
from rheo.engine.sources.homes import MOST_MIRRORS, Homes, Limits, homes_of, may_name, size_in
from rheo.engine.sources.mirrors import request_to
from rheo.engine.sources.source import Source
from rheo.engine.surroundings import Surroundings
from rheo.transport.base import Head

if TYPE_CHECKING:
    from rheo.engine.sources.description import Description  # loaded where a server names one

logger = logging.getLogger(__name__)

LEAST: Final = 2 * 1024 * 1024
"""Bytes of a file for which mirrors and pieces are worth a request: fewer come in one answer."""


class Hints:
    """Hints about one file; nothing here fails a download, or holds up its bytes."""

    def __init__(self, request: DownloadRequest, around: Surroundings, *, banned: Container[Url]) -> None:
        """Of `banned` sources nothing is asked any more."""
        self._request = request
        self._around = around
        self._banned = banned
        self._homes = Homes()
        self._limits = Limits(request.url.origin)
        self._description: Description | None = None
        self._sources: list[Source] = []
        self._known: set[Url] = set()
        """URLs that are sources already, or will be none."""

    @property
    def promise(self) -> Promise:
        """What the Metalink says that the file hashes to; without checksums as long as there is none.

        It is the word of the server wherever the Metalink is: it says where to look.
        """
        file = None if self._description is None else self._description.file
        if file is None or not file.hashes or self._description is None or self._description.found is None:
            return UNPROMISED
        return Promise(file.hashes[:1], Trust.SAME_SERVER, where=self._description.found.bare, unasked=True)

    @property
    def pieces(self) -> Pieces | None:
        """Digests of the file's parts, as the Metalink has them; None without any."""
        file = None if self._description is None else self._description.file
        return None if file is None else file.pieces

    @property
    def sources(self) -> Sequence[Source]:
        """Other homes, the best first; those of the Metalink come behind those of the heads. Asked for often."""
        for url in islice(self._new_mirrors(), MOST_MIRRORS - len(self._sources)):
            logger.info("%s is a further source of %s, as servers tell", url.bare, self._request.url.bare)
            self._sources.append(Source(request_to(self._request, url), self._around))
        return self._sources

    def hear(self, head: Head, url: Url, *, way: Mapping[Url, Head], hashed: bool) -> None:
        """Take in what the heads tell that led to the file at a URL; `hashed`: its hash is known without them."""
        settings = self._around.settings.for_host(self._request.url.host)
        told = ((teller, one.fields) for teller, one in (*way.items(), (url, head)))
        self._limits = Limits(self._request.url.origin, allow_downgrade=settings.allow_downgrade)
        self._homes = homes_of(told, self._limits)
        banned = self._around.hosts.bans.of(self._request.url, self._around.clock.monotonic())
        self._known = {self._request.url.public, url, *self._request.mirrors, *banned}
        size = size_in(head)
        wanted = size is not None and (size >= LEAST or not hashed) and self._request.output != STANDARD_OUTPUT
        if size and wanted and self._homes.documents:
            from rheo.engine.sources.description import Description  # noqa: PLC0415  (few servers name one)

            names = listed_names(self._request, url)
            self._description = Description(self._homes.documents, self._request, self._around, names=names, size=size)
            self._description.start()

    async def finish(self) -> None:
        """Return once the Metalink has come, or nobody waits for it any more."""
        if self._description is not None:
            await self._description.finish()

    async def close(self) -> None:
        """Look for nothing more."""
        if self._description is not None:
            await self._description.close()

    def _new_mirrors(self) -> Iterator[Url]:
        now = self._around.clock.monotonic()
        for url in (*self._homes.mirrors, *self._described()):
            if url not in self._known:
                self._known.add(url)
                if url not in self._banned and not self._around.hosts[url.origin].rest.lasts(now):
                    yield url

    def _described(self) -> Iterator[Url]:
        if self._description is None or self._description.found is None:
            return
        tellers = (self._description.found, self._request.url)
        for url in self._description.mirrors:
            if all(may_name(teller, url, self._limits) for teller in tellers):
                yield url
