"""What one download's requests carry: which headers, cookies and logins go to which URL (invariant 8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rheo.domain.http_wishes import Headers, HttpWishes
from rheo.domain.url import DEFAULT_PORTS, Origin, Url
from rheo.engine.answers.redirects import IDENTITY, headers_for
from rheo.engine.hosts.networks import Network
from rheo.engine.requests.access import Shown

if TYPE_CHECKING:
    from rheo.domain.cookies import Cookie, CookieJar  # loaded where there are any

_FORM = "application/x-www-form-urlencoded"
OF_THE_BODY = frozenset({"content-type", "content-encoding", "content-language", "content-location"})
"""What goes only where the body goes (RFC 9110, 15.4)."""


class Carried:
    """Knows what was given for which origin; cookies of answers join those that were given."""

    def __init__(
        self,
        wishes: HttpWishes,
        origins: Iterable[Origin],
        *,
        cookies: Sequence[Cookie],
        is_public_suffix: Callable[[str], bool],
        everywhere: bool,
    ) -> None:
        """`origins` are those that what was given is bound to; `everywhere` sends it wherever a redirect leads."""
        self._wishes = wishes
        self._origins = tuple(origins)
        self._everywhere = everywhere
        self._given = cookies
        self._is_public_suffix = is_public_suffix
        self._public = _but_cookies(wishes.public_headers)
        self._bound = _but_cookies(wishes.headers)
        given = (*wishes.headers, *wishes.public_headers)
        self._no_cookies = bool(given) and any(_is_cookie(header) and not header[1] for header in given)
        """Whether the header that rheo would send is to be left out."""
        self._nothing = not (given or wishes.cookies or cookies)
        """Whether nothing was given that requests carry besides a login."""
        self._jar: CookieJar | None = None
        """Made when it is needed: most downloads have no cookies."""

    def is_home(self, url: Url) -> bool:
        """Whether what was given, was given for that very origin."""
        return url.origin in self._origins

    def is_own(self, url: Url) -> bool:
        """Whether what was given may go there."""
        return self._everywhere or url.origin in self._origins

    def take_cookies(self, url: Url, lines: str | None, now: float) -> None:
        """Keep the cookies that an answer sets; `now` is Unix time."""
        if lines is not None:
            self._cookies().take_all(url, lines, now)

    def headers(
        self, url: Url, network: Network, shown: Shown, *, coding: str | None, now: float, body: bool = False
    ) -> Headers:
        """Return the headers of a request, with a `body` or without.

        `coding` is what may be unpacked, None for the file as it is.
        """
        usual = (("Accept", "*/*"), ("Accept-Encoding", coding or IDENTITY), ("User-Agent", network.user_agent))
        if self._nothing and self._jar is None and not (shown.header or network.referer or body):
            return usual
        own = list(self._given_for(network, shown, body=body)) if self.is_own(url) else []
        cookies = self._cookie_header(url, now)
        if cookies:
            own.append(("Cookie", cookies))
        public = headers_for(public=usual, own=self._fitting(self._public, body=body))
        return headers_for(public=public, own=own)

    def withheld(self, url: Url, *, referer: str | None) -> tuple[str, ...]:
        """Return the names of headers that were given and do not go there; `referer` is that of the settings."""
        if self.is_own(url):
            return ()
        wishes = self._wishes
        given = [name for name, _ in wishes.headers]
        settled = [("Authorization", wishes.login), ("Cookie", wishes.cookies), ("Referer", referer)]
        given.extend(name for name, value in settled if value)
        return tuple({name.lower(): name for name in given}.values())

    def _given_for(self, network: Network, shown: Shown, *, body: bool) -> Iterator[tuple[str, str]]:
        """Yield what goes to our own origins alone; a header that was given stands for the usual one of its name."""
        wishes = self._wishes
        given = {name.lower() for name, _ in (*wishes.headers, *wishes.public_headers)}
        kind = _FORM if body else None
        for name, value in (("Authorization", shown.header), ("Referer", network.referer), ("Content-Type", kind)):
            if value is not None and name.lower() not in given:
                yield name, value
        yield from self._fitting(self._bound, body=body)

    def _fitting(self, given: Headers, *, body: bool) -> Headers:
        """Return those that go with the body, or with none: where it stays behind, so does what is said of it."""
        if body or self._wishes.body is None:
            return given
        return tuple(one for one in given if one[0].lower() not in OF_THE_BODY)

    def _cookie_header(self, url: Url, now: float) -> str | None:
        """Return all cookies for a URL as the one line that a request may have (RFC 6265bis, 5.8.1).

        The jar knows no ports, but whoever is at an odd one need not be whom its cookies are for.
        """
        if self._no_cookies:
            return None
        written = list(self._written(own=self.is_own(url)))
        known = self._jar is not None or self._given
        if not known or (url.port != DEFAULT_PORTS[url.scheme] and url.origin not in self._origins):
            return "; ".join(written)
        return self._cookies().header_for(url, now, written=written)

    def _written(self, *, own: bool) -> Iterator[str]:
        """Yield the pairs that the caller wrote, and that may go where that is our `own`, or anywhere."""
        wishes = self._wishes
        for header in (*wishes.public_headers, *wishes.headers) if own else wishes.public_headers:
            if _is_cookie(header):
                yield from filter(None, map(str.strip, header[1].split(";")))
        if own:
            yield from (f"{name}={value}" for name, value in wishes.cookies)

    def _cookies(self) -> CookieJar:
        if self._jar is None:
            from rheo.domain.cookies import jar_of  # noqa: PLC0415  (most downloads have none)

            self._jar = jar_of(self._given, self._is_public_suffix)
        return self._jar


def _but_cookies(headers: Headers) -> Headers:
    """Return those that go as they are: cookies join others."""
    return headers and tuple(header for header in headers if not _is_cookie(header))


def _is_cookie(header: tuple[str, str]) -> bool:
    return header[0].lower() == "cookie"
