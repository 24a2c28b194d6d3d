"""Cookies: which a server may set, and which go to which URL (RFC 6265bis, 5.7 and 5.8).

Unlike browsers: a host is the same with and without the dot at its end, a cookie with a tab in it is not kept (no
file could hold it), plain http is not secure on the loopback either, and what servers may fill is small.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from rheo.domain.errors import InvalidCookieError
from rheo.domain.public_suffix import is_public_suffix
from rheo.domain.set_cookie import SetCookie, parse_set_cookie
from rheo.domain.url import Url

MOST_PER_ANSWER: Final = 50
"""Set-Cookie lines of one answer that are read."""
MOST_PER_DOMAIN: Final = 50
MOST_FROM_ANSWERS: Final = 100
"""Cookies in a jar that servers set. Those that the caller gave are not counted, and never make way."""
MOST_SENT: Final = 8 * 1024
"""Bytes of a Cookie header; what does not fit is left out."""
LONGEST_AGE: Final = 400 * 86_400
"""Seconds that an answer may ask for (RFC 6265bis, 5.5)."""

_UNSENDABLE: Final = re.compile(r"[\x00-\x1f\x7f;\ud800-\udfff]")
_DOMAIN: Final = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*|[0-9a-f.]*:[0-9a-f:.]*")
_ADDRESS: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)|.*:.*")
"""An IP address, in any form that a resolver takes for one: no name's last label is a number (RFC 1123, 2.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A cookie, and where it may go; raises InvalidCookieError for one that no request could carry."""

    name: str
    """Empty for a cookie that is its value alone."""
    value: str = field(repr=False)
    domain: str
    """ASCII in lower case, without a dot at either end; an IPv6 address has no brackets."""
    host_only: bool = True
    """Whether the hosts under the domain are no business of it."""
    path: str = "/"
    secure: bool = False
    http_only: bool = False
    """Kept only to be written back: no script runs here."""
    expires: float | None = None
    """Unix time; None for one that ends with the session."""

    def __post_init__(self) -> None:
        if complaint := _complaint(self):
            raise InvalidCookieError(complaint)

    def expired(self, now: float) -> bool:
        """Whether its time is over."""
        return self.expires is not None and self.expires <= now

    def goes_to(self, url: Url, now: float) -> bool:
        """Whether a request for this URL carries it (RFC 6265bis, 5.8.3)."""
        if self.expired(now) or (self.secure and url.scheme != "https"):
            return False
        if not _path_matches(url.path, self.path):
            return False
        host = host_of(url)
        return host == self.domain if self.host_only else _domain_matches(host, self.domain)


class CookieJar:
    """The cookies of one session, for one thread."""

    def __init__(self) -> None:
        self._domains: dict[str, dict[_Key, _Kept]] = {}
        self._from_answers: dict[_Key, _Kept] = {}
        self._events = 0
        """Counts settings and uses, to tell which came first."""

    def __iter__(self) -> Iterator[Cookie]:
        """Yield the cookies, expired ones too, in the order in which they were first set."""
        kept = [one for cookies in self._domains.values() for one in cookies.values()]
        return iter([one.cookie for one in sorted(kept, key=lambda one: one.made)])

    def __len__(self) -> int:
        return sum(map(len, self._domains.values()))

    def set(self, cookie: Cookie) -> None:
        """Keep a cookie that the caller gave; one of the same name, domain and path makes way."""
        self._keep(cookie, given=True)

    def take(self, url: Url, line: str, now: float) -> None:
        """Do what one Set-Cookie line in this URL's answer asks for; what it may not ask for is ignored."""
        said = parse_set_cookie(line)
        cookie = None if said is None else accepted(said, url, now)
        if cookie is None or self._hides_a_secure_one(cookie, url, now):
            return
        if cookie.expired(now):
            self._forget(_key(cookie))
            return
        self._keep(cookie, given=False)
        self._make_room(cookie.domain, now)

    def take_all(self, url: Url, lines: str, now: float) -> None:
        """Do what a head's `set-cookie` field asks for: a line each, the first `MOST_PER_ANSWER` of them."""
        for line in lines.split("\n", MOST_PER_ANSWER)[:MOST_PER_ANSWER]:
            self.take(url, line, now)

    def header_for(self, url: Url, now: float) -> str | None:
        """Return the Cookie header of a request for this URL; None where it has none."""
        pairs: list[str] = []
        room = MOST_SENT
        for kept in sorted(self._that_go_to(url, now), key=lambda one: (-len(one.cookie.path), one.made)):
            pair = _pair(kept.cookie)
            size = len(pair.encode()) + (len("; ") if pairs else 0)
            if size <= room:
                pairs.append(pair)
                room -= size
                kept.used = self._next()
        return "; ".join(pairs) or None

    def drop_expired(self, now: float) -> None:
        """Forget the cookies whose time is over."""
        for cookie in list(self):
            if cookie.expired(now):
                self._forget(_key(cookie))

    def _that_go_to(self, url: Url, now: float) -> Iterator[_Kept]:
        for domain in _domain_and_those_above(host_of(url)):
            for kept in self._domains.get(domain, {}).values():
                if kept.cookie.goes_to(url, now):
                    yield kept

    def _keep(self, cookie: Cookie, *, given: bool) -> None:
        key = _key(cookie)
        cookies = self._domains.setdefault(cookie.domain, {})
        event = self._next()
        before = cookies.get(key)
        kept = _Kept(cookie, made=before.made if before else event, used=event)
        cookies[key] = kept
        if given:
            self._from_answers.pop(key, None)
        elif before is None or key in self._from_answers:
            self._from_answers[key] = kept

    def _hides_a_secure_one(self, cookie: Cookie, url: Url, now: float) -> bool:
        """Whether plain http would overwrite or cover a secure cookie (RFC 6265bis, 5.7)."""
        if url.scheme == "https":
            return False
        under = f".{cookie.domain}"
        related = [domain for domain in self._domains if domain.endswith(under)]
        related.extend(_domain_and_those_above(cookie.domain))
        return any(
            kept.cookie.secure and not kept.cookie.expired(now) and _path_matches(cookie.path, kept.cookie.path)
            for domain in related
            for kept in self._domains.get(domain, {}).values()
            if kept.cookie.name == cookie.name
        )

    def _make_room(self, domain: str, now: float) -> None:
        siblings = [key for key in self._from_answers if key.domain == domain]
        if len(siblings) > MOST_PER_DOMAIN:
            self._forget(min(siblings, key=lambda key: self._from_answers[key].worth(now)))
        if len(self._from_answers) > MOST_FROM_ANSWERS:
            self._forget(min(self._from_answers, key=lambda key: self._from_answers[key].worth(now)))

    def _forget(self, key: _Key) -> None:
        self._from_answers.pop(key, None)
        cookies = self._domains.get(key.domain, {})
        cookies.pop(key, None)
        if not cookies:
            self._domains.pop(key.domain, None)

    def _next(self) -> int:
        self._events += 1
        return self._events


def accepted(said: SetCookie, url: Url, now: float) -> Cookie | None:
    """Return the cookie that this URL's answer may set by what it said; None where it may not (RFC 6265bis, 5.7)."""
    where = _domain(said.domain, host_of(url))
    if where is None or (said.secure and url.scheme != "https"):
        return None
    domain, host_only = where
    if not _keeps_promises(said, host_only=host_only):
        return None
    try:
        return Cookie(
            name=said.name,
            value=said.value,
            domain=domain,
            host_only=host_only,
            path=said.path or _default_path(url),
            secure=said.secure,
            http_only=said.http_only,
            expires=_end(said, now),
        )
    except InvalidCookieError:
        return None


def host_of(url: Url) -> str:
    """Return the host as cookies know it: without the dot that may end it (CVE-2022-27779)."""
    return url.host.lower().removesuffix(".")


def complaint_of_pair(name: str, value: str) -> str | None:
    """Return what keeps a name and value from being sent as a cookie; None if nothing. Nothing of them is repeated."""
    if _UNSENDABLE.search(name) or "=" in name:
        return "the cookie's name has a control character, a ; or a = in it"
    if _UNSENDABLE.search(value):
        return "the cookie's value has a control character or a ; in it"
    if not name and not value:
        return "the cookie has neither name nor value"
    return None


def can_be_shared(domain: str) -> bool:
    """Whether cookies of this domain may go to hosts under it: not those of an address or a single label."""
    return "." in domain and not _ADDRESS.fullmatch(domain)


class _Key(NamedTuple):
    """What makes two cookies the same one."""

    name: str
    domain: str
    host_only: bool
    path: str


@dataclass(slots=True)
class _Kept:
    """A cookie in a jar; `made` and `used` are numbers of events."""

    cookie: Cookie
    made: int
    used: int

    def worth(self, now: float) -> tuple[bool, bool, int]:
        """Return what sorts the ones to go first before the others (RFC 6265bis, 5.7, at its end)."""
        return not self.cookie.expired(now), self.cookie.secure, self.used


def _key(cookie: Cookie) -> _Key:
    return _Key(cookie.name, cookie.domain, cookie.host_only, cookie.path)


def _pair(cookie: Cookie) -> str:
    return f"{cookie.name}={cookie.value}" if cookie.name else cookie.value


def _complaint(cookie: Cookie) -> str | None:
    """Return what is wrong with a cookie; None if nothing. Nothing of it is repeated: fields may be mixed up."""
    if complaint := complaint_of_pair(cookie.name, cookie.value):
        return complaint
    if not cookie.path.startswith("/") or _UNSENDABLE.search(cookie.path):
        return "the cookie's path does not begin with a slash, or has a control character or a ; in it"
    if cookie.expires is not None and not math.isfinite(cookie.expires):
        return "the cookie's end is no time"
    return _domain_complaint(cookie)


def _domain_complaint(cookie: Cookie) -> str | None:
    if not _DOMAIN.fullmatch(cookie.domain):
        return "the cookie's domain is no host in lower case, without outer dots"
    if not cookie.host_only and not can_be_shared(cookie.domain):
        return "the cookie is for all hosts under an address or a top-level domain"
    return None


def _domain(asked: str | None, host: str) -> tuple[str, bool] | None:
    """Return a cookie's domain and whether it is for that host only; None where the host may not ask for it."""
    if asked is None:
        return host, True
    if not _domain_matches(host, asked):
        return None
    if not can_be_shared(asked) or is_public_suffix(asked):
        return (host, True) if asked == host else None
    return asked, False


def _keeps_promises(said: SetCookie, *, host_only: bool) -> bool:
    """Whether a name's prefix is true (RFC 6265bis, 4.1.3); a cookie without name must not pretend to have one."""
    if not said.name:
        return not said.value.lower().startswith(("__secure-", "__host-"))
    name = said.name.lower()
    if name.startswith("__host-"):
        return said.secure and host_only and said.path == "/"
    return said.secure or not name.startswith("__secure-")


def _end(said: SetCookie, now: float) -> float | None:
    """Return when the cookie ends, in whole seconds, as files have them."""
    present = float(math.floor(now))
    if said.max_age is not None:
        return present + min(said.max_age, LONGEST_AGE) if said.max_age > 0 else 0.0
    return None if said.expires is None else min(said.expires, present + LONGEST_AGE)


def _default_path(url: Url) -> str:
    """Return the folder of what was asked for (RFC 6265bis, 5.1.4)."""
    return url.path.rpartition("/")[0] or "/"


def _path_matches(path: str, wanted: str) -> bool:
    """Whether a path is the wanted one, or below it (RFC 6265bis, 5.1.4)."""
    return path == wanted or path.startswith(wanted if wanted.endswith("/") else f"{wanted}/")


def _domain_matches(host: str, domain: str) -> bool:
    """Whether a host is the domain, or under it (RFC 6265bis, 5.1.3).

    Addresses need no care here: what one may end with is no domain that can be shared.
    """
    return host == domain or host.endswith(f".{domain}")


def _domain_and_those_above(host: str) -> Iterator[str]:
    yield host
    while "." in host:
        host = host.partition(".")[2]
        yield host


def jar_of(cookies: Iterable[Cookie]) -> CookieJar:
    """Return a jar with these cookies in it."""
    jar = CookieJar()
    for cookie in cookies:
        jar.set(cookie)
    return jar
