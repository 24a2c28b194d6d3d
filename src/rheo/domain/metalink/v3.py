"""Version 3, which was before RFC 5854, rewritten as version 4: the same words, in other places and turned around."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from rheo.domain.metalink.document import Element, OddError, shown

NAMESPACE: Final = "http://www.metalinker.org/"

_HIGHEST: Final = 100
"""The best preference."""
_NUMBER: Final = re.compile(r"[0-9]{1,9}")


def as_version_4(root: Element) -> Element:
    """Return the root with all files right below it, and in each of them hashes, pieces and sources."""
    files = [_file(file) for files in root.all("files") for file in files.all("file")]
    return replace(root, children=files)


def _file(file: Element) -> Element:
    verification = (_verifying(one) for place in file.all("verification") for one in place.children)
    sources = (_source(one) for place in file.all("resources") for one in place.all("url"))
    return replace(file, children=[*file.all("size"), *verification, *sources])


def _verifying(element: Element) -> Element:
    if element.name != "pieces":
        return element
    return replace(element, children=_in_order(element.all("hash")))


def _in_order(hashes: Iterable[Element]) -> list[Element]:
    """Return the hashes of pieces by their numbers; raises OddError where one is missing, or there twice."""
    numbered = [(_piece(element, default=index), element) for index, element in enumerate(hashes)]
    numbered.sort(key=lambda one: one[0])
    for index, (number, element) in enumerate(numbered):
        if number != index:
            raise OddError(f"<hash> of piece {index} is missing, or there twice", line=element.line)
    return [element for _, element in numbered]


def _piece(element: Element, *, default: int) -> int:
    written = element.attributes.get("piece")
    if written is None:
        return default
    if _NUMBER.fullmatch(written) is None:
        raise OddError(f"<hash> has a piece that is no number: {shown(written)}", line=element.line)
    return int(written)


def _source(url: Element) -> Element:
    """Return a torrent as what version 4 calls one, and the best preference as the first priority."""
    if url.attributes.get("type", "").lower() == "bittorrent":
        return replace(url, name="metaurl", attributes={"mediatype": "torrent"})
    return replace(url, attributes=dict(_attributes(url)))


def _attributes(url: Element) -> Iterator[tuple[str, str]]:
    preference = url.attributes.get("preference", "")
    if _NUMBER.fullmatch(preference):
        yield "priority", str(max(1, _HIGHEST + 1 - int(preference)))
    if "location" in url.attributes:
        yield "location", url.attributes["location"]
