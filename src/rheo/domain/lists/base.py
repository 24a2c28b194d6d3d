"""The URL that a list's relative URLs begin from. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from rheo.domain.errors import InvalidUrlError, UsageError
from rheo.domain.lists.line import BadLine, Line
from rheo.domain.url import Url, parse_url

_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def base_of(text: str) -> Url:
    """Return the folder that a base URL means, with or without its last slash; raises UsageError."""
    url = parse_url(text)
    if url.credentials is not None:
        raise UsageError("--base-url has a login in it, which would be in the URL of each line; --user is for logins")
    if "?" in url.target:
        raise UsageError(f"--base-url {url.bare} has a query; it is the folder that relative URLs begin from")
    return url if url.target.endswith("/") else replace(url, target=f"{url.target}/")


def absolute(line: Line | BadLine, base: Url) -> Line | BadLine:
    """Return a line with its relative URLs made absolute (RFC 3986, 5)."""
    if isinstance(line, BadLine):
        return line
    try:
        return line._replace(
            urls=tuple(url if _ABSOLUTE.match(url) else base.join(url).text for url in line.urls),
        )
    except InvalidUrlError as error:
        return BadLine(line.number, error.message)
