"""The text of a cookies.txt: seven fields a line with tabs between, as Netscape began it and everybody goes on.

    domain  under-it  path  secure  end  name  value

Read as browsers' extensions, curl, wget, yt-dlp and Python write it; written so that all of them can read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from rheo.domain.cookies import Cookie, can_be_shared
from rheo.domain.errors import InvalidCookieError, InvalidUrlError
from rheo.domain.url import parse_url

_HEADING: Final = "# Netscape HTTP Cookie File\n# Whoever has this file is logged in as you: share it with nobody.\n\n"
_HTTP_ONLY: Final = "#HttpOnly_"
_COMMENTS: Final = ("#", "$")
_FIELDS: Final = 7

_LINE_END: Final = re.compile(r"\r\n?|\n")
_NO_HOST: Final = re.compile(r"[^\w.:\[\]-]")
_BLANKS: Final = re.compile(r" +")
_END: Final = re.compile(r"(-?)([0-9]{1,30})(?:\.[0-9]*)?")
_LAST_END: Final = 253_402_300_799
"""The last second of the year 9999."""

_OTHER_FORMATS: Final = (
    (re.compile(r"SQLite format 3"), "a browser's database"),
    (re.compile(r"[^\n]*\0"), "binary, or text that is not UTF-8"),
    (re.compile(r"\s*(?:\{|\[\s*(?:[\[{\]\"]|\Z))"), "JSON"),
    (re.compile(r"\s*<"), "a web page or XML"),
    (re.compile(r"#LWP-Cookies|(?:\s|#[^\n]*\n)*(?:Set-)?Cookie[0-9]?:", re.IGNORECASE), "a list of header lines"),
)
_CURE: Final = (
    "a cookies.txt in Netscape format is expected (seven fields a line, tabs between); "
    "browsers export one by an extension for cookies.txt, yt-dlp by --cookies, curl by --cookie-jar"
)


def parse_cookies(text: str, *, place: str) -> list[Cookie]:
    """Return the cookies that a cookies.txt holds, expired ones too, in its order.

    `place` names the text in what InvalidCookieError says; nothing of the text itself is repeated.
    """
    text = text.removeprefix("\ufeff")
    if other := _other_format(text):
        raise InvalidCookieError(f"{place}: is {other}; {_CURE}")
    cookies: list[Cookie] = []
    for number, line in enumerate(_LINE_END.split(text), start=1):
        try:
            cookie = _cookie(line)
        except InvalidCookieError as error:
            raise InvalidCookieError(f"{place}, line {number}: {error.message}") from None
        if cookie is not None:
            cookies.append(cookie)
    return cookies


def write_cookies(cookies: Iterable[Cookie]) -> str:
    """Return a cookies.txt; ends are cut to whole seconds."""
    return _HEADING + "".join(map(_line, cookies))


def _other_format(text: str) -> str | None:
    """Return what the text is where it is plainly no cookies.txt; None in doubt."""
    return next((kind for pattern, kind in _OTHER_FORMATS if pattern.match(text)), None)


def _cookie(line: str) -> Cookie | None:
    """Return the cookie of a line; None for a blank or a comment."""
    http_only = line.startswith(_HTTP_ONLY)
    if not line.strip() or (line.lstrip().startswith(_COMMENTS) and not http_only):
        return None
    domain, shared, path, secure, end, name, value = _fields(line.removeprefix(_HTTP_ONLY))
    host = _host(domain)
    # Exporters disagree: some know the dot alone, some the flag alone.
    wide = _flag(shared, "second") or domain.startswith(".")
    return Cookie(
        name=name,
        value=value,
        domain=host,
        host_only=not (wide and can_be_shared(host)),
        path=path or "/",
        secure=_flag(secure, "fourth"),
        http_only=http_only,
        expires=_expires(end),
    )


def _fields(line: str) -> list[str]:
    fields = line.split("\t")
    if len(fields) == _FIELDS - 1:
        return [*fields, ""]  # an empty value, and an editor that cuts blanks at line ends
    if len(fields) == _FIELDS:
        return fields
    if len(fields) == 1 and len(_BLANKS.split(line)) >= _FIELDS - 1:
        raise InvalidCookieError("has blanks where tabs must be; export the file anew, and do not copy its text")
    count = f"{len(fields)} field" + ("s" if len(fields) > 1 else "")
    raise InvalidCookieError(f"has {count}, not the {_FIELDS} of a cookies.txt in Netscape format, tabs between")


def _host(domain: str) -> str:
    """Return the host that a first field names, as a Cookie has it.

    wget adds the port. Nobody else knows cookies of a port (RFC 6265bis, 8.5), so that it counts for nothing.
    """
    host = domain.removeprefix(".")
    if host.count(":") > 1 and not host.startswith("["):
        host = f"[{host}]"
    try:
        url = parse_url("" if _NO_HOST.search(host) else f"http://{host}/")
    except InvalidUrlError:
        raise InvalidCookieError("its first field is no host") from None
    return url.host.removesuffix(".")


def _flag(written: str, which: str) -> bool:
    word = written.upper()
    if word not in {"TRUE", "FALSE"}:
        raise InvalidCookieError(f"its {which} field must be TRUE or FALSE")
    return word == "TRUE"


def _expires(written: str) -> float | None:
    """Return the Unix time in whole seconds; None, the end of the session, for nothing, zero and less."""
    if not written:
        return None
    found = _END.fullmatch(written)
    if found is None:
        raise InvalidCookieError("its fifth field must be a Unix time, or 0 for a cookie of the session")
    sign, digits = found.groups()
    seconds = 0 if sign else min(int(digits), _LAST_END)
    return float(seconds) if seconds else None


def _line(cookie: Cookie) -> str:
    fields = (
        cookie.domain if cookie.host_only else f".{cookie.domain}",
        "FALSE" if cookie.host_only else "TRUE",
        cookie.path,
        "TRUE" if cookie.secure else "FALSE",
        str(_written_end(cookie.expires)),
        cookie.name,
        cookie.value,
    )
    return (_HTTP_ONLY if cookie.http_only else "") + "\t".join(fields) + "\n"


def _written_end(expires: float | None) -> int:
    # One that ended in 1970 must not be read as one without end.
    return 0 if expires is None else max(1, min(int(expires), _LAST_END))
