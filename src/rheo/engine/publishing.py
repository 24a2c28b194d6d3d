"""Gives a file that is whole and verified its name, and says what came of it."""

from __future__ import annotations

from pathlib import Path

from rheo.domain.download import DownloadRequest
from rheo.domain.errors import DestinationExistsError
from rheo.domain.result import DownloadResult
from rheo.engine.bringing import Bringing
from rheo.engine.existing import instead
from rheo.engine.file.incoming import IncomingFile
from rheo.engine.outcome import result_of
from rheo.storage.permissions import Permissions


async def publish(
    file: IncomingFile, request: DownloadRequest, bringing: Bringing, *, seconds: float, proven: bool
) -> DownloadResult:
    """Give the file its name; where another one came there meanwhile, and is to be skipped, ours goes.

    `seconds` is how long it took, `proven` whether every piece has its digest.
    """
    try:
        path = await _named(file, request)
    except DestinationExistsError as error:
        result = await instead(request, file.target, file.assured.promise, error)
        await file.leave(keep=False)
        return result
    return result_of(
        request,
        sources=bringing.asked,
        file=file,
        resource=bringing.resource,
        path=path,
        size=bringing.resumed + bringing.brought,
        resumed=bringing.resumed,
        shares=bringing.shares,
        seconds=seconds,
        one_version=bringing.one_version,
        proven=proven,
    )


async def _named(file: IncomingFile, request: DownloadRequest) -> Path:
    """Return where it is; one that replaces a damaged file also gets whose that was, and its permissions."""
    if request.salvage is None or file.target is None:
        return await file.publish()
    replaced = Permissions.of(file.target)
    path = await file.publish()
    if replaced is not None:
        replaced.give(path)
    return path
