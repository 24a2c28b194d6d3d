"""Fetches the Metalink that a file's server names for it, while the file comes (RFC 6249, 4).

Nothing of this may cost the download anything: what does not come, is none, or is of another file, is passed over.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import Final

from rheo.domain.download import DownloadRequest
from rheo.domain.errors import RheoError
from rheo.domain.metalink.parsing import parse_metalink
from rheo.domain.metalink.values import MetalinkFile
from rheo.domain.url import Url, parse_url
from rheo.engine.jobs import on_thread
from rheo.engine.sources.beside import Beside
from rheo.engine.sources.document import Document, fetch_document
from rheo.engine.sources.homes import described
from rheo.engine.surroundings import Surroundings

logger = logging.getLogger(__name__)

LARGEST: Final = 2 * 1024 * 1024
LONGEST_WAIT: Final = 10.0
"""Seconds that one document may take."""
PATIENCE: Final = 1.0
"""Seconds that a whole file without any other hash waits for it."""


class Description(Beside):
    """Asks for one Metalink after the other, until one of them has the file."""

    def __init__(
        self,
        documents: Sequence[Url],
        request: DownloadRequest,
        around: Surroundings,
        *,
        names: tuple[str, ...],
        size: int,
    ) -> None:
        """Look for the file of `size` bytes, which probably has one of these names."""
        super().__init__(around, patience=PATIENCE)
        self.file: MetalinkFile | None = None
        """What was found; None before that, and where nothing was."""
        self.found: Url | None = None
        """Where that was."""
        self.mirrors: tuple[Url, ...] = ()
        """The sources that it has, the best first."""
        self._documents = documents
        self._request = request
        self._names = names
        self._size = size

    async def _look(self) -> None:
        for url in self._documents:
            await self._turn(url)
            try:
                document = await fetch_document(
                    url, self._around, beside=self._request, most=LARGEST, seconds=LONGEST_WAIT
                )
                file = await on_thread(partial(self._file_in, document))
            except RheoError as error:
                logger.info("the Metalink of %s is left aside: %s", self._request.url.bare, error.message)
                continue
            if file is not None:
                self.file, self.found = file, document.url
                self.mirrors = tuple(parse_url(source.url) for source in file.sources)
                return
            logger.info("%s is left aside: it does not have %s", url.bare, self._request.url.bare)

    def _file_in(self, document: Document) -> MetalinkFile | None:
        metalink = parse_metalink(document.data, place=document.url.bare, base=document.url)
        return described(metalink, self._names, self._size)
