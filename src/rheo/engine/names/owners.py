"""Whose a file is that is there: this download's, or another one's that was fetched, or left, under its name.

A list with a ledger asks that, which knows earlier runs; whatever else a manager fetches is remembered for as long as
it lives. Only who may leave a file that is there asks.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING

from rheo.domain.download import DownloadRequest

if TYPE_CHECKING:  # loaded where somebody asks
    from rheo.domain.batch.claims import Claim, Claims
    from rheo.domain.batch.journal import Recorded
    from rheo.domain.batch.row import Publishing


class Owners:
    """Knows, or knows who knows; may be asked on any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._claims: Claims | None = None
        """Those of no list with a ledger; None as long as there are none."""

    def in_memory(self, request: DownloadRequest) -> Recorded:
        """Return where a download is written down that is of no list with a ledger."""
        from rheo.domain.batch.journal import Recorded  # noqa: PLC0415  (few ask)

        return Recorded(self, request.claimant, told=False)

    async def is_anothers(self, request: DownloadRequest, path: str) -> bool:
        """Whether a path is another download's; where not, it is this one's from now on. Raises StorageError."""
        return not await asyncio.wrap_future(self._asked(request, path))

    def is_anothers_now(self, request: DownloadRequest, path: str) -> bool:
        """Answer the same at once.

        The loop waits for the ledger then; it is asked so only where a server chose a name that is there.
        """
        return not self._asked(request, path).result()

    def claim(self, claim: Claim) -> Future[bool]:
        """Say whether a path is nobody else's in this manager."""
        from rheo.domain.batch.claims import Claims  # noqa: PLC0415  (few ask)

        answer: Future[bool] = Future()
        with self._lock:
            self._claims = self._claims or Claims()
            answer.set_result(self._claims.take(claim))
        return answer

    def keeps(self, _path: str) -> bool:
        """Say that nothing is kept on a disk."""
        return False

    def publishing(self, files: Sequence[Publishing]) -> None:
        """Remember nothing: no restart knows of these."""

    def _asked(self, request: DownloadRequest, path: str) -> Future[bool]:
        from rheo.storage.claiming import claimed  # noqa: PLC0415  (few ask)

        return claimed(request.recorded or self.in_memory(request), path)
