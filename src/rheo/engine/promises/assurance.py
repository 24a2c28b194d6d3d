"""What one file is held against: what the user gave, else what the first answer announces, else what lies beside it."""

from __future__ import annotations

import logging
from collections.abc import Container, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from rheo.domain.download import STANDARD_OUTPUT, DownloadRequest
from rheo.domain.listed import listed_names, not_listed
from rheo.domain.promise import UNPROMISED, Promise, Trust
from rheo.domain.settings import Verify
from rheo.domain.text import printable
from rheo.domain.url import Url
from rheo.engine.jobs import on_thread
from rheo.engine.promises.announced import announced_of
from rheo.engine.surroundings import Surroundings
from rheo.transport.base import Head

if TYPE_CHECKING:
    from rheo.domain.pieces import Pieces  # loaded where a Metalink has them

if TYPE_CHECKING:  # loaded where somebody has a list, looks for one, or is told of other homes
    from rheo.engine.promises.neighbours import Neighbours
    from rheo.engine.sources.hints import Hints
    from rheo.engine.sources.source import Source

logger = logging.getLogger(__name__)

METALINK: Final = "the Metalink"
"""What has the hashes that a Metalink lists, as messages call it."""


class Assurance:
    """Finds out what a download's file is promised to hash to, as its run goes on."""

    def __init__(self, request: DownloadRequest, around: Surroundings, *, banned: Container[Url] = ()) -> None:
        """Of `banned` sources nothing is asked any more."""
        self._request = request
        self._around = around
        self._given = _promised(request)
        """What the user said, and what the list that he names has."""
        self._found = UNPROMISED
        """What was found besides; the first finding counts, as the bytes are hashed for that."""
        self._banned = banned
        self._hints: Hints | None = None
        self._neighbours: Neighbours | None = None
        self._list = None if isinstance(request.hash_file, Url) else request.hash_file
        """The list, as long as it is not known which of its files ours is."""
        self._list_hosts: frozenset[str] = frozenset()
        """The hosts that the list came from; none for a file on this machine."""
        self._heard = False

    @property
    def promise(self) -> Promise:
        """What is known by now; without checksums where that is nothing."""
        if self._hints is not None or self._neighbours is not None:
            self._look()
        return self._given if self._given.checksums else self._found

    @property
    def pieces(self) -> Pieces | None:
        """Digests of the file's parts; None where nobody has any."""
        if self._request.pieces is not None or self._hints is None or not self._looks:
            return self._request.pieces
        return self._hints.pieces

    @property
    def homes(self) -> Sequence[Source]:
        """Further sources that servers tell of, as long as a digest proves what they bring; more may follow later."""
        return self._hints.sources if self._hints is not None and self.promise.strong else ()

    async def begin(self) -> None:
        """Fetch the list that the user names by its URL; raises the RheoError that says why there is none."""
        url = self._request.hash_file
        if isinstance(url, Url):
            from rheo.domain.checksum_list import LONGEST, parse_checksum_list  # noqa: PLC0415  (few have a list)
            from rheo.engine.sources.document import fetch_document  # noqa: PLC0415

            document = await fetch_document(url, self._around, beside=self._request, most=LONGEST)
            self._list_hosts = frozenset({url.host, document.url.host})
            self._list = await on_thread(partial(parse_checksum_list, document.data, source=url.bare))
        if self._list is not None:
            self._look_up(None)

    def hear(self, head: Head, url: Url, *, way: Mapping[Url, Head], anew: bool = False) -> None:
        """Take in what a run's first answer says, from where the file was found; later ones change nothing.

        `way` has the heads of redirects that led there, as far as they name other homes. `anew` begins with another
        version of the file, of which nothing is known.
        Raises InvalidHashFileError where the user's list does not have the file.
        """
        if self._heard and not anew:
            return
        self._heard = True
        if self._list is not None:
            self._look_up(url)
            self._check_listed(url)
        if self._given.where is not None and url.host in self._list_hosts:
            self._given = self._given._replace(trust=Trust.SAME_SERVER)
        self._found, self._neighbours, self._hints = UNPROMISED, None, None
        if not self._given.checksums and self._looks:
            self._found = self._heard_of(head, url)
            self._ask_beside(url)
        if way or "link" in head.fields:
            self._hear_of_homes(head, url, way)

    async def settle(self) -> None:
        """Return once no more is to be known, or worth waiting for; raises InvalidHashFileError as `hear` does."""
        if self._list is not None:
            self._check_listed(None)
        if self._hints is not None and not self.promise:
            await self._hints.finish()
        if self._neighbours is not None and not self.promise:
            await self._neighbours.finish()

    async def close(self) -> None:
        """Look for nothing more."""
        if self._hints is not None:
            await self._hints.close()
        if self._neighbours is not None:
            await self._neighbours.close()

    def _look(self) -> None:
        """See whether those who look beside the file know anything by now."""
        if not self._given and not self._found and self._looks:
            beside = UNPROMISED if self._neighbours is None else self._neighbours.promise
            self._found = (self._hints is not None and self._hints.promise) or beside

    @property
    def _looks(self) -> bool:
        """Whether anything counts that the user did not give."""
        return self._around.settings.verify is not Verify.OFF

    def _hear_of_homes(self, head: Head, url: Url, way: Mapping[Url, Head]) -> None:
        follow = self._around.settings.for_host(self._request.url.host).follow_metalink
        if follow and (self._given or self._looks):  # else nothing proves what others bring
            from rheo.engine.sources.hints import Hints  # noqa: PLC0415  (few servers tell of other homes)

            self._hints = Hints(self._request, self._around, banned=self._banned)
            self._hints.hear(head, url, way=way, hashed=bool(self._given or self._found) or not self._looks)

    def _heard_of(self, head: Head, url: Url) -> Promise:
        announced = announced_of(head)
        if announced.contradiction is not None:
            logger.warning(
                "%s announces several %s digests that contradict each other; none is checked",
                url.bare,
                announced.contradiction,
            )
        return announced.promise

    def _ask_beside(self, url: Url) -> None:
        wanted = self._around.settings.verify is Verify.AUTO and not self._found
        if wanted and self._request.output != STANDARD_OUTPUT:  # what has left cannot be read back
            from rheo.engine.promises.neighbours import Neighbours  # noqa: PLC0415  (few ask for that)

            self._neighbours = Neighbours(url, self._request, self._around)
            self._neighbours.start()

    def _look_up(self, found: Url | None) -> None:
        """Take the file's checksums out of the list, if it has them; `found` is where it was found."""
        if self._list is None:
            return
        checksums = self._list.checksums_of(listed_names(self._request, found))
        if checksums:
            own = self._request.checksums and self._request.trust is Trust.GIVEN
            same = not own and self._request.url.host in self._list_hosts
            trust = Trust.SAME_SERVER if same else Trust.GIVEN
            where = None if own else printable(self._list.source)
            self._given = Promise((*self._request.checksums, *checksums), trust, where=where)
            self._list = None

    def _check_listed(self, found: Url | None) -> None:
        if self._list is not None:
            raise not_listed(self._list, listed_names(self._request, found))


def _promised(request: DownloadRequest) -> Promise:
    """Return what the request itself says."""
    if not request.checksums:
        return UNPROMISED
    where = METALINK if request.trust is Trust.SAME_SERVER else None
    return Promise(request.checksums, request.trust, where=where)
