"""What is asked of a link that takes a dead one's place, and what is said of a dead one. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from rheo.domain.download import DownloadRequest
from rheo.domain.errors import HttpStatusError, NeedsNewUrlError, RheoError
from rheo.domain.expiry import expiry_of, has_died
from rheo.domain.http_wishes import HttpWishes
from rheo.domain.text import printable
from rheo.domain.url import Url

if TYPE_CHECKING:
    from rheo.domain.link import DeadLink  # loaded where a link died


class Death(NamedTuple):
    """What is known of a link that died."""

    error: NeedsNewUrlError
    """What the download ends with where no new link is found."""
    dead: DeadLink
    """What whoever is to find one is told."""
    cure: str | None
    """What to do about it where nobody finds one; None where nothing has come."""


class Circumstances(NamedTuple):
    """Where a download stood when its last error came."""

    asked: Url
    """Where the error came from."""
    worked: bool
    """Whether its link brought bytes before, in whatever run."""
    part: str | None
    """The path of what has come; None where nothing is left on the disk."""
    size: int | None
    received: int
    now: datetime


def request_by_link(request: DownloadRequest) -> DownloadRequest:
    """Return the request as it goes to the link that took the place of its URL; itself where none did.

    What was given for the first URL's origin stays there, and what came with the link stays with the link's
    (invariant 8).
    """
    link = request.link
    if link is None:
        return request
    given = request.http
    if link.url.origin != request.url.origin:
        given = HttpWishes(public_headers=given.public_headers, proxy=given.proxy)
    names = {name.lower() for name, _ in link.headers}
    kept = (field for field in given.headers if field[0].lower() not in names)
    login = link.login or (None if "authorization" in names else given.login)
    return replace(request, url=link.url, link=None, http=replace(given, headers=(*kept, *link.headers), login=login))


def death_of(request: DownloadRequest, error: RheoError, seen: Circumstances) -> Death | None:
    """Return what is known of a link that died of this error; None where it is not known to have lived, or to be dead.

    What answers to data that we send has no use for a new link.
    """
    if not request.http.ranged:
        return None
    needs = error if isinstance(error, NeedsNewUrlError) else _expired(request, error, seen)
    if needs is None:
        return None
    from rheo.domain.link import DeadLink  # noqa: PLC0415  (few links die)

    cure = None if seen.part is None else f"a new URL goes on with what has come: --resume-from {printable(seen.part)}"
    dead = DeadLink(
        url=request.url.text,
        final_url=seen.asked.text,
        error=error.code,
        message=error.message,
        status=_status(error),
        size=seen.size,
        received=seen.received,
    )
    return Death(needs, dead, cure)


def wrong_link(request: DownloadRequest, because: str) -> NeedsNewUrlError:
    """Return the error of a link that is not, or not surely, of the same file as what has come."""
    return NeedsNewUrlError(
        f"{printable(request.place.bare)} does not go on with what came from {printable(request.url.bare)}: {because}"
    )


def _expired(request: DownloadRequest, error: RheoError, seen: Circumstances) -> NeedsNewUrlError | None:
    end = min((time for time in (expiry_of(seen.asked), expiry_of(request.place)) if time is not None), default=None)
    over = end is not None and end <= seen.now
    if not has_died(error, worked=seen.worked, over=over, expected=request.refresher is not None):
        return None
    where = printable(request.place.bare)
    reason = error.message.removeprefix(f"{where}: ")
    said = f", and it says that it ended at {end:%Y-%m-%d %H:%M:%S} UTC" if over else ""
    needs = NeedsNewUrlError(f"{where}: the link, or its login, has expired: {reason}{said}", status=_status(error))
    needs.__cause__ = error
    return needs


def _status(error: RheoError) -> int | None:
    return error.status if isinstance(error, (HttpStatusError, NeedsNewUrlError)) else None
