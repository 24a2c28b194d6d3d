"""Where a redirect leads, and what goes there.

Headers are built anew for each hop. What the user gave is bound to the origin (scheme, host, port) of the URL that it
was given for, and goes nowhere else unless it was declared public.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from rheo.domain.errors import InvalidUrlError, RedirectError
from rheo.domain.http_wishes import Headers
from rheo.domain.url import Url
from rheo.transport.base import Head

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SAME_METHOD: Final = frozenset({307, 308})
_SEE_OTHER: Final = 303

IDENTITY: Final = "identity"
"""The Accept-Encoding of a file as it is."""


class Hop(NamedTuple):
    """One request on the way to the file."""

    url: Url
    method: str = "GET"
    body: bytes | None = None

    def following(self, url: Url, status: int, *, trusted: bool, allow_downgrade: bool = False) -> Hop:
        """Return the hop that a redirect to this URL means (RFC 9110, 15.4); raises RedirectError.

        `trusted` says whether what we send may go there, too.
        """
        if self.url.scheme == "https" and url.scheme != "https" and not allow_downgrade:
            raise RedirectError(
                f"{self.url.origin} redirects from https to {url.origin}, which is not encrypted; "
                "--allow-downgrade follows all the same"
            )
        plain = self.body is None and self.method == "GET"
        turns = status == _SEE_OTHER or (status not in _SAME_METHOD and self.method == "POST")
        if plain or turns:
            return Hop(url)
        if not trusted:
            raise RedirectError(
                f"{self.url.origin} redirects a {self.method} to {url.origin}, which the data was not given for; "
                "--location-trusted sends it there"
            )
        return self._replace(url=url)


def follow(url: Url, head: Head) -> Url:
    """Return where a redirect leads (RFC 9110, 10.2.2), or raise RedirectError; credentials in it are dropped."""
    location = head.fields.get("location")
    if not location:
        raise RedirectError(f"{url.origin} redirects to nowhere: status {head.status} without a Location")
    try:
        return url.join(location)
    except InvalidUrlError as error:
        raise RedirectError(f"{url.origin} redirects, but {error.message}") from error


def headers_for(*, public: Headers, own: Sequence[tuple[str, str]]) -> Headers:
    """Return a hop's headers; what is given replaces a public one of its name, and one without a value removes it."""
    if not own:
        return public
    names = {name.lower() for name, _ in own}
    kept = tuple(field for field in public if field[0].lower() not in names)
    return (*kept, *(field for field in own if field[1]))
