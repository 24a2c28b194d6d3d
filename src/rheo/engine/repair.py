"""What to bring once more of a file that did not come as promised, and whom not to ask again for it; bounded.

Pieces say which of its bytes are wrong. Without them those are suspected that have changed on the disk since an earlier
run saved them, then those of mirrors, then the source that the mirrors were held against.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import TYPE_CHECKING, Final

from rheo.domain.checksum import Checksum, follow
from rheo.domain.download import DownloadRequest
from rheo.domain.errors import ChecksumMismatchError
from rheo.domain.ranges import Range
from rheo.domain.units import format_size
from rheo.domain.url import Url
from rheo.engine.bringing import Bringing
from rheo.engine.file.incoming import IncomingFile
from rheo.engine.file.versions import StartOver, Versions
from rheo.engine.jobs import on_thread

if TYPE_CHECKING:
    from rheo.domain.pieces import Pieces  # loaded where a Metalink has them

logger = logging.getLogger(__name__)

MOST: Final = 3
"""How often a file is mended before we believe that nobody has it right."""

_BLOCK: Final = 1024 * 1024
"""Bytes that are hashed at a time."""


class Repair:
    """Sees that one file is as promised."""

    def __init__(self, request: DownloadRequest, bringing: Bringing, versions: Versions) -> None:
        self.proven = False
        """Whether every piece has its digest."""
        self._request = request
        self._bringing = bringing
        self._versions = versions
        self._times = 0
        self._suspects: AbstractSet[Url] = frozenset()
        """Mirrors that were banned without a proof."""

    async def wanted(self, file: IncomingFile) -> Sequence[Range]:
        """Return what is to be brought once more; nothing of a file that is as promised.

        Raises ChecksumMismatchError where nothing would help, StartOver where another source is to bring all.
        """
        source = self._bringing.source
        mismatch: ChecksumMismatchError | None = None
        try:
            await file.verify(source=source.start.origin)
        except ChecksumMismatchError as error:
            mismatch = error
        pieces, size = file.assured.pieces, self._bringing.resource.size
        if pieces is None or size is None or not pieces.cover(size):
            return () if mismatch is None else await self._decayed(file) or self._suspected(mismatch)
        if mismatch is None and (self._request.checksums or (file.assured.promise and not self._request.pieces)):
            return ()  # the digest of the whole vouches for every piece
        wrong = await on_thread(partial(wrong_pieces, pieces, size, file.read))
        if wrong:
            return self._wrong(pieces, wrong, size, mismatch or _mismatch(pieces, wrong, str(source.start.origin)))
        if mismatch is not None:
            mismatch.add_note("every piece has its own digest: the two contradict each other")
            raise mismatch
        self.proven = True
        return ()

    def _wrong(
        self, pieces: Pieces, wrong: Sequence[tuple[int, str]], size: int, mismatch: ChecksumMismatchError
    ) -> list[Range]:
        """Return the ranges of wrong pieces; who brought one alone is not asked again while others are there."""
        crew = self._bringing.crew
        self._times += 1
        if not self._bringing.mendable or self._times > MOST:
            raise self._elsewhere(mismatch)
        ranges = [pieces.range_of(index, size) for index, _ in wrong]
        said = "piece is wrong; fetching it" if len(wrong) == 1 else "pieces are wrong; fetching those"
        logger.warning("%s: %d of %d %s again", self._where, len(wrong), len(pieces), said)
        if crew is not None:
            now = self._bringing.clock.monotonic()
            crew.belief.distrust(ranges, because="it sent a piece that has not its digest", now=now)
        return ranges

    async def _decayed(self, file: IncomingFile) -> list[Range]:
        """Return what of an earlier run's bytes is not as it was when that saved it; looked at once."""
        sums, self._bringing.sums = self._bringing.sums, ()
        if not self._bringing.mendable:
            return []
        from rheo.storage.parts.sums import decayed  # noqa: PLC0415  (few files are wrong)

        ranges = await on_thread(partial(decayed, sums, file.read))
        if ranges:
            size = format_size(sum(stop - start for start, stop in ranges))
            logger.warning("%s: the part has changed on the disk since; fetching %s of it again", self._where, size)
        return ranges

    def _suspected(self, mismatch: ChecksumMismatchError) -> list[Range]:
        """Return what mirrors brought, as nothing says which bytes are wrong."""
        crew = self._bringing.crew
        if crew is None or not crew.suppliers.mirrored:
            raise self._elsewhere(mismatch)
        logger.warning("%s: the digest is another one; fetching again what mirrors brought", self._where)
        before = set(self._versions.banned)
        ranges = crew.belief.suspect_mirrors(because="the file with what it brought has not its digest")
        self._suspects = crew.suppliers.banned.keys() - before
        return ranges

    def _elsewhere(self, mismatch: ChecksumMismatchError) -> Exception:
        """Return what has another source bring all; the mismatch where there is none."""
        source = self._bringing.source
        for mirror in self._suspects:  # the file is wrong without them, too
            self._versions.banned.pop(mirror, None)
        self._versions.banned[source.given] = "its file has not the digest"
        if set(self._versions.banned) >= {self._request.place, *self._request.mirrors} or self._bringing.alone:
            return mismatch
        return StartOver(f"the file from {source.start.origin} has not its digest", changed=False, wrong=True)

    @property
    def _where(self) -> str:
        return self._request.url.bare


def wrong_pieces(pieces: Pieces, size: int, read: Callable[[int, int], bytes]) -> list[tuple[int, str]]:
    """Return index and digest of every piece that has another one than it should; blocks on the disk."""
    return [
        (index, digest)
        for index, wanted in enumerate(pieces.digests)
        if (digest := _digest_of(pieces.algorithm, *pieces.range_of(index, size), read)) != wanted
    ]


def _digest_of(algorithm: str, start: int, stop: int, read: Callable[[int, int], bytes]) -> str:
    following = follow(algorithm)
    for begin in range(start, stop, _BLOCK):
        following.update(read(begin, min(begin + _BLOCK, stop)))
    return following.hexdigest()


def _mismatch(pieces: Pieces, wrong: Sequence[tuple[int, str]], source: str) -> ChecksumMismatchError:
    index, digest = wrong[0]
    expected, actual = Checksum(pieces.algorithm, pieces.digests[index]), Checksum(pieces.algorithm, digest)
    return ChecksumMismatchError(
        f"{source} sent another file than the one asked for: piece {index + 1} of {len(pieces)} has another digest",
        expected=str(expected),
        actual=str(actual),
    )
