"""Logs one download in where its secrets may go: shows what it has, and answers when that is refused."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from dataclasses import dataclass, field, replace
from typing import Final

from rheo.domain.errors import UsageError
from rheo.domain.login import AuthScheme, Bearer, Login
from rheo.domain.secret import Secret
from rheo.domain.url import Origin, Url
from rheo.engine.requests.challenge import advice, offered, scheme_for
from rheo.engine.requests.tokens import token_of
from rheo.transport.base import Head

UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request shows of a login."""

    header: str | None = field(default=None, repr=False)
    """The value of Authorization; None where there is none, or the transport makes it."""
    login: Login | None = None
    """What the transport answers a challenge with."""


NOTHING: Final = Shown()


class Access:
    """What is known of the login of one download; the same for all its connections."""

    def __init__(self, login: Login | Bearer | None, *, patience: float) -> None:
        """`patience` is how many seconds a function may take to give a token."""
        self._login = login
        self._taken: dict[Origin, AuthScheme] = {}
        """What each origin takes, of a login that leaves the choice to us; none of it holds for another one."""
        self._token: Secret | None = None
        """The last token of a function that gives tokens."""
        self._patience = patience
        self._asking: asyncio.Lock | None = None
        """Held while somebody asks for a token; None before anybody did."""

    async def shown(self, url: Url) -> Shown:
        """Return what a request for this URL shows; asks for a token where there is none yet."""
        login = self._login
        if isinstance(login, Bearer):
            return Shown(f"Bearer {(await self._current(login)).reveal()}")
        if login is None:
            return NOTHING
        scheme = self._scheme(login, url)
        if scheme is AuthScheme.ANY:
            return NOTHING
        return Shown(_basic(login)) if scheme is AuthScheme.BASIC else Shown(login=replace(login, scheme=scheme))

    async def refused(self, shown: Shown, head: Head, url: Url) -> bool:
        """Take in a 401 to a request that showed this; return whether another one may fare better."""
        schemes = offered(head.fields.get("www-authenticate", ""))
        if isinstance(self._login, Bearer) and not isinstance(self._login.token, Secret):
            return await self._renew(self._login, shown)
        if isinstance(self._login, Login) and shown == NOTHING:
            if self._scheme(self._login, url) is AuthScheme.ANY:
                taken = scheme_for(self._login, schemes, encrypted=url.scheme == "https")
                self._taken[url.origin] = taken or AuthScheme.ANY
            return self._scheme(self._login, url) is not AuthScheme.ANY
        return False

    def advice(self, head: Head, url: Url, *, own: bool) -> str:
        """Return what would help where a 401 cannot be answered; `own` says whether the login may go there."""
        schemes = offered(head.fields.get("www-authenticate", ""))
        if not own and self._login is not None:
            return "the login was given for another origin, and is not sent to this one"
        tried = self._scheme(self._login, url) if isinstance(self._login, Login) else None
        return advice(self._login, schemes, tried=tried, encrypted=url.scheme == "https")

    def _scheme(self, login: Login, url: Url) -> AuthScheme:
        """Return how to log in there; ANY as long as nobody said what is taken there."""
        return self._taken.get(url.origin, AuthScheme.ANY) if login.scheme is AuthScheme.ANY else login.scheme

    async def _current(self, login: Bearer) -> Secret:
        if isinstance(login.token, Secret):
            return login.token
        self._asking = self._asking or asyncio.Lock()
        async with self._asking:
            if self._token is None:
                self._token = await token_of(login.token, patience=self._patience)
            return self._token

    async def _renew(self, login: Bearer, shown: Shown) -> bool:
        """Ask for a token anew, unless somebody did since that one was sent; return whether it is another one."""
        if self._token is not None and shown.header == f"Bearer {self._token.reveal()}":
            self._token = None
        return shown.header != f"Bearer {(await self._current(login)).reveal()}"


def _basic(login: Login) -> str:
    if ":" in login.user:
        raise UsageError("a user name with a colon in it cannot log in by Basic (RFC 7617); use another --auth")
    return f"Basic {b64encode(f'{login.user}:{login.password.reveal()}'.encode()).decode('ascii')}"
