"""How rheo is asked for the files of a case, and what must be seen meanwhile; what is on the disk is seen later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rheo.api import download
from rheo.domain.checksum import Checksum
from rheo.domain.errors import ChecksumMismatchError
from rheo.domain.progress import Progress
from rheo.engine.retries.retry import RetryPolicy
from rheo.selftest.content import Content
from rheo.selftest.evidence import CaseFailedError
from rheo.sync import DownloadManager

BRISK: Final = RetryPolicy(base=0.1, max_time=10.0, patient=False)
"""Tries again as often as usual, but with shorter waits: somebody is watching."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A test file, and where the server has it."""

    url: str
    content: Content


def plainly(offers: Sequence[Offer], folder: Path) -> None:
    """Fetch one file after the other, as a script would."""
    for offer in offers:
        download(offer.url, directory=folder, retry_policy=BRISK)


def with_checksum(offers: Sequence[Offer], folder: Path) -> None:
    """Have rheo verify the file, too."""
    for offer in offers:
        download(offer.url, directory=folder, checksum=offer.content.checksum())


def together(offers: Sequence[Offer], folder: Path) -> None:
    """Fetch all files at once, with one manager."""
    with DownloadManager(directory=folder) as manager:
        for handle in manager.add_many(offer.url for offer in offers):
            handle.wait()


def watching(offers: Sequence[Offer], folder: Path) -> None:
    """Fetch the file and see its progress told while it arrives."""
    told: list[Progress] = []
    for offer in offers:
        download(offer.url, directory=folder, on_progress=told.append)
        if not any(0 < progress.received < offer.content.size for progress in told):
            raise CaseFailedError("no progress was told while the file arrived")


def refused(offers: Sequence[Offer], folder: Path) -> None:
    """Ask for another checksum than the file has, and be refused because of the one that it has."""
    for offer in offers:
        actual = offer.content.checksum()
        wrong = Checksum(actual.algorithm, actual.digest[::-1])  # as many digits, backwards
        try:
            download(offer.url, directory=folder, checksum=wrong)
        except ChecksumMismatchError as error:
            if error.actual != str(actual):
                raise CaseFailedError(f"refused for {error.actual}, but the file has {actual}") from error
        else:
            raise CaseFailedError(f"not refused, though {actual} was sent and {wrong} asked for")
