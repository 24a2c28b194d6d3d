"""The part of a URL that says where and as whom: `user:password@host:port` (RFC 3986, 3.2)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import unquote

from rheo.domain.text import printable

MOST_HOST: Final = 254
"""Characters of a host: 253 (RFC 1035), and a dot at the end."""
MOST_PORT: Final = 65535
SHOWN: Final = 100
"""Characters of a rejected text that its message repeats."""

_LABEL: Final = "[a-z0-9_-]{1,63}"
HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
"""A host in ASCII and lower case, perhaps an IPv4 address."""
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")

_PORT: Final = re.compile(r"[0-9]{0,5}")

# Texts, which `re` compiles when a URL comes that is not plain, or one is shown: most runs see neither.
_MISPLACED: Final = r"[\x00-\x20\x7f-\x9f\\\s\ud800-\udfff]"
_BRACKETED: Final = r"(?s)\[([0-9A-Fa-f:.]*)\](?::(.*))?"
_USER_INFO: Final = r"(?s)\A([A-Za-z][A-Za-z0-9+.-]*://)?.*(?:@|%40)"
_NO_PORT: Final = (
    r"(?s)\A((?:https?:|[A-Za-z][A-Za-z0-9+.-]*:(?=//))?+"  # the scheme; one without slashes might be a user
    r"/*(?>\[[^\]/?#]*\]|[^:/?#]*):)"  # the host
    r"(?![0-9]{0,5}(?:[/?#]|\Z)).+"
)
"""A text in which something else than a port stands where that would be."""
_QUERY: Final = r"(?s)\?.+"


class OddError(Exception):
    """Why a text is no URL: a sentence whose subject is the text. Whoever knows the text catches it."""


class Authority(NamedTuple):
    """What stands between the two slashes and the path."""

    credentials: tuple[str, str] | None
    """User and password, decoded; None where no user is named."""
    host: str
    """ASCII in lower case; an IPv6 address is in its short form and has no brackets."""
    port: int | None
    """None where the default is meant."""


def split_authority(text: str, *, example: str) -> Authority:
    """Return the parts; raises OddError, which shows the example where there is no host."""
    if re.search(_MISPLACED, text):
        raise OddError("has a blank, backslash or control character before its path; percent-encode or remove that")
    user_info, _, place = text.rpartition("@")
    if "@" in user_info:
        raise OddError("has more than one @ before its path; write %40 for one in a user name or password")
    if place[:1] in {"", ":"}:
        raise OddError(f"has no host; write {example}")
    if "[" in place or "]" in place:
        host, digits = _split_address(place)
    else:
        name, _, digits = place.partition(":")
        host = ascii_host(name)
    return Authority(_credentials(user_info), host, _port(digits))


def ascii_host(name: str) -> str:
    """Return a host's name as it is looked up, in ASCII and lower case; raises OddError."""
    if "%" in name:
        raise OddError("has a % in its host; write the host without escapes")
    host = (name if name.isascii() else _internationalized(name)).lower()
    if len(host) > MOST_HOST or not HOST.fullmatch(host):
        raise OddError("has a host that cannot be one; it has letters, digits, dashes and single dots")
    return host


def bracketed(host: str) -> str:
    """Return a host as it stands before a port."""
    return f"[{host}]" if ":" in host else host


def without_login(text: str) -> str:
    """Return what may be repeated of a text in which a login may stand: up to its last @ all might be a password."""
    return re.sub(_USER_INFO, r"\1…@", text, count=1)


def shown(text: str) -> str:
    """Return what may be repeated of a text that should be a URL, or a part of one.

    Up to its last @ all of it might be a password, and its query a key; and so might be what is no port in the place
    of one, where somebody forgot the host: `https://ann:s3cret`.
    """
    known = re.sub(_NO_PORT, r"\1…", without_login(text))
    return printable(re.sub(_QUERY, "?…", known)[:SHOWN])


def _credentials(user_info: str) -> tuple[str, str] | None:
    if not user_info:
        return None
    user, _, password = user_info.partition(":")
    try:
        decoded = (unquote(user, errors="strict"), unquote(password, errors="strict"))
    except UnicodeDecodeError:
        raise OddError("has a user name or password that is not UTF-8; percent-encode it as such") from None
    if CONTROL.search("".join(decoded)):  # RFC 7617, 2
        raise OddError("has a control character in its user name or password; remove that")
    return decoded


def _split_address(place: str) -> tuple[str, str]:
    """Return an IPv6 address in its short form, and the digits of the port."""
    import ipaddress  # noqa: PLC0415  (such addresses are rare)

    parts = re.fullmatch(_BRACKETED, place)
    try:
        address = ipaddress.IPv6Address(parts[1] if parts else "")
    except ValueError:
        raise OddError("has a host in brackets that is no IPv6 address; write one such as [2001:db8::1]") from None
    return str(address), (parts[2] or "") if parts else ""


def _internationalized(name: str) -> str:
    import idna  # noqa: PLC0415  (such names are rare)

    if len(name) > MOST_HOST:
        return ""
    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise OddError("has a host that is no international name; check its spelling") from None


def _port(digits: str) -> int | None:
    if not digits:
        return None
    if not _PORT.fullmatch(digits) or not 0 < int(digits) <= MOST_PORT:
        raise OddError("has an impossible port; it must be a number from 1 to 65535, and IPv6 needs brackets")
    return int(digits)
