"""What becomes of the logins that libcurl answers challenges with, over one handle."""

from __future__ import annotations

from rheo.domain.login import Login
from rheo.domain.proxy import Proxy
from rheo.domain.url import Origin, Url
from rheo.transport.base import Head
from rheo.transport.curl.errors import is_refused_by_proxy, proxy_login_error

UNAUTHORIZED = 401


class StaleLoginError(Exception):
    """A login was refused that was taken before: a Digest's nonce may be over, though nobody said `stale`.

    A handle that knows of none asks for one.
    """


class Logins:
    """Those of one handle: to an origin, and to the proxy on the way."""

    __slots__ = ("_login", "_proxy", "_welcome", "refused")

    def __init__(self, login: Login | None, proxy: Proxy | None) -> None:
        self._login = login
        self._proxy = proxy
        self._welcome: tuple[Origin | Proxy, ...] = ()
        """Who took them last: libcurl shows a Digest there at once from then on (RFC 7616, 3.6)."""
        self.refused = False
        """Whether one was: from then on libcurl would show each one twice over this handle."""

    def take(self, head: Head, url: Url) -> None:
        """Take in the head of an answer; raises ProxyLoginError, or StaleLoginError where a new handle may help."""
        login, proxy = self._login, self._proxy
        if proxy is not None and is_refused_by_proxy(head, url, proxy):
            raise self.barred(proxy)
        if login is not None and head.status == UNAUTHORIZED:
            self.refused = True
            if url.origin in self._welcome:
                raise StaleLoginError
        elif login is not None or proxy is not None:
            self._welcome = (url.origin,) if proxy is None else (url.origin, proxy)

    def barred(self, proxy: Proxy) -> Exception:
        """Return the error of a proxy that refuses its login, or StaleLoginError likewise."""
        self.refused = True
        return StaleLoginError() if proxy in self._welcome else proxy_login_error(proxy)
