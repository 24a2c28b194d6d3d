"""What is a Metalink to be followed, before one is read. Pure.

A download whose URL leads to one is not that file: it stands for those that it lists.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from rheo.domain.download import DownloadRequest, Follow
from rheo.domain.metalink.types import METALINK_TYPES
from rheo.domain.url import Url
from rheo.transport.base import Head
from rheo.transport.headers import media_type

SUFFIXES: Final = (".meta4", ".metalink")
"""What Metalinks are called; of version 4 and 3."""


class Listed(NamedTuple):
    """What a Metalink stands for."""

    requests: tuple[DownloadRequest, ...]
    """For each wanted file, at least one."""
    notes: tuple[str, ...]
    """What was left out, and why: a sentence each."""


def is_called_one(url: Url) -> bool:
    """Whether a URL is called as Metalinks are."""
    return url.target.partition("?")[0].lower().endswith(SUFFIXES)


def is_known_one(request: DownloadRequest) -> bool:
    """Whether a request is for what a Metalink lists, before anything is asked."""
    told = request.follow is Follow.TOLD and is_called_one(request.url)
    return request.follow is Follow.ALWAYS or told


def is_one(request: DownloadRequest, head: Head, found: Url) -> bool:
    """Whether the answer that was found at a URL is a Metalink to be followed: its type says so, or its name."""
    if request.follow is Follow.NEVER or not request.http.ranged:
        return False
    if media_type(head.fields.get("content-type", "")) in METALINK_TYPES:
        return True
    return found is not request.url and is_called_one(found)  # of that one `is_known_one` said it before
