"""Looks whether the file of a line that is done is still right; what is not is due again, in its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rheo.batch.fed import Due, Fed, Told
from rheo.batch.on_disk import has_hashes, is_folder, is_there
from rheo.domain.batch.held import Held
from rheo.domain.batch.renewal import Renewal
from rheo.domain.batch.result import Left
from rheo.domain.batch.row import UNDONE, Admission
from rheo.domain.batch.terms import Check
from rheo.domain.checksum import Checksum
from rheo.domain.download import DownloadRequest
from rheo.engine.metalinks.following import is_known_one


def look(fed: Fed, known: Admission, check: Check, *, sole: bool, go_on: Callable[[], None]) -> Told | Due:
    """Return what becomes of a line; blocks on the disk. `go_on` is called now and then, and may raise.

    Where it is not the `sole` one that has the path, its size does not tell whose the file is that is there. A line
    that led to several files has their folder, which says nothing of them: it is believed.
    """
    if known.path is None:
        return Due(fed, known.row)
    undone = known.before in UNDONE
    if is_folder(known.path):
        return Due(fed, known.row) if undone else Told(fed, Left.DONE)
    size, checksums = _said(fed)
    sized = is_there(known.path, known.size) and size in {None, known.size}
    if sized and check is Check.REMOTE:
        return _again(fed, known, Held(_sendable(known.etag), _sendable(known.modified)))
    by_hash = check is Check.HASH and bool(known.hash or checksums)
    right = sized and (has_hashes(known.path, known.hash, checksums, go_on=go_on) if by_hash else sole)
    if undone or not right:
        return _again(fed, known, None)
    return Told(fed, Left.DONE if by_hash or check is Check.SIZE else Left.SIZED)


def _said(fed: Fed) -> tuple[int | None, Sequence[Checksum]]:
    """Return the size and the checksums that the line says by now: it may have said less when it was fetched."""
    assert isinstance(fed.asked, DownloadRequest)
    return fed.asked.size, fed.asked.checksums


def _again(fed: Fed, known: Admission, held: Held | None) -> Due:
    assert isinstance(fed.asked, DownloadRequest)
    assert known.path is not None
    if is_known_one(fed.asked):  # it stands for what a Metalink lists, which has places of its own
        return Due(fed, known.row)
    return Due(fed._replace(renewal=Renewal(known.path, held)), known.row)


def _sendable(text: str | None) -> str | None:
    """Return what may stand in a header; a ledger may have been written by others."""
    return text if text is not None and text.isascii() and text.isprintable() else None
