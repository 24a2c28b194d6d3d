"""What becomes of a line whose URL another line has fetched: a link or a copy of that file, in the place of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Sequence
from concurrent.futures import Future
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple, Protocol

from rheo.batch.fed import Due, Fed, Told
from rheo.batch.on_disk import has_hashes, is_there
from rheo.domain.batch.claims import Claim
from rheo.domain.batch.journal import Journal, Recorded
from rheo.domain.batch.result import Left
from rheo.domain.batch.row import Awaited, Publishing, RowState
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import (
    NetworkError,
    OriginalFailedError,
    RheoError,
    ServerError,
)
from rheo.domain.errors.base import codes_of
from rheo.domain.promise import Trust
from rheo.domain.result import DownloadResult, Verification
from rheo.domain.safe_names import numbered
from rheo.domain.settings import LEAVING, OnExists
from rheo.engine.existing import kept
from rheo.engine.names.destination import free_path
from rheo.storage.announcing import Announcement, announce
from rheo.storage.claiming import claim_of, claimed
from rheo.storage.doubling import double_file
from rheo.storage.folder import prepare_folder
from rheo.storage.publishing import Choose, Naming


class CopyJournal(Journal, Protocol):
    """Knows whose each file is."""

    def publishing_copies(self, files: Sequence[Publishing], of: Claim) -> bool:
        """Do as `publishing` with copies of a row's file, and return True, if no other row has its path."""


class Doubling(NamedTuple):
    """How files are made for duplicates; all of it blocks on the disk."""

    link: bool
    """Whether by hard links."""
    journal: CopyJournal
    """Is told of them before they have their names."""
    synced: bool
    """Whether a power cut counts."""
    go_on: Callable[[], None]
    """Is called now and then, and may raise."""

    def double(self, fed: Fed, row: int, original: Awaited | None) -> Told | Due:
        """Return what becomes of a line; it fails if the URL did, and is fetched if the original has no file for it.

        Its mirrors may have what the URL has not. A file that was there when the original was to be fetched is whatever
        it is, and is no original.
        """
        request = fed.asked
        assert isinstance(request, DownloadRequest)
        if original is None or request.hash_file is not None or request.pieces is not None:
            return Due(fed, row)
        if original.state is RowState.FAILED and original.error in _codes_of_urls() and not request.mirrors:
            return Told(fed, None, error=OriginalFailedError(_failed(original)))
        if original.state is not RowState.DONE or not self._is_wanted(request, original):
            return Due(fed, row)
        try:
            result = self._doubled(request, row, original)
        except (FileNotFoundError, _AnothersError):  # somebody removed what was there, or what was made
            return Due(fed, row)
        except RheoError as error:
            return Told(fed, None, error=error.with_traceback(None))
        return Due(fed, row) if result is None else Told(fed, Left.DOUBLED, result=result)

    def _is_wanted(self, request: DownloadRequest, original: Awaited) -> bool:
        """Whether the original is there as it was fetched, as far as the ledger knows, and is what the line says."""
        there = is_there(original.path, original.size) and request.size in {None, original.size}
        return there and has_hashes(str(original.path), original.hash, request.checksums, go_on=self.go_on)

    def _doubled(self, request: DownloadRequest, row: int, original: Awaited) -> DownloadResult | None:
        """Return the result of the line's file, made unless one that is there is to be left.

        None where that must have a hash: whoever fetches it looks.
        """
        source = str(original.path)
        wanted = request.directory / (request.output or Path(source).name)
        wish = self._wish(request, row, str(wanted))
        target = free_path(str(wanted), wish)
        if target is None or (wish is OnExists.SAME_SIZE and is_there(str(wanted), original.size)):
            return None if request.checksums else kept(request, wanted)
        prepare_folder(Path(target).parent)
        wish = OnExists.OVERWRITE if wish.replaces else wish
        path = double_file(
            source,
            Naming(target, wish, lambda _, number: numbered(wanted.name, number), first=target),
            link=self.link,
            announce=partial(self._announced, request, row, original),
            synced=self.synced,
            go_on=self.go_on,
        )
        return DownloadResult(
            path=Path(path),
            size=Path(path).stat().st_size,
            seconds=0.0,
            url=request.url.text,
            final_url=request.url.text,
            checksums=request.checksums,
            verification=Verification.VERIFIED if request.checksums else Verification.UNVERIFIED,
            trust=request.trust if request.checksums else Trust.NOTHING,
        )

    def _wish(self, request: DownloadRequest, row: int, wanted: str) -> OnExists:
        """Return what is to become of what has the name: it is left, or replaced, if it is no other line's.

        Where nothing is there by now, another line's file may come, before the ledger is asked.
        """
        if request.on_exists not in LEAVING:
            return request.on_exists
        own = os.path.lexists(wanted) and claimed(Recorded(self.journal, row), wanted).result()
        return request.on_exists if own else OnExists.RENAME

    def _announced(
        self, request: DownloadRequest, row: int, original: Awaited, made: os.stat_result, naming: Naming
    ) -> Naming:
        """Return how the file comes to its name, which the ledger knows by then, and is no other line's."""

        def choose_name(among: Container[str], choose: Choose) -> str:
            nonlocal naming
            naming = choose(naming, among)
            return naming.first

        file = Publishing(row, naming.target, made.st_size, original.hash, made.st_dev, made.st_ino)
        claims = request.on_exists in LEAVING
        journal = _OfOriginal(self.journal, original)
        announce([Announcement(Recorded(journal, row), file, choose_name, claims=claims)])
        return naming


class _AnothersError(Exception):
    """The file of the original may be another line's."""


class _OfOriginal(NamedTuple):
    """Tells of copies if what they were made of is the original's file.

    It may be another line's, which got the name of a file that was used up, or overwrote it. That is asked as late as
    this: whoever has the name since is in the ledger before.
    """

    journal: CopyJournal
    original: Awaited

    def publishing(self, files: Sequence[Publishing]) -> None:
        if not self.journal.publishing_copies(files, claim_of(self.original.original, str(self.original.path))):
            raise _AnothersError

    def keeps(self, path: str) -> bool:
        return self.journal.keeps(path)

    def claim(self, claim: Claim) -> Future[bool]:
        return self.journal.claim(claim)


@cache
def _codes_of_urls() -> frozenset[str]:
    """Return the errors that are the URL's; of any other the original's own place or hash may be the cause."""
    return frozenset(code for family in (NetworkError, ServerError) for code in codes_of(family))


def _failed(original: Awaited) -> str:
    return f"row {original.original} of the ledger, which fetches the same URL, failed: {original.message}"
