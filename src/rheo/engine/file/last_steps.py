"""How a part ends: named, left for a later run, or moved aside. Each step blocks on the disk, so each runs on a thread.

The order is the point: bytes are synced before they are claimed, claimed and announced before the file is named, and
the name is on the disk before anybody is told (invariants 2 and 4).
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from rheo.domain.download import DownloadRequest
from rheo.domain.errors import StorageError
from rheo.domain.promise import Promise
from rheo.domain.ranges import RangeSet
from rheo.domain.resource import Resource
from rheo.domain.settings import LEAVING
from rheo.engine.file.keeper import save
from rheo.engine.names.destination import expected_path
from rheo.engine.names.owners import Owners
from rheo.storage.announcing import Announcement, announce
from rheo.storage.base import Target
from rheo.storage.parts.part_file import PartFile
from rheo.storage.platform import sync_folder
from rheo.transport.headers import parse_http_date


def server_time(resource: Resource) -> float | None:
    """Return the time that a file gets with its name, in seconds since 1970; None where the server did not say."""
    date = None if resource.last_modified is None else parse_http_date(resource.last_modified)
    return None if date is None else date.timestamp()


def complete_part(part: PartFile, written: RangeSet, *, synced: bool) -> None:
    """Sync a lasting part and save that it is whole: a crash before it has its name costs nothing any more."""
    if synced:
        part.sync()
    part.save(written, complete=True)


def announcement_of(
    part: PartFile | None, request: DownloadRequest, promise: Promise, owners: Owners
) -> Announcement | None:
    """Return what is to be remembered of a file before it has its name; None where nobody remembers it."""
    recorded, claims = request.recorded, request.on_exists in LEAVING
    if part is None or (recorded is None and not claims):
        return None
    from rheo.domain.batch.row import Publishing  # noqa: PLC0415  (few downloads are of a list)

    digest = str(promise.checksums[0]) if promise.checksums else None
    found = part.identity()
    recorded = recorded or owners.in_memory(request)
    claims = claims or recorded.renews
    file = Publishing(recorded.row, part.target, found.st_size, digest, found.st_dev, found.st_ino)
    return Announcement(recorded, file, part.choose_name, claims=claims)


def name_file(
    target: Target, *, modified: float | None, synced: bool, announcement: Announcement | None = None
) -> Path:
    """Sync a file, announce it, give it its name, and sync that; returns where it is.

    One that was saved as complete is synced, and syncs its name itself.
    """
    if synced:
        target.sync()
    if announcement is not None:
        announce([announcement])
    path = target.publish(modified=modified)
    if synced and path.is_absolute():
        sync_folder(str(path.parent))
    return path


def leave_part(part: PartFile, written: RangeSet, *, believed: bool) -> None:
    """Save how far a part is, and let a later run have it; `believed` is False after a sync that failed.

    What cannot be saved is fetched again: the error that led here matters more.
    """
    if believed:
        with contextlib.suppress(StorageError):
            save(part, written)
    part.keep()


def move_aside(part: PartFile, written: RangeSet, *, source: str) -> None:
    """Save how far a part is, and keep it under another name; `source` is the URL as given."""
    save(part, written)
    part.set_aside(source)


def put_by(part: PartFile, *, source: str) -> None:
    """Keep a part of which nobody knows which bytes are right beside the new file; it claims none of them."""
    move_aside(part, RangeSet(), source=source)
    part.discard()  # nothing but the claim


def drop_old(part: PartFile, request: DownloadRequest, replaced: str | None) -> None:
    """Remove what made way for a file that is whole now, also where that got a number as its name was taken.

    `replaced` is where an older version was to go, in this run; None: there was none.
    """
    for target in dict.fromkeys((part.target, replaced, expected_path(request))):
        if target is not None:
            part.drop_aside(request.url.text, target=target)
