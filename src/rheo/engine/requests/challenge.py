"""What a server that wants a login offers, which of it is taken, and what to say where none is (RFC 9110, 11). Pure."""

from __future__ import annotations

import re
from typing import Final

from rheo.domain.field_values import split
from rheo.domain.login import AuthScheme, Bearer, Login
from rheo.domain.text import printable

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9-]*)(?=[ \t]|\Z)")
_NAMES: Final = {scheme.value: scheme for scheme in AuthScheme if scheme is not AuthScheme.ANY}


def offered(challenges: str) -> tuple[str, ...]:
    """Return the schemes that a WWW-Authenticate names, in lower case and in its order."""
    found = (_SCHEME.match(piece.strip()) for piece in split(challenges, ","))
    return tuple(dict.fromkeys(one[1].lower() for one in found if one is not None))


def scheme_for(login: Login, schemes: tuple[str, ...], *, encrypted: bool) -> AuthScheme | None:
    """Return the safest scheme of those offered, for a login that leaves the choice to us; None where none will do.

    Negotiate takes the system's ticket and no password, so it is for a login without a user. Basic shows the password
    to everyone on the way, unless that is encrypted.
    """
    known = {_NAMES[name] for name in schemes if name in _NAMES}
    if not login.user:
        return AuthScheme.NEGOTIATE if AuthScheme.NEGOTIATE in known else None
    if AuthScheme.DIGEST in known:
        return AuthScheme.DIGEST
    return AuthScheme.BASIC if AuthScheme.BASIC in known and encrypted else None


def advice(login: Login | Bearer | None, schemes: tuple[str, ...], *, tried: AuthScheme | None, encrypted: bool) -> str:
    """Return what would help where a login was refused, or is missing.

    `tried` is how a `Login` was shown, ANY where none of what is offered would do; None for other logins.
    """
    offers = f"it offers {printable(', '.join(schemes))[:80]}" if schemes else "it does not say how"
    if login is None:
        return f"{offers}; give one with --user or --bearer"
    if isinstance(login, Bearer):
        return f"the token was refused; {offers}"
    if tried is AuthScheme.ANY:
        plain = "basic" in schemes and not encrypted
        cure = "--auth basic sends the password in clear" if plain else "none of it can be used here"
        return f"{offers}; {cure}"
    if tried is AuthScheme.NEGOTIATE:
        return "no Kerberos ticket was shown, or it was refused; kinit gets one"
    return "the login was refused"
