"""What to call a file: a name that server and URL suggest and that is safe on every system.

A name is decoded once, then cut to its last part, then made safe, then given its type's extension if it has none, in
this order.
"""

from __future__ import annotations

from collections.abc import Iterator

from rheo.domain.naming import NameSource
from rheo.domain.safe_names import ROOM, fitted, name_of, safe_name, stopgap_of
from rheo.domain.settings import RestrictFilenames
from rheo.domain.url import Url
from rheo.engine.names.extensions import all_extensions, extension_of, has_extension
from rheo.transport.headers import media_type


def name_and_source(
    *,
    disposition: str | None,
    url: Url,
    content_type: str | None,
    redirected: Url | None = None,
    restrict: RestrictFilenames | None = None,
) -> tuple[str, NameSource]:
    """Return a safe name, and who chose it: the server's, else that of a URL, else one that always serves.

    `url` is the one that the user gave; `redirected`, where it may choose, goes before it.
    """
    given = _told(disposition) if disposition else None
    name, source = safe_name(given, restrict) if given else None, NameSource.HEADER
    if name is None and redirected is not None:
        name, source = name_of(redirected, restrict), NameSource.REDIRECT
    if name is None:
        name, source = name_of(url, restrict), NameSource.URL
    if name is not None and has_extension(name):
        return name, source
    kind = None if content_type is None else media_type(content_type)
    if name is None:
        return _stopgap(url, kind), NameSource.TYPE
    extension = "" if kind is None else extension_of(kind)
    return fitted(name, extension, room=ROOM) if extension else name, source


def _told(disposition: str) -> str | None:
    from rheo.transport.disposition import disposition_filename  # noqa: PLC0415  (most answers say nothing)

    return disposition_filename(disposition)


def possible_names(name: str) -> Iterator[str]:
    """Yield what a name that a URL suggests may become once the type is known, the name itself first."""
    yield name
    if not has_extension(name):
        yield from (fitted(name, extension, room=ROOM) for extension in all_extensions())


def _stopgap(url: Url, kind: str | None) -> str:
    if kind is None:
        return stopgap_of(url)
    return "index.html" if kind == "text/html" else f"download{extension_of(kind, stopgap=True)}"
