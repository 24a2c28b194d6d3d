"""Where the file of a Metalink can be had (RFC 5854, 4.2.8 and 4.2.16)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from rheo.domain.errors import InvalidUrlError
from rheo.domain.metalink.document import Element, OddError, shown
from rheo.domain.metalink.values import LAST_PRIORITY, MetalinkSource
from rheo.domain.url import DEFAULT_PORTS, Url, parse_url

MOST_SOURCES: Final = 1_000
"""Of one file."""
_LONGEST_LOCATION: Final = 40

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,9}):")
_PRIORITY: Final = re.compile(r"[1-9][0-9]{0,5}")

_TORRENT: Final = "torrents are not fetched"
_LIST: Final = "other lists of sources are not read"
_SCHEMES: Final = "only http and https are fetched"
_LOGIN: Final = "a login stands in the URL; a netrc has a place for it"
_ODD: Final = "the URL is no URL"


class _SkippedError(Exception):
    """Why a source is left out."""


def sources_of(file: Element, name: str, base: Url | None) -> tuple[tuple[MetalinkSource, ...], tuple[str, ...]]:
    """Return the sources, each once and the best first, and notes on those that are left out."""
    found: list[MetalinkSource] = []
    skipped = Counter(map(_list, file.all("metaurl")))
    for number, element in enumerate(file.all("url")):
        if number == MOST_SOURCES:
            raise OddError(f"<file> {shown(name)} has more than {MOST_SOURCES} sources", line=element.line)
        try:
            found.append(_source(element, base))
        except _SkippedError as reason:
            skipped[str(reason)] += 1
    found.sort(key=lambda source: source.priority)  # which leaves equal ones in the order of the document
    return tuple(_each_once(found)), tuple(_notes(skipped, name))


def _list(element: Element) -> str:
    """Return why what is not the file itself, but tells where it is, is left out."""
    return _TORRENT if "torrent" in element.attributes.get("mediatype", "") else _LIST


def _source(element: Element, base: Url | None) -> MetalinkSource:
    priority = element.attributes.get("priority", "")
    return MetalinkSource(
        url=_url(element.text, base).text,
        priority=int(priority) if _PRIORITY.fullmatch(priority) else LAST_PRIORITY,
        location=element.attributes.get("location", "").strip()[:_LONGEST_LOCATION] or None,
    )


def _url(text: str, base: Url | None) -> Url:
    """Return the URL that can be fetched; raises _SkippedError for others."""
    scheme = _SCHEME.match(text)
    if scheme is not None and scheme[1].lower() not in DEFAULT_PORTS:
        raise _SkippedError(_SCHEMES)
    try:
        url = parse_url(text) if base is None or scheme is not None else base.join(text)
    except InvalidUrlError:
        raise _SkippedError(_ODD) from None
    if url.credentials is not None:
        raise _SkippedError(_LOGIN)
    return url


def _each_once(sources: Iterable[MetalinkSource]) -> Iterable[MetalinkSource]:
    first: dict[str, MetalinkSource] = {}
    for source in sources:
        first.setdefault(source.url, source)
    return first.values()


def _notes(skipped: Counter[str], name: str) -> Iterator[str]:
    for reason, count in skipped.items():
        yield f"{shown(name)}: {count} source{'s' if count > 1 else ''} left out: {reason}"
