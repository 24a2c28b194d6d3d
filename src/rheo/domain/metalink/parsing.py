"""From the bytes of a Metalink to what it says (RFC 5854; version 3, as it was before)."""

from __future__ import annotations

from typing import Final

from rheo.domain.errors import InvalidMetalinkError
from rheo.domain.metalink.document import OddError, read_root
from rheo.domain.metalink.reading import files_of
from rheo.domain.metalink.v3 import NAMESPACE as VERSION_3
from rheo.domain.metalink.v3 import as_version_4
from rheo.domain.metalink.values import Metalink
from rheo.domain.url import Url

VERSION_4: Final = "urn:ietf:params:xml:ns:metalink"


def parse_metalink(document: bytes, *, place: str, base: Url | None = None) -> Metalink:
    """Return what a Metalink of version 4, or the older 3, says.

    `place` names the document in what InvalidMetalinkError says; `base` is where it came from, for URLs that are
    relative to it, and None where it came from no URL.
    """
    try:
        namespace, root = read_root(document, namespaces=(VERSION_4, VERSION_3))
        files = tuple(files_of(as_version_4(root) if namespace == VERSION_3 else root, base))
    except OddError as odd:
        raise InvalidMetalinkError(f"{place}{odd}") from None
    return Metalink(place=place, files=files)
