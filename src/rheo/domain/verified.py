"""What is known of a file on the disk that was held against what it must be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rheo.domain.checksum import Checksum
from rheo.domain.promise import Trust
from rheo.domain.ranges import Range
from rheo.domain.result import DownloadResult


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedFile:
    """A file that is as it must be, by now."""

    path: Path
    """As given."""
    size: int
    checksums: tuple[Checksum, ...] = ()
    """Those that it has; perhaps none, where it was held against its pieces alone."""
    pieces: int = 0
    """How many pieces had to have their digests."""
    trust: Trust = Trust.GIVEN
    bad: tuple[Range, ...] = ()
    """Bytes that were wrong, or missing, before it was repaired, as far as that was known: `[start, stop)`."""
    download: DownloadResult | None = None
    """What repaired it; None where there was nothing to repair."""

    @property
    def repaired(self) -> bool:
        """Whether it was another file before."""
        return self.download is not None

    @property
    def fetched(self) -> int:
        """Bytes that were fetched to repair it."""
        return 0 if self.download is None else self.download.size - self.download.resumed
