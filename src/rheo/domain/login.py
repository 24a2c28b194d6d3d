"""Who we say that we are: logins and tokens, each for the origin that it was given for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from rheo.domain.errors import UsageError
from rheo.domain.secret import Secret
from rheo.domain.text import encodable

_TOKEN: Final = re.compile(r"[!-~]+")


class AuthScheme(Enum):
    """How a user and password are shown to a server (RFC 9110, 11)."""

    ANY = "any"
    """The safest that the server offers; Basic only where the connection is encrypted."""
    BASIC = "basic"
    """In clear, and at once."""
    DIGEST = "digest"
    NTLM = "ntlm"
    NEGOTIATE = "negotiate"
    """Kerberos; without a user the ticket that the system has."""


@dataclass(frozen=True, slots=True)
class Login:
    """A user and a password."""

    user: str = field(repr=False)
    """Not shown: some services take a token in its place."""
    password: Secret
    scheme: AuthScheme = AuthScheme.ANY

    def __post_init__(self) -> None:
        if not isinstance(self.user, str):
            raise UsageError("the user of a Login must be a str")
        if not isinstance(self.password, Secret):
            raise UsageError("the password of a Login must be a Secret")  # any other would be shown by its repr
        if not isinstance(self.scheme, AuthScheme):
            raise UsageError("the scheme of a Login must be an AuthScheme, such as AuthScheme.BASIC")
        if any(character < " " or character == "\x7f" for character in self.user):
            raise UsageError("the user name of a login has a control character in it; remove that")
        if not encodable(self.user):
            raise UsageError("the user name of a login is not in UTF-8; write it in that")


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token (RFC 6750)."""

    token: Secret | Callable[[], str] = field(repr=False)
    """A function is asked for the token, on a thread, before the first request, and again where it is refused.

    It may take as long as the first byte of an answer may.
    """

    def __post_init__(self) -> None:
        if not isinstance(self.token, Secret) and not callable(self.token):
            raise UsageError("the token of a Bearer must be a Secret, or a function that gives one as str")
        if isinstance(self.token, Secret):
            check_token(self.token)


def check_token(token: Secret) -> None:
    """Raise UsageError for what is no token: it must be one word of ASCII (RFC 6750, 2.1)."""
    if not token.reveal():
        raise UsageError("the token is empty")
    if not _TOKEN.fullmatch(token.reveal()):
        raise UsageError("the token has a blank in it, or what is not ASCII; it must be one word")
