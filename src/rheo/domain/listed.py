"""Under which names a list of checksums may have the file of a download."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename
from typing import TYPE_CHECKING, Final

from rheo.domain.download import STANDARD_OUTPUT, DownloadRequest
from rheo.domain.errors import InvalidHashFileError
from rheo.domain.text import printable
from rheo.domain.url import Url

if TYPE_CHECKING:
    from rheo.domain.checksum_list import ChecksumList

_CURE: Final = "; if it is listed under another name, give that as --output"


def listed_names(request: DownloadRequest, found: Url | None = None) -> tuple[str, ...]:
    """Return the names, the likeliest first; `found` is where the file was found, None before that is known."""
    return tuple(dict.fromkeys(name for name in _names(request, found) if name))


def not_listed(checksums: ChecksumList, names: tuple[str, ...], *, cure: str = _CURE) -> InvalidHashFileError:
    """Return the error of a list that has a file under none of its names."""
    called = " or ".join(map(printable, names)) or "a file without a name"
    return InvalidHashFileError(
        f"{printable(checksums.source)} has no checksum of {called} that rheo can compute{cure}"
    )


def _names(request: DownloadRequest, found: Url | None) -> Iterator[str]:
    if request.output not in {None, STANDARD_OUTPUT}:
        yield basename(str(request.output))
    if found is not None:
        yield found.name
    yield request.url.name
