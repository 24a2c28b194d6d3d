"""Looks beside a file for the lists of checksums that people put there, while the file comes.

Nothing of this may cost the download anything: what is not there, is no list, or is slow, is passed over.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from typing import Final

from rheo.domain.checksum_list import LONGEST, parse_checksum_list
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import InvalidHashFileError, RheoError
from rheo.domain.promise import UNPROMISED, Promise, Trust
from rheo.domain.url import Url
from rheo.engine.jobs import on_thread
from rheo.engine.sources.beside import Beside
from rheo.engine.sources.document import Document, fetch_document
from rheo.engine.surroundings import Surroundings

logger = logging.getLogger(__name__)

OF_THE_FILE: Final = (".sha256", ".sha512")
"""What is put behind the name of a file for the list of that one."""
OF_THE_FOLDER: Final = ("SHA256SUMS", "SHA512SUMS", "checksums.txt")

LONGEST_WAIT: Final = 5.0
"""Seconds that one list may take."""
PATIENCE: Final = 3.0
"""Seconds that a whole file waits for those who were not asked yet, or have not answered."""

_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})


def neighbours_of(url: Url) -> tuple[Url, ...]:
    """Return where lists for the file at a URL may lie, in the order in which they are asked for; queries stay out."""
    folder, _, name = url.path.rpartition("/")
    if not name:
        return ()
    names = (*(f"{name}{ending}" for ending in OF_THE_FILE), *OF_THE_FOLDER)
    return tuple(replace(url.public, target=f"{folder}/{one}") for one in names)


class Neighbours(Beside):
    """Asks for one list after the other, over one connection at a time, until one of them has the file."""

    def __init__(self, url: Url, request: DownloadRequest, around: Surroundings) -> None:
        """`url` is where the file was found."""
        super().__init__(around, patience=PATIENCE)
        self.promise = UNPROMISED
        """What was found; without checksums before that, and where nothing was."""
        self._url = url
        self._request = request

    async def finish(self) -> bool:
        """Do as all work beside a file does, and tell of lists that did not come."""
        known = await super().finish()
        if not known:
            logger.info("%s: no list of checksums came within %g s", self._url.bare, PATIENCE)
        return known

    async def _look(self) -> None:
        for url in neighbours_of(self._url):
            await self._turn(url)
            try:
                document = await fetch_document(
                    url, self._around, beside=self._request, most=LONGEST, seconds=LONGEST_WAIT
                )
            except RheoError as error:
                logger.debug("%s: no list of checksums: %s", url.bare, error.message)
                continue
            self.promise = await on_thread(partial(self._promise_in, document, url))
            if self.promise:
                return

    def _promise_in(self, document: Document, url: Url) -> Promise:
        if document.content_type in _PAGES:
            logger.debug("%s: a web page, and no list of checksums", url.bare)
            return UNPROMISED
        try:
            listed = parse_checksum_list(document.data, source=url.bare)
            checksums = listed.checksums_of((self._url.name,))
        except InvalidHashFileError as error:
            logger.info("%s; it is left aside", error.message)
            return UNPROMISED
        return Promise(checksums, Trust.SAME_SERVER, where=url.bare, unasked=True)
