"""Who is told of a list's files before they have their names, so that a restart after a crash knows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from concurrent.futures import Future

    from rheo.domain.batch.claims import Claim  # loaded where files that are there may be left
    from rheo.domain.batch.row import Publishing  # loaded where there is a ledger


class Journal(Protocol):
    """Remembers files; may be told on any thread."""

    def publishing(self, files: Sequence[Publishing]) -> None:
        """Return once it is durable that these are ours; raises StorageError, and then none may get its name."""

    def claim(self, claim: Claim) -> Future[bool]:
        """Have it said whether a path is nobody else's, and from now on the claimant's; or the StorageError."""

    def keeps(self, path: str) -> bool:
        """Whether a path is a file of its own, which nobody may have."""


class Recorded(NamedTuple):
    """Where a download is written down."""

    journal: Journal
    row: int
    """Its own; where it has none, what is the same for the same download."""
    told: bool = True
    """Whether the row tells of the file: not where there is none, or one of several files."""
    renews: bool = False
    """Whether it takes the place of the file that the row had, unless another row has it by now."""
