"""Fetches the Metalink that a download's URL leads to, and tells which downloads that one stands for."""

from __future__ import annotations

from functools import partial

from rheo.domain.download import DownloadRequest
from rheo.domain.errors import InvalidMetalinkError, UnusableMetalinkError
from rheo.domain.metalink.document import MOST_BYTES
from rheo.domain.metalink.parsing import parse_metalink
from rheo.engine.jobs import on_thread
from rheo.engine.metalinks.following import Listed
from rheo.engine.metalinks.requests import requests_of, wanted_of
from rheo.engine.names.places import Places
from rheo.engine.sources.document import Document, fetch_document
from rheo.engine.surroundings import Surroundings


async def fetch_listed(request: DownloadRequest, around: Surroundings) -> Listed:
    """Return what the Metalink at a request's URL lists, as far as the request selects it.

    Raises the TransferError that kept the document from coming, UnusableMetalinkError for one that is none or cannot
    be trusted, UsageError for wishes that its files cannot have, and what `Places.prepare` does: either all of them can
    be queued, or none.
    """
    document = await fetch_document(request.url, around, beside=request, most=MOST_BYTES)
    allow_downgrade = around.settings.for_host(document.url.host).allow_downgrade
    return await on_thread(partial(_listed, document, request, allow_downgrade=allow_downgrade))


def _listed(document: Document, request: DownloadRequest, *, allow_downgrade: bool) -> Listed:
    found = document.url
    try:
        metalink = parse_metalink(document.data, place=found.bare, base=found)
        files = wanted_of(metalink, request, found, allow_downgrade=allow_downgrade)
        requests = requests_of(files, metalink.place, request, found)
    except InvalidMetalinkError as error:  # nobody here wrote it
        raise UnusableMetalinkError(error.message) from None
    Places().prepare(requests)
    return Listed(requests, tuple(note for file in files for note in file.notes))
