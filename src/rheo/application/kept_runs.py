"""The last runs of downloads that may go on: what they learnt, and what they left on the disk."""

from __future__ import annotations

from rheo.domain.download import Download, DownloadId, DownloadState
from rheo.engine.transfer import Transfer


class KeptRuns:
    """One of each download that waits, stands still, or failed and may be resumed."""

    def __init__(self) -> None:
        self._runs: dict[DownloadId, Transfer] = {}

    def keep(self, download: DownloadId, transfer: Transfer) -> None:
        """Have the run at hand for whoever takes it, if it left anything: thousands may wait for dead hosts."""
        if transfer.keeps_part or transfer.versions.learnt:
            self._runs[download] = transfer

    def take(self, download: DownloadId) -> Transfer | None:
        """Return the run, for the last time; None where there is none."""
        return self._runs.pop(download, None)

    def settle(self, download: Download) -> None:
        """Let go the run of a download that has ended, unless it may be resumed and a part of it is there.

        That of one that was cancelled is left to who removes its part.
        """
        run = self._runs.get(download.id)
        resumable = download.kept and download.state is DownloadState.FAILED
        if run is not None and not (resumable and run.keeps_part) and download.state is not DownloadState.CANCELLED:
            del self._runs[download.id]
