"""Files that are there already: found before a request is made, by their name, and by their digest if one is given."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from os.path import isfile
from pathlib import Path

from rheo.domain.checksum import Digests
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import ChecksumMismatchError, DestinationExistsError
from rheo.domain.promise import UNPROMISED, Promise, Trust
from rheo.domain.result import DownloadResult, Verification
from rheo.domain.settings import LEAVING, NameFrom, OnExists
from rheo.engine.names.destination import expected_path, free_path, possible_paths
from rheo.engine.names.owners import Owners
from rheo.storage.digesting import read_into


async def already_there(request: DownloadRequest, promise: Promise, owners: Owners) -> DownloadResult | None:
    """Return the result of a download that needs no request, None where one is needed.

    Raises DestinationExistsError where the file exists and the wish was to stop then.
    """
    if request.salvage is not None:
        return None  # what is there was looked at, and is to be replaced
    if promise:
        return await _recognised(request, promise, owners)
    replaceable = request.on_exists is OnExists.RENAME or request.on_exists.replaces
    if replaceable or is_mere_guess(request):
        return None
    expected = expected_path(request)
    if expected is None or not isfile(expected):
        return None
    if free_path(expected, request.on_exists) is not None or await owners.is_anothers(request, expected):
        return None
    return kept(request, Path(expected))


async def left_alone(request: DownloadRequest, path: Path, promise: Promise, owners: Owners) -> DownloadResult:
    """Return the result of a file that is there and is this download's; one with another digest is a mismatch."""
    if request.on_exists in LEAVING:
        await owners.is_anothers(request, str(path))  # nor is it another's from now on
    return await _as_it_is(request, path, promise)


async def instead(
    request: DownloadRequest, target: str | None, promise: Promise, error: DestinationExistsError
) -> DownloadResult:
    """Return the result where a file came to the target meanwhile, and is to be skipped; else raises the error."""
    if request.on_exists is not OnExists.SKIP or target is None or not isfile(target):
        raise error
    return await _as_it_is(request, Path(target), promise)


def kept(
    request: DownloadRequest, path: Path, promise: Promise = UNPROMISED, *, unchanged: bool = False
) -> DownloadResult:
    """Return the result of a file that was there and stays as it is; it was found to have what is promised.

    `unchanged`: the server was asked, and has no other version.
    """
    return DownloadResult(
        path=path,
        size=path.stat().st_size,
        seconds=0.0,
        url=request.url.text,
        final_url=request.url.text,
        checksums=promise.checksums,
        verification=Verification.VERIFIED if promise else Verification.UNVERIFIED,
        trust=promise.trust if promise else Trust.NOTHING,
        skipped=True,
        unchanged=unchanged,
    )


def is_mere_guess(request: DownloadRequest) -> bool:
    """Whether a redirect that we do not know yet may name the file: another one's name settles nothing."""
    return request.output is None and request.name_from is NameFrom.REDIRECT


async def recognised_at(request: DownloadRequest, path: Path, promise: Promise) -> DownloadResult | None:
    """Return the result of a file that has the wanted digests; None where it has others."""
    try:
        return await _verified(request, path, promise)
    except ChecksumMismatchError:
        return None


async def _as_it_is(request: DownloadRequest, path: Path, promise: Promise) -> DownloadResult:
    """Return the result of a file that is to be skipped; one with another digest is a mismatch."""
    if not promise:
        return kept(request, path)
    try:
        return await _verified(request, path, promise)
    except ChecksumMismatchError as error:
        raise _another(path, error) from error


async def _recognised(request: DownloadRequest, promise: Promise, owners: Owners) -> DownloadResult | None:
    """Return the result of a file with the wanted digests, under any name that the type may add an extension to."""
    for number, candidate in enumerate(possible_paths(request)):
        if not isfile(candidate) or (request.on_exists in LEAVING and await owners.is_anothers(request, candidate)):
            continue
        path = Path(candidate)
        try:
            return await _verified(request, path, promise)
        except ChecksumMismatchError as error:
            if request.on_exists is OnExists.SKIP and number == 0 and not is_mere_guess(request):
                raise _another(path, error) from error
    return None


async def _verified(request: DownloadRequest, path: Path, promise: Promise) -> DownloadResult:
    """Return the result of a file with the wanted digests; raises ChecksumMismatchError where it has others."""
    digests = Digests(promise.checksums)
    await _read(path, digests.update)
    digests.check()
    return kept(request, path, promise)


async def _read(path: Path, take: Callable[[memoryview], None]) -> None:
    """Hand on all bytes of a file, on another thread, which stops soon where nobody waits for it any more."""
    left = threading.Event()

    def take_on(data: memoryview) -> None:
        if left.is_set():
            raise asyncio.CancelledError
        take(data)

    try:
        await asyncio.to_thread(read_into, str(path), take_on)
    finally:
        left.set()


def _another(path: Path, error: ChecksumMismatchError) -> ChecksumMismatchError:
    """Return the error that says that the file which is there is not the wanted one."""
    message = f"{path} is there already and is not the file that was asked for: {error.message}"
    return ChecksumMismatchError(message, expected=error.expected, actual=error.actual)
