"""Where a redirect leads, and what may go there.

Headers are built anew for each hop: the user's headers and credentials are bound to the origin (scheme, host,
port) of the URL that was given, and go nowhere else.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Final

from rheo.domain.download import DownloadRequest
from rheo.domain.errors import InvalidUrlError, RedirectError
from rheo.domain.url import Url
from rheo.transport.base import Head

MAX_REDIRECTS: Final = 20
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

_PUBLIC: Final = (("Accept", "*/*"), ("Accept-Encoding", "identity"))


def follow(url: Url, head: Head) -> Url:
    """Return where a redirect leads (RFC 9110, 10.2.2), or raise RedirectError; credentials in it are dropped."""
    location = head.fields.get("location")
    if not location:
        raise RedirectError(f"{url.origin} redirects to nowhere: status {head.status} without a Location")
    try:
        target = url.join(location)
    except InvalidUrlError as error:
        raise RedirectError(f"{url.origin} redirects to what cannot be fetched: {error.message}") from error
    if url.scheme == "https" and target.scheme != "https":
        raise RedirectError(f"{url.origin} redirects from https to {target.origin}, which is not encrypted")
    return target


def headers_for(url: Url, request: DownloadRequest, *, user_agent: str) -> tuple[tuple[str, str], ...]:
    """Return the headers of one hop: the public ones, and the user's own where the URL is of their origin."""
    public = (*_PUBLIC, ("User-Agent", user_agent))
    if url.origin != request.url.origin:
        return public
    own = (*_login(request.url), *request.headers)
    if not own:
        return public
    given = {name.lower() for name, _ in own}
    return (*(field for field in public if field[0].lower() not in given), *own)


def _login(url: Url) -> tuple[tuple[str, str], ...]:
    if url.credentials is None:
        return ()
    user, password = url.credentials
    token = b64encode(f"{user}:{password}".encode()).decode("ascii")
    return (("Authorization", f"Basic {token}"),)
