"""Files that are there already: found before a request is made, by their name, and by their digest if one is given."""

from __future__ import annotations

import asyncio
from os.path import isfile
from pathlib import Path
from typing import Final

from rheo.domain.checksum import Digests
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import ChecksumMismatchError
from rheo.domain.result import DownloadResult, Verification
from rheo.domain.settings import OnExists
from rheo.engine.destination import expected_path, free_path

_BLOCK: Final = 1024 * 1024


async def already_there(request: DownloadRequest) -> DownloadResult | None:
    """Return the result of a download that needs no request, None where one is needed.

    Raises DestinationExistsError where the file exists and the wish was to stop then.
    """
    if not request.checksums and request.on_exists not in {OnExists.SKIP, OnExists.ERROR}:
        return None
    expected = expected_path(request)
    if expected is None or not isfile(expected):
        return None
    path = Path(expected)
    if request.checksums:
        matches = await asyncio.to_thread(_matches, path, Digests(request.checksums))
        return skipped(request, path, verified=True) if matches else None
    return skipped(request, path) if free_path(expected, request.on_exists) is None else None


def skipped(request: DownloadRequest, path: Path, *, verified: bool = False) -> DownloadResult:
    """Return the result of a file that was there and stays as it is."""
    return DownloadResult(
        path=path,
        size=path.lstat().st_size,
        seconds=0.0,
        url=request.url.text,
        final_url=request.url.text,
        checksums=request.checksums if verified else (),
        verification=Verification.VERIFIED if verified else Verification.UNVERIFIED,
        skipped=True,
    )


def _matches(path: Path, digests: Digests) -> bool:
    """Whether the file has the digests; one that cannot be read has not."""
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digests.update(block)
        digests.check()
    except (ChecksumMismatchError, OSError):
        return False
    return True
