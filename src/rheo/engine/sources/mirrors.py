"""What is asked of a mirror: the same file, without the secrets of another origin (invariant 8). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rheo.domain.download import DownloadRequest
from rheo.domain.errors import RheoError, SizeMismatchError
from rheo.domain.http_wishes import HttpWishes
from rheo.domain.url import Url


def request_to(request: DownloadRequest, mirror: Url) -> DownloadRequest:
    """Return the request as it goes to a mirror: what was given for the first URL's origin stays there."""
    if mirror.origin == request.url.origin:
        return replace(request, url=mirror)
    given = request.http
    http = HttpWishes(public_headers=given.public_headers, proxy=given.proxy)
    return replace(request, url=mirror, http=http)


def check_size(promised: int | None, size: int | None, *, url: Url) -> None:
    """Raise SizeMismatchError where a server's file is not as large as was promised; None is not said."""
    if promised is not None and size is not None and size != promised:
        raise SizeMismatchError(f"{url.bare} has {size} bytes where {promised} were promised")


def most_hopeful(errors: Iterable[RheoError]) -> RheoError:
    """Return the error that stands for all sources: one that trying again may cure, else the first one's."""
    several = list(errors)
    return next((error for error in several if error.transient), several[0])
