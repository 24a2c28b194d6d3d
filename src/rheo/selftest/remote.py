"""A test file of the user's own: a URL, perhaps with the checksum that the file must have."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rheo.api import download
from rheo.domain.checksum import Checksum, parse_checksum
from rheo.domain.url import parse_url
from rheo.selftest.evidence import CaseFailedError, check_bytes, files_below
from rheo.selftest.fetches import BRISK

_WITH_CHECKSUM: Final = re.compile(r"(.+)=((?:md5|sha|blake)[\w-]*:\w*)", re.IGNORECASE)
"""URLs have equals signs of their own: only one before an algorithm, a colon and the end is ours."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file on somebody's server; made by `parse_remote`."""

    url: str = field(repr=False)
    """As given, with its user info."""
    shown: str
    """The URL without what is nobody's business."""
    checksum: Checksum | None
    """None where it is enough that the file arrives."""


def parse_remote(text: str) -> RemoteFile:
    """Return what `URL` or `URL=sha256:HEX` means; raises InvalidUrlError or InvalidChecksumError."""
    parts = _WITH_CHECKSUM.fullmatch(text)
    url, checksum = (text, None) if parts is None else (parts[1], parse_checksum(parts[2]))
    return RemoteFile(url, parse_url(url).text, checksum)


def fetch_remote(remote: RemoteFile, folder: Path) -> None:
    """Fetch the file into the empty folder and read it again; raises CaseFailedError or what rheo raises."""
    result = download(remote.url, directory=folder, checksum=remote.checksum, retry_policy=BRISK)
    if files_below(folder) != [result.path]:
        raise CaseFailedError(f"{result.path.name} should be alone in its folder")
    if remote.checksum is not None:
        check_bytes(result.path, remote.checksum)
