"""A link that takes the place of one that died, and what whoever is to find it is told of the dead one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from rheo.domain.http_wishes import Headers
from rheo.domain.login import Login
from rheo.domain.url import Url


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a file is fetched from, instead of the URL that was asked for."""

    url: Url
    headers: Headers = field(default=(), repr=False)
    """Go to the origin of this URL alone; before those of that name which were given with the download."""
    login: Login | None = None
    """Likewise; None: the one that was given with the download, where that may go there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLink:
    """What is known of a link that died; no header, login or cookie is in it."""

    url: str
    """As the download was asked for, without user info."""
    final_url: str
    """What was asked last: the link that took its place, or what a redirect led to."""
    error: str
    """The code of what was wrong, such as `http_status`."""
    message: str
    """The same as a sentence."""
    status: int | None
    """Of the answer that refused; None where another one made no sense."""
    size: int | None
    """Bytes of the file; None where no answer said so."""
    received: int
    """Bytes of it that are there."""


class Refresher(Protocol):
    """Finds a new link for one that died."""

    async def find(self, dead: DeadLink, *, patience: float) -> Link | None:
        """Return the new link, None where there is none; raises UsageError, after `patience` seconds at the latest."""
